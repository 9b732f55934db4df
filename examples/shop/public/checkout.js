import { loadSdk, openPaymentWindow, verifyWithDojang } from "./payment.js";
import { askShop, byId, problemText, showProblem, won } from "./shop.js";

const query = new URLSearchParams(location.search);
const form = byId("checkout");
const payButton = byId("pay");
/** The order that this page has already made, and the form it was made from: a second click must not make another. */
let made = { from: "", payment: null };

try {
  const shop = await askShop("/api/shop");
  if (query.has("order")) showOrder(await askShop(`/api/orders/${encodeURIComponent(query.get("order"))}`));
  else showProduct(shop.products.find(({ id }) => id === query.get("product")));
  await loadSdk(shop);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) void pay(shop);
  });
  payButton.disabled = false; // not before: the form must never be sent by the browser itself
} catch (error) {
  form.hidden = !error.code?.startsWith("sdk");
  showProblem(problemText(error.code ?? error.message));
}

async function pay({ dojangUrl }) {
  payButton.disabled = true;
  byId("problem").hidden = true;
  try {
    const payment = { ...(await orderOfThisForm()), pay_method: form.elements.pay_method.value };
    const result = await openPaymentWindow(payment);
    if (!result.imp_uid || result.error_code != null) {
      // Nothing was paid, says the window. Were that a lie, Dojang would still learn the truth from the gateway.
      showProblem(
        `결제가 완료되지 않았습니다. ${result.error_msg ?? ""} The payment was not completed: please try again.`,
      );
      return;
    }
    showVerifying();
    const status = await verifyWithDojang({
      dojangUrl,
      impUid: result.imp_uid,
      merchantUid: payment.merchant_uid,
    });
    location.assign(`/result?${new URLSearchParams({ merchant_uid: payment.merchant_uid, status })}`);
  } catch (error) {
    showProblem(problemText(error.code ?? error.message));
  } finally {
    payButton.disabled = false;
  }
}

/** The shop's server registers the order with Dojang first; the browser only learns its number and amount. */
async function orderOfThisForm() {
  if (query.has("order")) return made.payment;
  const fields = Object.fromEntries(new FormData(form));
  const from = JSON.stringify(fields);
  if (made.from !== from) {
    made = {
      from,
      payment: await askShop("/api/checkout", {
        ...fields,
        product: query.get("product"),
        quantity: Number(fields.quantity),
      }),
    };
  }
  return made.payment;
}

function showProduct(product) {
  if (!product) throw Object.assign(new Error("No such product"), { code: "product_unknown" });
  byId("picture").src = `/assets/${product.id}.svg`;
  byId("product-name").textContent = `${product.name} ${product.nameEn}`;
  byId("product-note").textContent = product.note;
  const showTotal = () => {
    const count = byId("quantity").valueAsNumber;
    byId("total").textContent = count >= 1 ? won(product.price * count) : "–";
  };
  byId("quantity").addEventListener("input", showTotal);
  showTotal();
}

/** A second try at an order that was made before, under its own number. */
function showOrder(order) {
  if (!order.payment) throw Object.assign(new Error("Not payable"), { code: "order_not_payable" });
  made = { from: "", payment: order.payment };
  byId("product-name").textContent = order.name;
  byId("product-note").textContent = order.merchant_uid;
  byId("total").textContent = won(order.amount);
  byId("quantity-row").hidden = true;
  byId("buyer").hidden = true;
  byId("buyer").disabled = true;
}

function showVerifying() {
  form.hidden = true;
  byId("verifying").hidden = false;
  byId("verifying").focus();
}
