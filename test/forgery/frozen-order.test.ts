// R08: an order cannot be edited once it is registered. Goal: whatever the shop or someone with its key sends again under
// the same id, at whatever moment, the price that was agreed stays. Method: register again with one field changed: idle,
// while the window is open, while the gateway's answer is under way, and after the payment.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";
import { until } from "../support/until.ts";

const world = await openWorld();
after(() => world.close());

/** Still above the tax parts of the order together, so that only the price differs. */
const CHEAP = 10_000;

let orders = 0;

/** Every field named, so that each can be changed, added to or left out. */
function orderBody(): Record<string, unknown> & { merchant_uid: string } {
  orders += 1;
  return {
    merchant_uid: `shop-order-${String(orders).padStart(6, "0")}`,
    name: "감귤 5kg",
    amount: PRICE,
    currency: "KRW",
    tax_free: 5_000,
    vat_amount: 4_000,
    customer: { id: "c-1", name: "김도장", email: "kim@shop.test", tel: "010-1234-5678" },
    pay_by: new Date(Date.now() + 3_600_000).toISOString(),
    return_url: "http://127.0.0.1:9/result",
    metadata: { cart: "a x 1, b x 2" },
    allowed: { pay_methods: ["card"], channels: ["html5_inicis"] },
  };
}

function register(scene: Scene, body: object) {
  return scene.dojang.request("POST", "/v1/orders", { body });
}

/** The order exists as first registered, and no row of it moved. */
async function expectRefused(scene: Scene, given: { body: ReturnType<typeof orderBody>; field: string }) {
  const { body, field } = given;
  const before = await scene.stored(body.merchant_uid);
  const answer = await register(scene, body);
  assert.equal(
    `${answer.status} ${answer.body?.code}`,
    `409 order_exists_with_different_${field}`,
    answer.text,
  );
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
  assertUnchanged(before, await scene.stored(body.merchant_uid));
}

const EDITS: readonly { id: string; what: string; field: string; change: Record<string, unknown> }[] = [
  { id: "R08-a", what: "an item more", field: "amount", change: { amount: PRICE + 12_000 } },
  { id: "R08-b", what: "an item less", field: "amount", change: { amount: CHEAP } },
  { id: "R08-c", what: "other items of the same total", field: "name", change: { name: "한라봉 5kg" } },
  {
    id: "R08-d",
    what: "another cart of the same total",
    field: "metadata",
    change: { metadata: { cart: "b x 9" } },
  },
  { id: "R08-e", what: "no cart", field: "metadata", change: { metadata: undefined } },
  { id: "R08-f", what: "another currency", field: "currency", change: { currency: "VND" } },
  { id: "R08-g", what: "another tax-free part", field: "tax_free", change: { tax_free: 5_001 } },
  { id: "R08-h", what: "another tax", field: "vat_amount", change: { vat_amount: 0 } },
  { id: "R08-i", what: "another customer", field: "customer", change: { customer: { id: "c-2" } } },
  { id: "R08-j", what: "no customer", field: "customer", change: { customer: undefined } },
  { id: "R08-k", what: "a longer time to pay", field: "pay_by", change: { pay_by: "2026-12-31T00:00:00Z" } },
  { id: "R08-l", what: "no time to pay", field: "pay_by", change: { pay_by: undefined } },
  {
    id: "R08-m",
    what: "another way back",
    field: "return_url",
    change: { return_url: "http://127.0.0.1:9/other" },
  },
  { id: "R08-n", what: "more channels", field: "allowed", change: { allowed: { pay_methods: ["card"] } } },
  { id: "R08-o", what: "any method", field: "allowed", change: { allowed: undefined } },
];

