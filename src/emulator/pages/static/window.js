// The payment window. It says what the buyer chose; what that does is decided by the emulator behind /window/api.

const byId = (id) => document.getElementById(id);
const redirects = new URLSearchParams(location.search).get("flow") === "redirect";
/** What the shop's page asked for, and where its answer goes. */
let order;
let shopOrigin;
let impUid;
let finished = false;

for (const radio of document.querySelectorAll("[name=method]")) radio.addEventListener("change", showPanel);
byId("window").addEventListener("submit", (event) => {
  event.preventDefault();
  void finish(chosen());
});
byId("fail").addEventListener("click", () => void finish({ choice: "fail", reason: byId("reason").value }));
byId("cancel").addEventListener("click", () => void finish({ choice: "cancel" }));
byId("close").addEventListener("click", () => void finish({ choice: "close" }));

if (redirects) void start(readFragment());
else listenToShop();

/** The page of the shop put its order behind the #, which no server sees. */
function readFragment() {
  try {
    return JSON.parse(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return null;
  }
}

/** In an overlay the shop's page is our parent. It is heard once, and nobody else is. */
function listenToShop() {
  addEventListener("message", (event) => {
    if (order || event.source !== window.parent) return;
    const message = JSON.parse(event.data);
    if (message.action !== "payment") return;
    shopOrigin = event.origin;
    void start(message.data);
  });
  window.parent.postMessage(JSON.stringify({ action: "loaded", from: "iamport-emulator" }), "*");
}

/** Opening creates the `ready` record, unless the gateway refuses the order: then no window is shown. */
async function start(received) {
  order = received;
  if (!order?.params)
    return showNotice("결제 요청이 없습니다. The page that opened this window sent no order.");
  const opened = await ask("/window/api/open", { ...order, redirects });
  if (!opened) return;
  if (opened.outcome) return leave(opened.outcome);
  impUid = opened.imp_uid;
  byId("name").textContent = opened.name || "-";
  byId("amount").textContent = amountText(opened);
  byId("merchant-uid").textContent = opened.merchant_uid;
  byId("imp-uid").textContent = opened.imp_uid;
  byId("channel").textContent = opened.channel_name;
  byId("mode").textContent = opened.sandbox ? "테스트 TEST" : "실연동 LIVE";
  byId("mode").dataset.sandbox = String(opened.sandbox);
  byId("due").value = opened.vbank_due;
  fillChoices("cards", "card_code", opened.cards);
  fillChoices("easies", "easy_pay", opened.easy_pays);
  fillChoices("banks", "bank_code", opened.banks);
  choose("method", opened.method);
  choose("easy_pay", opened.easy_pay);
  showPanel();
  byId("loading").hidden = true;
  byId("window").hidden = false;
  byId("pay").focus();
}

function chosen() {
  const fields = new FormData(byId("window"));
  return {
    ...Object.fromEntries(fields),
    choice: fields.get("method"),
    quota: Number(byId("quota").value),
    due: byId("due").value,
  };
}

/** Says what the buyer did, once; a refused one (a bank that is closed) can be said again. */
async function finish(decision) {
  if (finished) return;
  if (!impUid)
    return leave({
      callback: { imp_uid: null, error_code: "F0002", error_msg: "결제창이 열리지 않았습니다." },
    });
  finished = true;
  setBusy(true);
  const answer = await ask("/window/api/finish", { ...order, redirects, imp_uid: impUid, decision });
  if (answer) return leave(answer.outcome);
  finished = false;
  setBusy(false);
}

/** Hands the outcome to the shop: by message to the page that opened us, or by going to its m_redirect_url. */
function leave({ callback, redirect_url: redirectUrl }) {
  if (redirectUrl) return location.assign(redirectUrl);
  if (!redirects) {
    const data = { ...callback, request_id: order.request_id };
    return window.parent.postMessage(
      JSON.stringify({ action: "done", data, from: "iamport-emulator" }),
      shopOrigin,
    );
  }
  byId("window").hidden = true;
  byId("loading").hidden = true;
  byId("over").hidden = false;
  byId("outcome").textContent = JSON.stringify(callback, null, 2);
}

async function ask(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (response?.ok) return answer;
  showNotice(answer?.message ?? "에뮬레이터가 답하지 않습니다. The emulator does not answer.");
  return null;
}

function showNotice(text) {
  byId("loading").hidden = true;
  byId("notice").textContent = text;
  byId("notice").hidden = false;
}

function setBusy(busy) {
  for (const button of document.querySelectorAll("form button")) button.disabled = busy;
}

function showPanel() {
  const method = document.querySelector("[name=method]:checked")?.value;
  for (const name of ["card", "easy", "vbank"]) byId(`panel-${name}`).hidden = name !== method;
  byId("due").disabled = method !== "vbank";
  byId("pay-text").textContent =
    method === "vbank" ? "계좌 발급받기" : `${byId("amount").textContent} 결제하기`;
  byId("pay-text-en").textContent = method === "vbank" ? "Get the account" : "Pay";
}

function choose(name, value) {
  const radio = [...document.querySelectorAll(`[name=${name}]`)].find((one) => one.value === value);
  if (radio) radio.checked = true;
}

function fillChoices(id, name, choices) {
  for (const [value, text] of choices) {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name, value });
    const words = document.createElement("span");
    words.textContent = text;
    words.dataset.value = value;
    label.append(radio, words);
    byId(id).append(label);
  }
  byId(id).querySelector("input").checked = true;
}

function amountText({ amount, currency }) {
  const number = Number(amount).toLocaleString("ko-KR", { maximumFractionDigits: 10 });
  return currency === "KRW" ? `${number}원` : `${number} ${currency}`;
}
