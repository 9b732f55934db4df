import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { paymentJson } from "../../../src/emulator/payment-json.ts";
import type { PaymentRecord } from "../../../src/emulator/payment-record.ts";
import { type Attack, DEAR, type Stage } from "./stage.ts";

function envelope(payment: PaymentRecord, code: number): string {
  const response = paymentJson(payment, { newerFields: true });
  return `{"code":${code},"message":null,"response":${response}}`;
}

/** The gateway sends whoever asks for this payment to another host, which calls it paid. */
async function redirected(
  stage: Stage,
  payment: PaymentRecord,
): Promise<AsyncDisposable & { calls: number }> {
  const host = { calls: 0 };
  const body = envelope({ ...payment, status: "paid", paid_at: payment.started_at }, 0);
  const server = createServer((_request, response) => {
    host.calls += 1;
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const location = `http://127.0.0.1:${(server.address() as AddressInfo).port}/payments/${payment.imp_uid}`;
  stage.gateway.override(
    { path: `/payments/${payment.imp_uid}` },
    { status: 302, headers: { location }, body: "" },
  );
  return Object.assign(host, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** What is sent, and what the gateway's answer is taken for. */
export const ON_INPUT: readonly Attack[] = [
  {
    of: "R35",
    what: "an id that leads to another address of the gateway",
    async run(stage) {
      const order = await stage.order();
      const lines = await stage.linesOf(() => stage.complete("../payments/status/all", order));
      const stray = lines.find((line) => line.includes("/status/all"));
      return stray === undefined ? undefined : `the server's token was used for ${stray}`;
    },
  },
  {
    of: "R36",
    what: "an id that has the pre-registered amount taken for a payment",
    async run(stage) {
      const order = await stage.order();
      await stage.target.pass(0);
      const lines = await stage.linesOf(() => stage.complete(`prepare/${order}`, order));
      const stray = lines.find((line) => line.startsWith("GET /payments/prepare/"));
      return stray === undefined ? undefined : `${stray} was asked for as a payment`;
    },
  },
  {
    of: "R37",
    what: "an id inside a list",
    async run(stage) {
      const order = await stage.order();
      const { imp_uid } = stage.pay(order);
      const { word } = await stage.send(JSON.stringify({ imp_uid: [imp_uid], merchant_uid: order }));
      return word === "success" ? "a list is taken for an id" : undefined;
    },
  },
  {
    of: "R38",
    what: "a database operator as the order's id",
    async run(stage) {
      const order = await stage.order();
      const { word } = await stage.complete(stage.pay(order), { $ne: null });
      return word === "success"
        ? "the operator reached the database call, and the page heard success"
        : undefined;
    },
  },
  {
    of: "R39",
    what: "a body that names two payments",
    async run(stage) {
      const order = await stage.order();
      const { imp_uid } = stage.pay(order);
      const two = `{"imp_uid":"imp_000000000039","imp_uid":"${imp_uid}","merchant_uid":"${order}"}`;
      const { word } = await stage.send(two);
      return word === "success" ? "the last of two ids counts" : undefined;
    },
  },
  {
    of: "R40",
    what: "a form and a text of another site",
    async run(stage) {
      const order = await stage.order();
      const { imp_uid } = stage.pay(order);
      const origin = { origin: "https://evil.example" };
      const form = new URLSearchParams({ imp_uid, merchant_uid: order }).toString();
      await stage.send(form, { ...origin, "content-type": "application/x-www-form-urlencoded" });
      const text = JSON.stringify({ imp_uid, merchant_uid: order });
      await stage.send(text, { ...origin, "content-type": "text/plain" });
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R41",
    what: "a link in the words that are texted to the buyer",
    async run(stage) {
      const order = await stage.order();
      const vbank_name = "은행\r\nhttps://evil.example/pay";
      const account = stage.pay(order, { pay_method: "vbank", status: "ready", vbank_name });
      const texts = await stage.textsOf(() => stage.complete(account, order));
      return texts.some((text) => text.includes("evil.example"))
        ? "the buyer was texted the link"
        : undefined;
    },
  },
  {
    of: "R42",
    what: "an answer that says code 1, and a payment all the same",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order);
      stage.gateway.override({ path: `/payments/${payment.imp_uid}` }, { body: envelope(payment, 1) });
      await stage.complete(payment, order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R42",
    what: "an answer about another payment than was asked for",
    async run(stage) {
      const order = await stage.order();
      const [asked, other] = [stage.pay(order, { status: "ready" }), stage.pay(order, { amount: DEAR })];
      stage.gateway.override({ path: `/payments/${asked.imp_uid}` }, { body: envelope(other, 0) });
      await stage.complete(asked, order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R43",
    what: "a redirect to a host that calls an open window paid",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order, { status: "ready" });
      await using host = await redirected(stage, payment);
      await stage.complete(payment, order);
      return host.calls > 0 ? "the other host was asked and believed" : undefined;
    },
  },
];
