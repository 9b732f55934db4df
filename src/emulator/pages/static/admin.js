// The emulator's admin page: a client of /admin/api like any other. Text is only ever set through textContent.

const LOOK_EVERY_MS = 2_000;
const ROWS_MAX = 200;
const byId = (id) => document.getElementById(id);

/** The payment that the buttons act on. */
let chosen = null;
/** The payments as last read. */
let known = [];

/** What each button does to the chosen payment. */
const ACTIONS = {
  deposit: (id) => post(`/payments/${id}/deposit`, {}),
  expire: (id) => post(`/payments/${id}/expire`, {}),
  cancel: (id) => post(`/payments/${id}/cancel`, amountOf("cancel-amount")),
  resend: (id) => post(`/payments/${id}/webhook`, {}),
  twice: (id) => post(`/payments/${id}/webhook`, { copies: 2 }),
  form: (id) => post(`/payments/${id}/webhook`, { format: "form" }),
  forged: (id) => post(`/payments/${id}/webhook`, { fields: { status: "paid" } }),
};

for (const button of document.querySelectorAll("[data-action]")) {
  button.addEventListener("click", () => void act(button));
}

for (const button of document.querySelectorAll("[data-lever]")) {
  button.addEventListener("click", async () => {
    if (await LEVERS[button.dataset.lever]()) showNotice(button.textContent.trim());
    await showLevers();
  });
}

async function look() {
  if (!document.hidden) {
    const [payments, webhooks, requests] = await Promise.all([
      get("/payments"),
      get("/webhooks"),
      get("/requests"),
    ]);
    if (payments) showPayments(payments);
    if (webhooks) showWebhooks(webhooks);
    if (requests) showRequests(requests);
  }
  setTimeout(look, LOOK_EVERY_MS);
}

async function act(button) {
  const name = button.dataset.action;
  const answer = await ACTIONS[name](encodeURIComponent(chosen));
  if (answer) showNotice(`${button.textContent.trim()}: ${chosen}`);
  const payments = await get("/payments");
  if (payments) showPayments(payments);
}

function amountOf(id) {
  const text = byId(id).value.trim();
  return text === "" ? {} : { amount: text };
}

function showPayments(payments) {
  known = payments;
  const newestFirst = payments.toReversed().slice(0, ROWS_MAX);
  byId("no-payments").hidden = newestFirst.length > 0;
  byId("payment-rows").replaceChildren(...newestFirst.map(paymentRow));
  const payment = payments.find((one) => one.imp_uid === chosen);
  byId("actions").hidden = !payment;
  if (payment) showChosen(payment);
}

function paymentRow(payment) {
  const row = document.createElement("tr");
  row.setAttribute("aria-selected", String(payment.imp_uid === chosen));
  const choose = document.createElement("button");
  choose.type = "button";
  choose.className = "row-button id";
  choose.textContent = payment.imp_uid;
  choose.addEventListener("click", () => {
    chosen = payment.imp_uid;
    showPayments(known);
  });
  const status = document.createElement("span");
  status.className = "status";
  status.dataset.status = payment.status;
  status.textContent = isAccount(payment) ? "ready · account" : payment.status;
  row.append(
    cell(status),
    cell(choose),
    cell(payment.merchant_uid, "id"),
    cell(payment.pay_method),
    cell(money(payment.amount, payment.currency), "number"),
    cell(timeText(payment.started_at * 1000)),
  );
  return row;
}

const isAccount = (payment) => payment.status === "ready" && payment.vbank_num;

function showChosen(payment) {
  byId("chosen").textContent = payment.imp_uid;
  const facts = [
    ["Order", payment.merchant_uid],
    ["Status", payment.status],
    ["Amount", money(payment.amount, payment.currency)],
    ["Cancelled", money(payment.cancel_amount, payment.currency)],
    ["Channel", `${payment.pg_provider} ${payment.pg_id} ${payment.sandbox ? "(test)" : "(live)"}`],
    ...(payment.vbank_num
      ? [
          ["Account", `${payment.vbank_name} ${payment.vbank_num}`],
          ["Due", timeText(payment.vbank_date * 1000)],
        ]
      : []),
    ...(payment.fail_reason ? [["Reason", payment.fail_reason]] : []),
  ];
  byId("facts").replaceChildren(
    ...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]),
  );
  const can = {
    account: isAccount(payment),
    money: payment.paid_at > 0 && Number(payment.cancel_amount) < Number(payment.amount),
  };
  for (const button of document.querySelectorAll("[data-needs]"))
    button.disabled = !can[button.dataset.needs];
}

