import { LIVE_MERCHANT } from "../../support/forgery.ts";
import { DAY_MS, HOUR_MS } from "../../support/forgery-time.ts";
import { until } from "../../support/until.ts";
import { type Attack, DEAR } from "./stage.ts";

const SILENT_CANCEL = { method: "POST", path: "/payments/cancel" } as const;

/** At once, in any order, told or not told, with a gateway in trouble. */
export const ON_RUNNING: readonly Attack[] = [
  {
    of: "R44",
    what: "20 pages tell of one account at the same time",
    async run(stage) {
      const order = await stage.order();
      const account = stage.pay(order, { pay_method: "vbank", status: "ready" });
      const texts = await stage.textsOf(() =>
        Promise.all(Array.from({ length: 20 }, () => stage.complete(account, order))),
      );
      return texts.length > 1 ? `the buyer was texted ${texts.length} times` : undefined;
    },
  },
  {
    of: "R45",
    what: "an old answer, paid, comes after the payment went back",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order);
      const path = `/payments/${payment.imp_uid}`;
      const held = Promise.withResolvers<void>();
      stage.gateway.override({ path, times: 1 }, { holdUntil: held.promise, snapshot: "arrival" });
      const before = stage.gateway.requests.total;
      const slow = stage.complete(payment, order);
      const asked = () => stage.gateway.requests.entries.slice(before - stage.gateway.requests.total);
      await until("the first look is under way", () =>
        asked().some(({ line }) => line.startsWith(`GET ${path}`)),
      );
      stage.gateway.silentCancel(payment.imp_uid);
      const quick = stage.complete(payment, order);
      await Promise.race([quick, slow]);
      held.resolve();
      await Promise.all([quick, slow]);
      await stage.target.beforeShipping(order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R47",
    what: "one key for two different orders",
    needs: "idempotency",
    async run({ target }) {
      const key = { "idempotency-key": "one-key-for-two" };
      await target.shop("POST", "/v1/orders", { name: "a", amount: DEAR }, key);
      const { status } = await target.shop("POST", "/v1/orders", { name: "a", amount: 100 }, key);
      return status === 422 ? undefined : `the second order was answered ${status}`;
    },
  },
  {
    of: "R48",
    what: "a notice of a payment that does not exist",
    async run(stage) {
      const order = await stage.order();
      const window = stage.pay(order, { status: "ready" });
      await stage.notice(window, order, "paid");
      await stage.notice({ ...window, imp_uid: "imp_000000000048" }, order, "paid");
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R49",
    what: "notices twice, and in the wrong order",
    needs: "webhook",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order);
      for (const status of ["cancelled", "paid", "ready", "paid"]) await stage.notice(payment, order, status);
      return stage.wrongUnless(order, "paid");
    },
  },
  {
    of: "R50",
    what: "40 invented pairs of ids",
    async run(stage) {
      const lines = await stage.linesOf(async () => {
        for (let at = 0; at < 40; at++)
          await stage.complete(`imp_00000000${1000 + at}`, `nobodys-order-${at}`);
      });
      return lines.length > 10 ? `they cost ${lines.length} calls at the gateway` : undefined;
    },
  },
  {
    of: "R51",
    what: "the notice is sent elsewhere, and the page does not come",
    async run(stage) {
      const order = await stage.order();
      stage.pay(order);
      await stage.target.pass(HOUR_MS);
      return stage.wrongUnless(order, "paid");
    },
  },
  {
    of: "R52",
    what: "a notice that must be kept, or asked for again",
    async run(stage) {
      const order = await stage.order();
      const { status } = await stage.notice(stage.pay(order), order);
      const isOver = typeof status === "number" && status >= 400 && status < 500;
      return isOver
        ? `the notice was answered ${status}, so that it never comes again`
        : stage.wrongUnless(order, "paid");
    },
  },
  {
    of: "R53",
    what: "an id that the gateway does not know",
    async run(stage) {
      const order = await stage.order();
      const { text } = await stage.complete("imp_000000000053", order);
      const token = /"Authorization":"([0-9a-f]{16,})/i.test(text);
      return token || text.includes(LIVE_MERCHANT.impSecret)
        ? "the answer holds the access token"
        : undefined;
    },
  },
  {
    of: "R53",
    what: "a gateway that refuses to log in",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order);
      stage.gateway.override({ path: "/users/getToken" }, { status: 500, body: "{}" });
      const { text } = await stage.complete(payment, order);
      return text.includes(LIVE_MERCHANT.impSecret) ? "the answer holds the secret" : undefined;
    },
  },
  {
    of: "R54",
    what: "who stole the keys gives a payment back over the gateway's own API",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order);
      await stage.complete(payment, order);
      await cancelByApi(stage.gateway.url, payment.imp_uid);
      await stage.target.pass(2 * DAY_MS);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R55",
    what: "every call to the gateway is refused",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order);
      stage.gateway.override(
        { path: /./ },
        { status: 401, body: '{"code":-1,"message":"no","response":null}' },
      );
      const { word } = await stage.complete(payment, order);
      return word === "success" ? "what could not be looked at is a success" : stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R56",
    what: "routes that would set an order paid, without a key",
    async run(stage) {
      const order = await stage.order();
      const body = JSON.stringify({ merchant_uid: order, status: "paid" });
      const paths = [
        "/payments/status",
        "/payments",
        "/admin/api/payments",
        "/v1/orders",
        "/console/api/orders",
      ];
      for (const path of [...paths, `/v1/orders/${order}`, `/orders/${order}`, "/internal/pay", "/debug"]) {
        const { status } = await stage.target.post(path, body);
        if (typeof status === "number" && status < 400) return `${path} answered ${status}`;
      }
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R58",
    what: "the page never comes back, and the notice does",
    async run(stage) {
      const order = await stage.order();
      await stage.notice(stage.pay(order), order);
      await stage.target.pass(HOUR_MS);
      return stage.wrongUnless(order, "paid");
    },
  },
  {
    of: "R59",
    what: "the gateway answers 500 for a while",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order);
      const heal = stage.gateway.override(
        { path: `/payments/${payment.imp_uid}` },
        { status: 500, body: "{}" },
      );
      const { status } = await stage.complete(payment, order);
      heal();
      await stage.target.pass(HOUR_MS);
      if (status !== 202) return `the page heard ${status}, as if the payment had failed`;
      return stage.wrongUnless(order, "paid");
    },
  },
  {
    of: "R61",
    what: "a payment comes before its order is put in",
    async run(stage) {
      const id = stage.nextId();
      await stage.complete(stage.pay(id), id);
      await stage.target.register({ id, amount: DEAR });
      await stage.target.pass(HOUR_MS);
      return stage.wrongUnless(id, "paid");
    },
  },
  {
    of: "R61",
    what: "a status that nobody knows",
    async run(stage) {
      const order = await stage.order();
      const { status } = await stage.complete(stage.pay(order, { raw: { status: '"in_review"' } }), order);
      return status === "none" ? "the page is never answered" : stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R62",
    what: "20 payments, one after another",
    async run(stage) {
      const orders = await Promise.all(Array.from({ length: 20 }, () => stage.order()));
      const lines = await stage.linesOf(async () => {
        for (const order of orders) await stage.complete(stage.pay(order), order);
      });
      const logins = lines.filter((line) => line.includes("/users/getToken")).length;
      return logins > 2 ? `the server logged in ${logins} times` : undefined;
    },
  },
];

async function cancelByApi(url: string, imp_uid: string): Promise<void> {
  const { impKey: imp_key, impSecret: imp_secret } = LIVE_MERCHANT;
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ imp_key, imp_secret });
  const login = await fetch(`${url}/users/getToken`, { method: "POST", headers, body });
  const { response } = (await login.json()) as { response: { access_token: string } };
  await fetch(`${url}${SILENT_CANCEL.path}`, {
    method: SILENT_CANCEL.method,
    headers: { ...headers, authorization: `Bearer ${response.access_token}` },
    body: JSON.stringify({ imp_uid, reason: "stolen key" }),
  });
}
