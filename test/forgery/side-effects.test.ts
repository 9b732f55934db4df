// R52 and R60: what happens beside the decision. Goal: an acknowledgement says "stored" and nothing else, quickly and
// whatever the gateway does; a text message or a reply that goes wrong never touches an order. Method: a text provider that
// fails in every way, callers that hang up before the answer, a database that is closed, a console that sends test calls.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, describe, test } from "node:test";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, type Scene } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { HOUR_MS, MINUTE_MS, pass, SECOND_MS } from "../support/forgery-time.ts";
import { until } from "../support/until.ts";

type Fault = (request: IncomingMessage, response: ServerResponse) => void;
const sms = { calls: 0, fault: (() => {}) as Fault };
const provider = createServer((request, response) => {
  sms.calls += 1;
  request.resume().once("end", () => sms.fault(request, response));
});
provider.listen(0, "127.0.0.1");
await once(provider, "listening");
const clock = new ManualClock();
const world = await openWorld({
  clock,
  env: {
    DOJANG_SMS: "solapi",
    SOLAPI_API_KEY: "a-key-of-a-test",
    SOLAPI_API_SECRET: "a-secret-of-a-test-that-is-long-enough",
    SOLAPI_FROM: "0212345678",
    SOLAPI_API_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
  },
});
after(async () => {
  await world.close();
  provider.closeAllConnections();
  provider.close();
});

const CUSTOMER = { customer: { tel: "010-1234-5678" } };
const ACCOUNT = { pay_method: "vbank", status: "ready" } as const;
const json =
  (status: number, body: object): Fault =>
  (_request, response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const FAULTS: readonly {
  readonly id: string;
  readonly what: string;
  readonly fault: Fault;
  /** Sent again as often as a text may be; once, else: it may be on the buyer's phone already. */
  readonly isRetried?: boolean;
}[] = [
  { id: "R60-b1", what: "answers 500", fault: json(500, { errorCode: "InternalError" }) },
  { id: "R60-b2", what: "answers 429", fault: json(429, {}), isRetried: true },
  { id: "R60-b9", what: "answers 503", fault: json(503, {}), isRetried: true },
  { id: "R60-b3", what: "never answers", fault: () => {} },
  {
    id: "R60-b4",
    what: "rejects the number",
    fault: json(400, { errorCode: "ValidationError", errorMessage: "to" }),
  },
  { id: "R60-b5", what: "refuses the key", fault: json(401, { errorCode: "Unauthorized" }) },
  { id: "R60-b6", what: "hangs up", fault: ({ socket }) => void socket.destroy() },
  { id: "R60-b7", what: "answers a page", fault: (_request, response) => void response.end("<h1>OK</h1>") },
  {
    id: "R60-b8",
    what: "hangs up in the middle of its answer",
    fault({ socket }, response) {
      response.writeHead(200, { "content-length": "1000" }).write("{");
      setImmediate(() => socket.destroy());
    },
  },
];

async function begin(): Promise<{ scene: Scene; order: string }> {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  await world.dojang.dojang.deps.gateway.fetchPayment("imp_warm_up"); // the token of an earlier scene may have ended
  scene.emulator.requests.clear();
  return { scene, order: await scene.order(CUSTOMER) };
}

describe("a text provider", () => {
  for (const { id, what, fault, isRetried = false } of FAULTS) {
    test(`${id} that ${what} does not touch the order, nor the buyer's answer, nor the deposit`, async () => {
      const { scene, order } = await begin();
      Object.assign(sms, { calls: 0, fault });
      const due = Math.floor((clock.now() + 20 * HOUR_MS) / SECOND_MS);
      const payment = scene.pay(order, { ...ACCOUNT, vbank_date: due });
      await scene.expectAnswer("vbankIssued", { payment, order });
      await until("the provider is asked", () => sms.calls > 0);
      const held = { status: "awaiting_deposit", payments: { [payment.imp_uid]: "held" } };
      await scene.expectStored(order, held);
      if (id === "R60-b3") clock.advance(9 * SECOND_MS); // the notifier's deadline
      await scene.quiet();
      await pass(scene, ...Array<number>(20).fill(6 * MINUTE_MS));
      assert.equal(sms.calls, isRetried ? 10 : 1);
      await scene.expectStored(order, held);
      scene.emulator.deposit(payment.imp_uid);
      await scene.expectAnswer("success", { payment, order });
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
        events: ["order.registered", "order.awaiting_deposit", "order.paid"],
      });
      await until("the provider is asked again", () => sms.calls > (isRetried ? 10 : 1));
      sms.fault = json(200, { groupInfo: {}, failedMessageList: [] });
      if (id === "R60-b3") clock.advance(9 * SECOND_MS);
      await pass(scene, ...Array<number>(3).fill(6 * MINUTE_MS));
      const lines = scene.seenLines().filter((line) => line.includes("imp_"));
      assert.deepEqual(new Set(lines), new Set([scene.lookLine(payment)]));
      await scene.expectBystandersUnchanged();
    });
  }
});