function showWebhooks(webhooks) {
  const rows = webhooks
    .toReversed()
    .slice(0, ROWS_MAX)
    .map((one) => {
      const row = document.createElement("tr");
      row.append(
        cell(timeText(one.at)),
        cell(one.url, "id"),
        cell(one.body, "wide id"),
        cell(one.status ?? one.error ?? "…"),
      );
      return row;
    });
  byId("webhook-rows").replaceChildren(...rows);
}

function showRequests(requests) {
  const rows = requests
    .toReversed()
    .slice(0, ROWS_MAX)
    .map((one) => {
      const row = document.createElement("tr");
      const sent = one.body && Object.keys(one.body).length > 0 ? JSON.stringify(one.body) : "";
      row.append(cell(timeText(one.at)), cell(one.method), cell(one.path, "wide id"), cell(sent, "wide id"));
      return row;
    });
  byId("request-rows").replaceChildren(...rows);
}

/** One field for each switch: a tick, a list of its values, or a line of text. */
async function showSwitches() {
  const [switches, values] = await Promise.all([get("/switches"), get("/switch-values")]);
  const rows = Object.entries(switches ?? {}).map(([name, value]) => {
    const label = document.createElement("label");
    const field = switchField(value, values?.[name]?.enum);
    field.addEventListener("change", async () => {
      const set =
        typeof value === "boolean"
          ? field.checked
          : typeof value === "number"
            ? Number(field.value)
            : field.value;
      if (await post("/switches", { [name]: set })) showNotice(`${name}: ${set}`);
    });
    label.append(element("span", name), field);
    return label;
  });
  byId("switch-rows").replaceChildren(...rows);
}

function switchField(value, choices) {
  const field = document.createElement(choices ? "select" : "input");
  if (choices) field.append(...choices.map((choice) => new Option(choice, choice)));
  if (typeof value === "boolean") Object.assign(field, { type: "checkbox", checked: value });
  else field.value = String(value);
  return field;
}

/** The gateway as a whole: its webhooks, its speed, its time, its memory. */
async function showLevers() {
  const state = await get("/");
  if (!state) return;
  byId("webhook-url").value = state.webhooks.url ?? "";
  byId("webhook-format").value = state.webhooks.format;
  byId("webhook-auto").checked = state.webhooks.auto;
  byId("delay").value = state.delayMs;
  byId("clock").textContent = timeText(state.now);
}

const LEVERS = {
  webhooks: () => {
    const url = byId("webhook-url").value.trim();
    const rest = { format: byId("webhook-format").value, auto: byId("webhook-auto").checked };
    return post("/webhooks/settings", { url: url === "" ? null : url, ...rest });
  },
  delay: () => post("/delay", { ms: Number(byId("delay").value) }),
  hour: () => post("/clock/advance", { ms: 3_600_000 }),
  day: () => post("/clock/advance", { ms: 86_400_000 }),
  reset: () => post("/reset", {}),
};

const get = (path) => ask(path);
const post = (path, body) =>
  ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function ask(path, options) {
  const response = await fetch(`/admin/api${path}`, options).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (response?.ok) return answer ?? {};
  showNotice(answer?.message ?? answer?.error ?? "The emulator does not answer", true);
  return null;
}

let noticeTimer;
function showNotice(text, bad = false) {
  byId("notice").textContent = text;
  byId("notice").dataset.bad = String(bad);
  byId("notice").hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => {
    byId("notice").hidden = true;
  }, 4_000);
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text ?? "–";
  return made;
}

function cell(content, className = "") {
  const made = document.createElement("td");
  made.className = className;
  made.append(content instanceof Node ? content : String(content ?? "–"));
  return made;
}

const money = (amount, currency) =>
  `${Number(amount).toLocaleString("en", { maximumFractionDigits: 10 })} ${currency}`;

const timeText = (ms) => new Date(ms).toLocaleString("sv-SE", { timeZone: "Asia/Seoul" });

await showLevers();
await showSwitches();
await look();
