import { askShop, byId, canChange, koreanTime, problemText, STATES, won } from "./shop.js";

const LOOK_AGAIN_AFTER_MS = 3_000;
const LOOKS_MAX = 200;
const LOOKS_BEFORE_RETRY = 3;
const query = new URLSearchParams(location.search);
const merchantUid = query.get("merchant_uid") ?? "";
/** Dojang's word about the attempt that ended here. It chooses the words; the order itself says whether it is paid. */
const word = query.get("status") ?? "";

const VIEWS = {
  paid: {
    title: "결제가 확인되었습니다",
    message: "결제하신 금액이 주문과 일치함을 확인했습니다. 곧 보내 드리겠습니다.",
    english: "Your payment matches your order and is recorded. We will ship it soon.",
  },
  awaiting: {
    title: "입금을 기다리고 있습니다",
    message: "아래 계좌로 기한 안에 정확한 금액을 입금해 주세요. 입금되면 이 화면이 저절로 바뀝니다.",
    english: "Please transfer the exact amount in time. This page changes by itself when it arrives.",
  },
  pending: {
    title: "결제를 확인하고 있습니다",
    message: "아직 결제 결과를 받지 못했습니다. 결과가 오면 이 화면이 저절로 바뀝니다.",
    english: "The result is not here yet. This page changes by itself when it is.",
  },
  unpaid: {
    title: "아직 결제하지 않은 주문입니다",
    message: "같은 주문 번호로 결제를 이어서 할 수 있습니다.",
    english: "This order has not been paid yet. You can still pay it.",
  },
  failed: {
    title: "결제가 되지 않았습니다",
    message: "결제가 승인되지 않았습니다. 금액은 청구되지 않았고, 같은 주문으로 다시 결제할 수 있습니다.",
    english: "The payment was not approved and nothing was charged. You can try again.",
  },
  forgery: {
    title: "결제를 받을 수 없습니다",
    message: "결제된 내용이 주문과 다릅니다. 이 결제는 주문에 적용되지 않았습니다. 상점에 문의해 주세요.",
    english: "What was paid is not what was ordered, so it does not count. Please contact the shop.",
  },
  closed: {
    title: "이미 끝난 주문입니다",
    message: "이 주문은 더 이상 결제를 받지 않습니다. 방금 결제하셨다면 상점에 문의해 주세요.",
    english: "This order takes no more payments. If you have just paid, please contact the shop.",
  },
  refunded: {
    title: "환불된 주문입니다",
    message: "이 주문의 결제는 환불되었습니다.",
    english: "The payment of this order has been refunded.",
  },
};

const VIEW_OF_STATUS = {
  paid: "paid",
  partially_refunded: "paid",
  refunded: "refunded",
  awaiting_deposit: "awaiting",
  cancelled: "closed",
  expired: "closed",
};
const VIEW_OF_WORD = { "": "unpaid", failed: "failed", forgery: "forgery", closed: "closed" };

byId("reload").addEventListener("click", () => location.reload());
await look(LOOKS_MAX);

async function look(looksLeft) {
  try {
    const order = await askShop(`/api/orders/${encodeURIComponent(merchantUid)}`);
    const view = VIEW_OF_STATUS[order.status] ?? VIEW_OF_WORD[word] ?? "pending";
    show(view, order);
    // A window that was closed on a phone leaves the order waiting. A second payment of one order is refused by the gateway.
    const waited = view === "pending" && LOOKS_MAX - looksLeft >= LOOKS_BEFORE_RETRY;
    byId("retry").hidden = !(waited || view === "failed" || view === "unpaid");
    if (canChange(order) && looksLeft > 0) setTimeout(() => look(looksLeft - 1), LOOK_AGAIN_AFTER_MS);
  } catch (error) {
    showTrouble(error.code ?? error.message);
  }
}

function show(view, order) {
  const { title, message, english } = VIEWS[view];
  setText("title", title);
  setText("message", message);
  setText("message-en", english);
  byId("result").dataset.view = view;
  byId("result").setAttribute("aria-busy", String(view === "pending"));
  byId("stamp").hidden = view !== "paid";
  byId("spinner").hidden = view !== "pending";
  byId("retry").href = `/checkout?order=${encodeURIComponent(order.merchant_uid)}`;
  const account = view === "awaiting" ? order.virtual_account : null;
  showFacts(
    "account",
    account && [
      ["은행 Bank", account.vbank_name],
      ["계좌번호 Account", account.vbank_num],
      ["예금주 Holder", account.vbank_holder],
      ["입금액 Amount", won(order.amount)],
      ["입금 기한 Due", `${koreanTime(account.vbank_date)} (한국 시간 KST)`],
    ],
  );
  showFacts("order", [
    ["주문 번호 Order", order.merchant_uid],
    ["상품 Item", order.name],
    ["금액 Amount", won(order.amount)],
    ["상태 Status", STATES[order.status] ?? order.status],
    ...(order.refunded_amount ? [["환불 Refunded", won(order.refunded_amount)]] : []),
    ...(order.paid_at ? [["결제 시각 Paid at", koreanTime(order.paid_at)]] : []),
    ...(order.shipped_at ? [["발송 시각 Shipped at", koreanTime(order.shipped_at)]] : []),
  ]);
}

function showTrouble(code) {
  setText("title", "주문을 불러오지 못했습니다");
  setText(
    "message",
    code === "dojang_unreachable"
      ? "결제 확인 서버(Dojang)에 연결할 수 없습니다. 결제하셨다면 사라지지 않으니 잠시 뒤 다시 확인해 주세요."
      : problemText(code),
  );
  setText(
    "message-en",
    code === "dojang_unreachable"
      ? "The verification server cannot be reached. If you have paid, that is not lost: check again in a moment."
      : "",
  );
  byId("result").dataset.view = "trouble";
  byId("result").setAttribute("aria-busy", "false");
  byId("spinner").hidden = true;
  byId("reload").hidden = false;
}

/** Leaves a text alone that has not changed, so that a screen reader does not read it again. */
function setText(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function showFacts(id, facts) {
  const list = byId(id);
  const shown = JSON.stringify(facts);
  if (list.dataset.shown === shown) return; // the buyer may be selecting the account number
  list.dataset.shown = shown;
  list.hidden = !facts;
  list.replaceChildren(
    ...(facts ?? []).flatMap(([name, value]) => {
      const term = document.createElement("dt");
      const detail = document.createElement("dd");
      term.textContent = name;
      detail.textContent = value ?? "–";
      return [term, detail];
    }),
  );
}
