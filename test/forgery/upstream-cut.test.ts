// R42-f and R42-l: an answer that ends anywhere. Goal: no beginning of a true answer, however long, is taken for the answer.
// Method: one order, and the answer to it cut at every byte of a real body: once with the connection broken off, once by
// a proxy that announces the shorter length. Then lists, and webhooks, whose answers are misread.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { AnswerOverride } from "../../src/emulator/overrides.ts";
import { paymentBody } from "../../src/emulator/payment-json.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, type Scene } from "../support/forgery.ts";
import { expectOnlyTasksAdded, expectPaidByItself } from "../support/forgery-pending.ts";

const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
after(() => world.close());

/** So many broken connections in a row open the breaker. */
const BREAK_AFTER = 10;
const FIRST_LOOK_MS = 10_000;

interface Cutting {
  /** How many cuts at a time; each has a payment of its own, so that none shares another's look. */
  readonly lanes: number;
  readonly cutAt: (bytes: Buffer, at: number) => AnswerOverride;
}

/** Cuts the answer everywhere: each one is pending, and none writes a thing. An honest payment then pays. */
async function cutEverywhere(scene: Scene, { lanes, cutAt }: Cutting): Promise<void> {
  const paid = await scene.order();
  const honest = await scene.expectHonestPaymentPays(paid);
  const order = await scene.order();
  const before = await scene.stored(order);
  const payments = Array.from({ length: lanes }, () => scene.pay(order));
  const bodies = payments.map((payment) => paymentBody(payment, true));
  const [{ length } = Buffer.alloc(0)] = bodies;
  assert.ok(length > 1000 && bodies.every((body) => body.length === length), "real bodies of one length");
  const expected: string[] = [];
  for (let from = 0; from < length; from += lanes) {
    const cuts = payments.slice(0, length - from).map(async (payment, lane) => {
      const answer = cutAt(bodies[lane] ?? Buffer.alloc(0), from + lane);
      world.emulator.override({ path: `/payments/${payment.imp_uid}`, times: 1 }, answer);
      expected.push(scene.lookLine(payment));
      await scene.expectAnswer("pending", { payment, order });
    });
    await Promise.all(cuts);
    // Keeps the breaker shut: it counts failures in a row.
    await scene.expectAnswer("success", { payment: honest, order: paid });
    expected.push(scene.lookLine(honest));
  }
  const { order: row, events } = await scene.stored(order);
  assert.deepEqual({ row, events }, { row: before.order, events: before.events });
  const payment = await scene.expectHonestPaymentPays(order);
  const cut = expected.filter((line) => line !== scene.lookLine(honest)).length;
  assert.equal(cut, length, "one look for each byte");
  await scene.expectNothingElse([...expected, scene.lookLine(honest), scene.lookLine(payment)]);
}

describe("POST /payments/complete on an answer that ends too soon", () => {
  test("R42-f1 an answer that breaks off at any byte is pending, and writes nothing", async () => {
    await cutEverywhere(await world.scene(), {
      lanes: BREAK_AFTER - 1,
      cutAt: (_bytes, at) => ({ cutAt: at }),
    });
  });

  test("R42-f2 an answer that a proxy shortened at any byte is pending, and writes nothing", async () => {
    await cutEverywhere(await world.scene(), {
      lanes: 64,
      cutAt: (bytes, at) => ({ body: bytes.subarray(0, at) }),
    });
  });
});

const LISTS: Readonly<Record<string, readonly [what: string, answer: AnswerOverride]>> = {
  "R42-l1": ["an HTML page", { body: "<h1>점검</h1>", headers: { "content-type": "text/html" } }],
  "R42-l2": ["code 1", { body: '{"code":1,"message":null,"response":{"list":[]}}' }],
  "R42-l3": ["a response of null", { body: '{"code":0,"message":null,"response":null}' }],
  "R42-l4": ["a list that is none", { body: '{"code":0,"message":null,"response":{"list":{}}}' }],
  "R42-l5": ["a row that is no payment", { body: '{"code":0,"message":null,"response":{"list":["imp_1"]}}' }],
  "R42-l6": ["500", { status: 500, body: "" }],
  "R42-l7": ["an answer that breaks off", { cutAt: 60 }],
  "R42-l8": [
    "404 of a proxy",
    { status: 404, body: "<h1>Not Found</h1>", headers: { "content-type": "text/html" } },
  ],
};

describe("the server's own look at an order", () => {
  for (const [id, [what, answer]] of Object.entries(LISTS)) {
    test(`${id} ${what} instead of the list writes nothing, and the payment is found later`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const before = await scene.stored(order);
      world.emulator.override({ path: `/payments/findAll/${order}`, times: 1 }, answer);
      clock.advance(FIRST_LOOK_MS);
      await scene.quiet();
      await expectOnlyTasksAdded(scene, { payment, order, before });
      await expectPaidByItself(scene, { payment, order });
      const list = `GET /payments/findAll/${order}?page=1&limit=1000&sorting=-started`;
      await scene.expectNothingElse([list, list, scene.lookLine(payment)]);
    });
  }

  test("R42-l9 a list that names another order's payment does not bring it here", async () => {
    const scene = await world.scene();
    const [order, elsewhere] = [await scene.order(), await scene.order()];
    const foreign = scene.pay(elsewhere);
    const row = paymentBody(foreign, true).toString();
    const response = row
      .slice(row.indexOf('"response":') + '"response":'.length, -1)
      .replaceAll(elsewhere, order);
    const body = `{"code":0,"message":null,"response":{"total":1,"previous":0,"next":0,"list":[${response}]}}`;
    world.emulator.override({ path: `/payments/findAll/${order}`, times: 1 }, { body });
    clock.advance(FIRST_LOOK_MS);
    await scene.quiet();
    await scene.expectStored(order, { status: "pending" });
    await scene.expectStored(elsewhere, {
      status: "paid",
      paidBy: foreign.imp_uid,
      payments: { [foreign.imp_uid]: "applied" },
    });
  });
});

describe("POST /webhooks/iamport while answers are misread", () => {
  for (const [id, answer] of Object.entries({
    "R42-m1 an HTML page": { body: "<h1>paid</h1>", headers: { "content-type": "text/html" } },
    "R42-m2 code 1": { body: '{"code":1,"message":"paid","response":null}' },
    "R42-m3 204": { status: 204, body: "" },
    "R42-m4 a cut answer": { cutAt: 500 },
  })) {
    test(`${id} writes nothing of the order, and the task finds the payment later`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const before = await scene.stored(order);
      world.emulator.override({ path: `/payments/${payment.imp_uid}`, times: 1 }, answer);
      await scene.webhook(payment);
      await expectOnlyTasksAdded(scene, { payment, order, before });
      await expectPaidByItself(scene, { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
    });
  }
});