/** Sends a request and hangs up without waiting for its answer. */
async function sendAndLeave(path: string, body: object): Promise<void> {
  const text = JSON.stringify(body);
  const socket = connect(Number(new URL(world.dojang.url).port), "127.0.0.1").on("error", () => {});
  await once(socket, "connect");
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}`;
  socket.write(`${head}\r\n\r\n${text}`, () => socket.destroy());
}

async function expectPaid(scene: Scene, { order, payment }: { order: string; payment: PaymentRecord }) {
  await until("the order is paid", async () => (await scene.stored(order)).order.status === "paid");
  await scene.expectStored(order, {
    status: "paid",
    paidBy: payment.imp_uid,
    payments: { [payment.imp_uid]: "applied" },
    events: ["order.registered", "order.paid"],
  });
}

describe("a reply that is lost", () => {
  test("R60-c1 of a page: the order is paid all the same, and the page hears it when it asks again", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    await sendAndLeave("/payments/complete", { imp_uid: payment.imp_uid, merchant_uid: order });
    await expectPaid(scene, { order, payment });
    await scene.expectAnswer("success", { payment, order });
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
  });

  test("R60-c2 of a webhook: it is stored and looked at, and its copy changes nothing", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    await sendAndLeave("/webhooks/iamport", {
      imp_uid: payment.imp_uid,
      merchant_uid: order,
      status: "paid",
    });
    await expectPaid(scene, { order, payment });
    await pass(scene, SECOND_MS);
    await scene.webhook(payment);
    await expectPaid(scene, { order, payment });
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
  });

  test("R60-c3 of a page that waits for the gateway: what the page did not wait for is written", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.emulator.override({ method: "GET", path: `/payments/${payment.imp_uid}` }, { holdUntil: promise });
    await sendAndLeave("/payments/complete", { imp_uid: payment.imp_uid, merchant_uid: order });
    await until("the gateway is asked", () => scene.seenLines().length > 0);
    resolve();
    await expectPaid(scene, { order, payment });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});

describe("the acknowledgement of a webhook", () => {
  test("R52-e does not wait for a gateway that says nothing", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.emulator.override({ path: /^\/payments\// }, { holdUntil: promise });
    const answer = await scene.dojang.webhook({ imp_uid: payment.imp_uid, merchant_uid: order });
    assert.equal(answer.status, 200);
    assert.equal((await scene.stored(order)).order.status, "pending");
    resolve();
    await expectPaid(scene, { order, payment });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  const CALLS: readonly {
    readonly id: string;
    readonly what: string;
    readonly body: object;
    readonly status: number;
  }[] = [
    {
      id: "R52-d1",
      what: "with ids that nobody has",
      body: { imp_uid: "imp_1234567890", merchant_uid: "merchant_1234567890", status: "paid" },
      status: 200,
    },
    { id: "R52-d2", what: "with an imp_uid alone", body: { imp_uid: "imp_1234567890" }, status: 200 },
    {
      id: "R52-d3",
      what: "with empty ids",
      body: { imp_uid: "", merchant_uid: "", status: "" },
      status: 400,
    },
    { id: "R52-d4", what: "with nothing", body: {}, status: 400 },
    {
      id: "R52-d5",
      what: "with words for ids",
      body: { imp_uid: "imp_uid", merchant_uid: "merchant_uid", status: "paid" },
      status: 200,
    },
  ];
  for (const { id, what, body, status } of CALLS) {
    test(`${id} answers ${status} to a test call ${what}, and no order moves`, async () => {
      const { scene, order } = await begin();
      const before = await scene.stored(order);
      const answer = await scene.dojang.webhook(body);
      assert.equal(answer.status, status, answer.text);
      await scene.quiet();
      assertUnchanged(before, await scene.stored(order));
      // One that names no order of anybody's is looked at; it might be a true one.
      assert.deepEqual(scene.seenLines(), id === "R52-d2" ? [scene.lookLine("imp_1234567890")] : []);
      await scene.expectBystandersUnchanged();
    });
  }
});
