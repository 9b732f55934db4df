import { askShop, byId, fillTemplate, koreanTime, problemText, STATES, showProblem, won } from "./shop.js";

const LOOK_AGAIN_MS = 1500;
const REFUND_STATES = {
  requested: "접수됨 · Requested",
  unknown: "확인 중 · Being looked up",
  succeeded: "환불됨 · Given back",
  failed: "실패 · Failed",
};
/** What the shop's server or Dojang refused for good: a new try is a new refund. */
const isRefused = (code) => !["shop_unreachable", "dojang_unreachable", "shop_failed"].includes(code);

async function show() {
  const orders = await askShop("/api/staff/orders");
  byId("empty").hidden = orders.length > 0;
  // A form that somebody is typing into stays as it is.
  if (byId("orders").contains(document.activeElement)) return again(orders);
  byId("orders").replaceChildren(...orders.map(itemOf));
  again(orders);
}

/** Looks again while a refund is under way: its end is the gateway's to say. */
function again(orders) {
  const isUnderWay = orders.some(({ refunds }) =>
    refunds.some(({ state }) => state === "requested" || state === "unknown"),
  );
  clearTimeout(again.timer);
  if (isUnderWay) again.timer = setTimeout(() => show().catch(fail), LOOK_AGAIN_MS);
}

function itemOf(order) {
  const rest = order.amount - order.refunded_amount - underWay(order);
  const item = fillTemplate("order", {
    state: STATES[order.status] ?? order.status,
    name: order.name,
    buyer: order.buyer,
    when: koreanTime(order.created_at),
    number: order.merchant_uid,
    amount:
      order.refunded_amount > 0 ? `${won(order.amount)} − ${won(order.refunded_amount)}` : won(order.amount),
    discrepancies: order.discrepancies.join(", "),
    rest: won(rest),
  });
  const place = (selector) => item.querySelector(selector);
  place(".state").dataset.state = order.status;
  place("li").dataset.order = order.merchant_uid;
  place(".odd").hidden = order.discrepancies.length === 0;
  place(".refunds").append(...order.refunds.map(refundLine));
  const isPaid = order.status === "paid" || order.status === "partially_refunded";
  place(".money").hidden = !isPaid || rest <= 0;
  place(".account").hidden = !order.needs_account;
  place(".unpaid").hidden = order.status !== "pending" && order.status !== "awaiting_deposit";
  // Made with the form, not with the click: however often it is sent, it is one refund.
  let key = crypto.randomUUID();
  place(".money").addEventListener("submit", async (event) => {
    const fields = new FormData(event.target);
    const isAll = event.submitter?.value === "all";
    const amount = isAll ? "all" : Number(fields.get("amount"));
    const account = ["bank", "account", "holder"].map((name) => [name, fields.get(name)]);
    const refund = {
      key,
      amount,
      reason: fields.get("reason"),
      ...(order.needs_account ? { refund_account: Object.fromEntries(account) } : {}),
    };
    const isSettled = await send(event, `/api/staff/orders/${order.merchant_uid}/refunds`, refund);
    if (isSettled) key = crypto.randomUUID();
  });
  place(".unpaid").addEventListener("submit", (event) =>
    send(event, `/api/staff/orders/${order.merchant_uid}/cancel`, {
      reason: new FormData(event.target).get("reason"),
    }),
  );
  return item;
}

function underWay({ refunds }) {
  return refunds
    .filter(({ state }) => state === "requested" || state === "unknown")
    .reduce((sum, { amount }) => sum + amount, 0);
}

function refundLine({ amount, state, reason, failure }) {
  const line = document.createElement("li");
  line.dataset.state = state;
  const why = failure ? ` (${failure.message || failure.code})` : "";
  line.textContent = `${won(amount)} · ${REFUND_STATES[state] ?? state} · ${reason}${why}`;
  return line;
}

/** @returns whether the shop took it or refused it for good */
async function send(event, path, body) {
  event.preventDefault();
  const buttons = [...event.target.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  byId("problem").hidden = true;
  try {
    await askShop(path, body);
    document.activeElement?.blur();
    await show();
    return true;
  } catch (error) {
    fail(error);
    return isRefused(error.code);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

function fail(error) {
  showProblem(problemText(error.code ?? error.message));
}

show().catch(fail);
