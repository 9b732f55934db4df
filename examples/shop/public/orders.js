import {
  askShop,
  byId,
  canChange,
  fillTemplate,
  koreanTime,
  problemText,
  STATES,
  showProblem,
  stepsOf,
  won,
} from "./shop.js";

const LOOK_AGAIN_AFTER_MS = 3_000;
const LOOKS_MAX = 200;
let shown = "";
await look(LOOKS_MAX);

async function look(looksLeft) {
  try {
    const orders = await askShop("/api/orders");
    show(orders);
    if (orders.some(canChange) && looksLeft > 0) setTimeout(() => look(looksLeft - 1), LOOK_AGAIN_AFTER_MS);
  } catch (error) {
    showProblem(problemText(error.code ?? error.message));
  }
}

/** Draws the list again only when something of it changed: the buyer may be selecting an account number. */
function show(orders) {
  const seen = JSON.stringify(orders);
  if (seen === shown) return;
  shown = seen;
  byId("empty").hidden = orders.length > 0;
  byId("orders").replaceChildren(...orders.map(itemOf));
}

function itemOf(order) {
  const account = order.status === "awaiting_deposit" ? order.virtual_account : null;
  const item = fillTemplate("order", {
    state: STATES[order.status] ?? order.status,
    name: order.name,
    account: account && `${account.vbank_name} ${account.vbank_num} · ~${koreanTime(account.vbank_date)}`,
    amount: won(order.amount),
  });
  item.querySelector(".state").dataset.state = order.status;
  item.querySelector("[data-link]").href = `/result?merchant_uid=${encodeURIComponent(order.merchant_uid)}`;
  for (const [text, at] of stepsOf(order))
    item.querySelector("ol").append(fillTemplate("step", { text, at: koreanTime(at) }));
  return item;
}
