// What every page of the shop shares. Text from a server is only ever set through textContent.

/** @param {string} id */
export const byId = (id) => document.getElementById(id);

export const won = (amount) => `${Number(amount).toLocaleString("ko-KR")}원`;

/** A time as people in Korea read it, wherever this browser is. */
export const koreanTime = (timestamp) =>
  new Date(timestamp).toLocaleString("ko-KR", {
    timeZone: "Asia/Seoul",
    dateStyle: "medium",
    timeStyle: "short",
  });

/** Asks the shop's own server. Throws an Error whose `code` says why not. */
export async function askShop(path, body) {
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (response?.ok && answer) return answer;
  throw Object.assign(new Error("The shop could not answer"), { code: answer?.error ?? "shop_unreachable" });
}

const PROBLEMS = {
  shop_unreachable: [
    "상점에 연결할 수 없습니다. 잠시 뒤 다시 시도해 주세요.",
    "The shop cannot be reached. Please try again.",
  ],
  dojang_unreachable: [
    "결제 확인 서버(Dojang)에 연결할 수 없습니다. 아무것도 결제되지 않았습니다.",
    "The payment verification server cannot be reached. Nothing was charged.",
  ],
  dojang_not_understood: [
    "결제 확인 서버의 주소가 잘못된 것 같습니다. 상점의 dojangUrl 설정을 확인하세요.",
    "What answers there is not Dojang: check the shop's dojangUrl.",
  ],
  unauthorized: [
    "결제 확인 서버가 상점의 API 키를 거절했습니다. dojangApiKey 설정을 확인하세요.",
    "Dojang refused the shop's API key: check dojangApiKey.",
  ],
  sdk_unreachable: [
    "결제 모듈을 불러오지 못했습니다. 네트워크나 광고 차단기를 확인해 주세요.",
    "The payment module did not load. Check the network or your ad blocker.",
  ],
  product_unknown: ["없는 상품입니다.", "There is no such product."],
  page_not_found: ["주소를 확인해 주세요.", "Please check the address."],
  order_not_found: ["주문을 찾을 수 없습니다.", "There is no such order."],
  order_not_payable: ["이 주문은 더 이상 결제할 수 없습니다.", "This order cannot be paid any more."],
  quantity_invalid: ["수량은 1개에서 20개까지입니다.", "The quantity is 1 to 20."],
  buyer_name_invalid: ["이름을 16자 안으로 적어 주세요.", "Please give a name of at most 16 characters."],
  buyer_tel_invalid: ["휴대폰 번호를 확인해 주세요.", "Please check the phone number."],
  reason_expected: ["사유를 적어 주세요.", "Please give a reason."],
  amount_invalid: ["환불 금액은 1원 이상의 정수입니다.", "The amount is a whole number of won, at least 1."],
  refund_exceeds_rest: [
    "남은 결제 금액보다 큽니다. 처리 중인 환불도 남은 금액에서 빠집니다.",
    "It is more than what is left. Refunds under way count as given back.",
  ],
  nothing_to_refund: ["돌려줄 금액이 남아 있지 않습니다.", "There is nothing left to give back."],
  order_not_paid: ["결제되지 않은 주문입니다.", "The order is not paid."],
  order_already_paid: [
    "이미 결제된 주문입니다. 취소 대신 환불하세요.",
    "The order is paid: refund it instead.",
  ],
  refund_account_required: [
    "가상계좌로 받은 돈입니다. 환불받을 계좌를 적어 주세요.",
    "The money came through a virtual account: name an account to give it back to.",
  ],
  idempotency_key_reused: [
    "같은 환불이 다른 내용으로 이미 접수되었습니다. 새로 고쳐 확인하세요.",
    "This refund was asked for before with other content: reload and look.",
  ],
  buyer_email_invalid: ["이메일 주소를 확인해 주세요.", "Please check the e-mail address."],
};

/** One line, Korean and English, for a code that the shop's server or a page gave. */
export function problemText(code) {
  const [korean, english] = PROBLEMS[code] ?? [
    `요청을 처리하지 못했습니다 (${code}).`,
    `The request failed (${code}).`,
  ];
  return `${korean} ${english}`;
}

/** Shows a problem where the page has a place for it, and moves the reader there. */
export function showProblem(text) {
  const place = byId("problem");
  place.textContent = text;
  place.hidden = false;
  place.focus();
}

/** A copy of a <template>, its data-text places filled from `values`. */
export function fillTemplate(id, values) {
  const copy = byId(id).content.cloneNode(true);
  for (const place of copy.querySelectorAll("[data-text]"))
    place.textContent = values[place.dataset.text] ?? "";
  return copy;
}

export const STATES = {
  pending: "결제 전 · Not paid",
  awaiting_deposit: "입금 대기 · Awaiting deposit",
  paid: "결제 완료 · Paid",
  partially_refunded: "부분 환불 · Partly refunded",
  refunded: "환불 완료 · Refunded",
  cancelled: "취소됨 · Cancelled",
  expired: "기한 지남 · Expired",
};

const TOLD = {
  "order.awaiting_deposit": "계좌 발급 · Account issued",
  "order.paid": "결제 확인 · Payment verified",
  "order.expired": "기한 지남 · Expired",
  "order.cancelled": "취소됨 · Cancelled",
  "order.partially_refunded": "부분 환불 · Partly refunded",
  "order.refunded": "환불 완료 · Refunded",
};

/** The life of an order so far: what Dojang told the shop, and what the shop did. Each a text and its time. */
export const stepsOf = (order) => [
  ["주문 · Ordered", order.created_at],
  ...(order.told ?? []).filter(({ type }) => type in TOLD).map(({ type, at }) => [TOLD[type], at]),
  ...(order.shipped_at ? [["발송 · Shipped", order.shipped_at]] : []),
];

/** Whether something may still happen to an order by itself. */
export const canChange = ({ status, shipped_at }) =>
  status === "pending" || status === "awaiting_deposit" || (status === "paid" && shipped_at === null);