describe("POST /v1/orders again under the same merchant_uid", () => {
  for (const { id, what, field, change } of EDITS) {
    test(`${id} ${what} is refused and changes nothing`, async () => {
      const scene = await world.scene();
      const first = orderBody();
      const { merchant_uid } = first;
      if (change["pay_by"] !== undefined) change["pay_by"] = new Date(Date.now() + 7_200_000).toISOString();
      assert.equal((await register(scene, first)).status, 201);
      const registered = await scene.stored(merchant_uid);
      await expectRefused(scene, { body: { ...first, ...change }, field });
      const again = await register(scene, first);
      assert.equal(again.status, 200);
      assertUnchanged(registered, await scene.stored(merchant_uid));
      const honest = await scene.expectHonestPaymentPays(merchant_uid);
      assert.equal(again.body.amount, PRICE);
      await scene.expectNothingElse([scene.lookLine(honest)]);
    });
  }

  test("R08-p a cheaper order, registered while the window is open, makes the cheap payment no better", async () => {
    const scene = await world.scene();
    const first = orderBody();
    const { merchant_uid: order } = first;
    await register(scene, first);
    const params = { merchant_uid: order, amount: CHEAP, pay_method: "card", pg: "html5_inicis" };
    const opening = world.emulator.openWindow({ userCode: world.emulator.userCode, params });
    assert.ok(opening.ok);
    const payment = opening.payment;
    await expectRefused(scene, { body: { ...first, amount: CHEAP }, field: "amount" });
    world.emulator.webhooks.auto = false;
    await world.emulator.settleWindow(payment.imp_uid, { kind: "card" });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["amount_mismatch"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });

  for (const { id, paid, word } of [
    { id: "R08-q", paid: CHEAP, word: "forgery" },
    { id: "R08-r", paid: PRICE, word: "success" },
  ] as const) {
    test(`${id} a cheaper order, registered between verify and write, leaves ${paid} won at ${word}`, async () => {
      const scene = await world.scene();
      const first = orderBody();
      const { merchant_uid: order } = first;
      await register(scene, first);
      const payment = scene.pay(order, { amount: paid });
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      world.emulator.override({ path: `/payments/${payment.imp_uid}` }, { holdUntil: released });
      const completing = scene.complete(payment, order);
      try {
        await until("the look has left", () => scene.seenLines().length === 1);
        await expectRefused(scene, { body: { ...first, amount: CHEAP }, field: "amount" });
      } finally {
        release();
      }
      assertOneAnswer(await completing, { word, merchantUid: order });
      const isPaid = word === "success";
      await scene.expectStored(order, {
        status: isPaid ? "paid" : "pending",
        payments: { [payment.imp_uid]: isPaid ? "applied" : "rejected" },
        discrepancies: isPaid ? [] : ["amount_mismatch"],
        ...(isPaid ? { paidBy: payment.imp_uid } : {}),
      });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }

  test("R08-s an edit after the payment is refused, and the same order again answers as paid", async () => {
    const scene = await world.scene();
    const first = orderBody();
    const { merchant_uid: order } = first;
    await register(scene, first);
    const honest = await scene.expectHonestPaymentPays(order);
    const paid = await scene.stored(order);
    await expectRefused(scene, { body: { ...first, amount: PRICE * 2 }, field: "amount" });
    const again = await register(scene, first);
    assert.deepEqual([again.status, again.body.status], [200, "paid"]);
    assertUnchanged(paid, await scene.stored(order));
    await scene.expectNothingElse([scene.lookLine(honest)]);
  });

  test("R08-t another body under one Idempotency-Key is refused, and makes no second order", async () => {
    const scene = await world.scene();
    const headers = { "idempotency-key": "checkout-4711" };
    const { merchant_uid: _own, ...body } = orderBody();
    const send = (fields: object) =>
      scene.dojang.request("POST", "/v1/orders", { body: { ...body, ...fields }, headers });
    const { body: first } = await send({});
    const before = await scene.stored(first.merchant_uid);
    const other = await send({ amount: CHEAP });
    assert.equal(`${other.status} ${other.body.code}`, "422 idempotency_key_reused");
    const again = await send({});
    assert.deepEqual([again.status, again.body.merchant_uid], [200, first.merchant_uid]);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assertUnchanged(before, await scene.stored(first.merchant_uid));
    await scene.expectNothingElse([]);
  });

  for (const method of ["PUT", "PATCH", "DELETE"]) {
    test(`R08-u there is no ${method} of an order`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const before = await scene.stored(order);
      const answer = await scene.dojang.request(method, `/v1/orders/${order}`, { body: { amount: CHEAP } });
      assert.equal(answer.status, 404);
      assertUnchanged(before, await scene.stored(order));
      await scene.expectNothingElse([]);
    });
  }

  test("R08-v an old price, held past the order's time to pay, buys nothing", async () => {
    const scene = await world.scene();
    const first = orderBody();
    const { merchant_uid: order } = first;
    await register(scene, first);
    const paid_at = Math.floor(Date.parse(String(first["pay_by"])) / 1000) + 60;
    const payment = scene.pay(order, { paid_at });
    await scene.expectAnswer("closed", { payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["paid_after_closing"],
    });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});
