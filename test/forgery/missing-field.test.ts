// R05: nothing is not equal to nothing. Goal: a field that is missing on the gateway's side, the order's side, or both,
// never makes the two agree. Method: answers without one field, answers of another shape, orders without a price.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";

// Time stands still: no retry and no scheduled look adds a line.
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
const live = await openWorld({ clock, mode: "live" });
after(() => Promise.all([world.close(), live.close()]));

// Without these nobody knows what was paid: pending, with an alarm, and nothing written.
const REQUIRED = [
  { id: "R05-a", field: "amount" },
  { id: "R05-b", field: "currency" },
  { id: "R05-c", field: "status" },
  { id: "R05-d", field: "cancel_amount" },
  { id: "R05-e", field: "paid_at" },
];

describe("POST /payments/complete when the gateway leaves something out", () => {
  for (const { id, field } of REQUIRED) {
    test(`${id} an answer without ${field} pays nothing, until it is whole`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const before = await scene.stored(order);
      const payment = scene.pay(order, { omit: [field] });
      await scene.expectAnswer("pending", { payment, order });
      assertUnchanged(before, await scene.stored(order));
      assert.ok(scene.hasAlarm(payment));
      world.emulator.edit(payment.imp_uid, { omit: [] });
      await scene.expectAnswer("success", { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
    });
  }

  for (const { id, server } of [
    { id: "R05-f", server: world },
    { id: "R05-g", server: live },
  ]) {
    const mode = server.isLive ? "live" : "sandbox";
    test(`${id} an answer without sandbox is of no mode, and pays nothing on a ${mode} server`, async () => {
      const scene = await server.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { omit: ["sandbox"] });
      await scene.expectAnswer("forgery", { payment, order });
      await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        discrepancies: ["test_payment"],
      });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  test("R05-h an answer without any amount, currency or status pays nothing", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const before = await scene.stored(order);
    const payment = scene.pay(order, { omit: ["amount", "currency", "status", "cancel_amount"] });
    await scene.expectAnswer("pending", { payment, order });
    assertUnchanged(before, await scene.stored(order));
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });
});

/** Answers of another shape. Each is wrong for the order that asks, or says nothing. */
const SHAPES: readonly { id: string; what: string; body: (ids: { imp: string; order: string }) => string }[] =
  [
    {
      id: "R05-i",
      what: "whose fields stand on the envelope",
      body: ({ imp, order }) =>
        `{"code":0,"message":null,"imp_uid":"${imp}","merchant_uid":"${order}","amount":${PRICE},"cancel_amount":0,"currency":"KRW","status":"paid","paid_at":1790000000,"sandbox":true}`,
    },
    { id: "R05-j", what: "with an empty payment", body: () => '{"code":0,"message":null,"response":{}}' },
    { id: "R05-k", what: "with no payment", body: () => '{"code":0,"message":null,"response":null}' },
    { id: "R05-l", what: "without response", body: () => '{"code":0,"message":null}' },
    { id: "R05-m", what: "with a list of payments", body: () => '{"code":0,"message":null,"response":[]}' },
    {
      id: "R05-n",
      what: "whose payment names itself only",
      body: ({ imp }) => `{"code":0,"message":null,"response":{"imp_uid":"${imp}"}}`,
    },
    {
      id: "R05-o",
      what: "without merchant_uid",
      body: ({ imp }) =>
        `{"code":0,"message":null,"response":{"imp_uid":"${imp}","amount":${PRICE},"cancel_amount":0,"currency":"KRW","status":"paid","paid_at":1790000000,"sandbox":true}}`,
    },
    {
      id: "R05-p",
      what: "without imp_uid",
      body: ({ order }) =>
        `{"code":0,"message":null,"response":{"merchant_uid":"${order}","amount":${PRICE},"cancel_amount":0,"currency":"KRW","status":"paid","paid_at":1790000000,"sandbox":true}}`,
    },
    {
      id: "R05-q",
      what: "without code",
      body: ({ imp, order }) =>
        `{"message":null,"response":{"imp_uid":"${imp}","merchant_uid":"${order}","amount":${PRICE},"cancel_amount":0,"currency":"KRW","status":"paid","paid_at":1790000000,"sandbox":true}}`,
    },
  ];

describe("POST /payments/complete when the gateway answers in another shape", () => {
  for (const { id, what, body } of SHAPES) {
    test(`${id} an answer ${what} pays nothing`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const before = await scene.stored(order);
      const payment = scene.pay(order);
      const path = `/payments/${payment.imp_uid}`;
      world.emulator.override({ path, times: 1 }, { body: body({ imp: payment.imp_uid, order }) });
      await scene.expectAnswer("pending", { payment, order });
      const { order: row, events } = await scene.stored(order);
      assert.deepEqual(row, before.order);
      assert.deepEqual(events, before.events);
      await scene.expectAnswer("success", { payment, order });
      const look = scene.lookLine(payment);
      await scene.expectNothingElse([look, look]);
    });
  }
});

describe("POST /v1/orders without a price", () => {
  for (const { id, what, fields } of [
    { id: "R05-r", what: "no amount", fields: {} },
    { id: "R05-s", what: "a null amount", fields: { amount: null } },
    { id: "R05-t", what: "a null currency", fields: { amount: PRICE, currency: null } },
  ]) {
    test(`${id} an order with ${what} is refused, and a payment for it finds none`, async () => {
      const scene = await world.scene();
      const order = `no-price-${id}`;
      const body = { merchant_uid: order, name: "감귤", ...fields };
      const answer = await scene.dojang.request("POST", "/v1/orders", { body });
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.body.code, "invalid_request");
      assert.equal((await scene.dojang.read(order)).status, 404);
      const payment = scene.pay(order, { omit: ["amount", "currency"] });
      await scene.expectAnswer("notFound", { payment, order });
      await scene.expectNothingElse([]);
    });
  }
});
