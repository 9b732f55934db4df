// Goal: an order that nobody paid can be cancelled, once; one that was paid cannot. Method: the real server over HTTP, the emulator
// as the gateway; time stands still.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { holdLook } from "../support/held-look.ts";
import { openEventWorld } from "../support/open-event-world.ts";

const world = await openEventWorld();
after(() => world[Symbol.asyncDispose]());
const { dojang, emulator } = world;

const cancel = (order: string, body?: unknown) =>
  dojang.request("POST", `/v1/orders/${order}/cancel`, body === undefined ? {} : { body });
const ACCOUNT = { status: "ready", pay_method: "vbank" };

async function statusOf(order: string): Promise<string> {
  return (await dojang.read(order)).body.status;
}

describe("POST /v1/orders/{merchant_uid}/cancel", () => {
  test("answers the cancelled order, tells the shop once, and answers the same again", async () => {
    const order = await world.order();
    const first = await cancel(order, { reason: "매장 요청" });
    assert.equal(first.status, 200);
    assert.equal(first.body.status, "cancelled");
    assert.deepEqual(first.body, (await dojang.read(order)).body);
    const again = await cancel(order, { reason: "again" });
    assert.deepEqual([again.status, again.body], [200, first.body]);
    await world.quiet();
    const told = world.told().filter(({ event }) => event.data.merchant_uid === order);
    assert.deepEqual(
      told.map(({ event }) => [event.type, event.data]),
      [["order.cancelled", { merchant_uid: order, order_status: "cancelled", sequence: 2 }]],
    );
  });

  test("takes no body, with a content type and without", async () => {
    for (const options of [{}, { rawBody: "" }, { body: {} }]) {
      const order = await world.order();
      const answer = await dojang.request("POST", `/v1/orders/${order}/cancel`, options);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(await statusOf(order), "cancelled");
    }
  });

  for (const [what, rawBody] of [
    ["an unknown field", '{"why":"x"}'],
    ["an empty reason", '{"reason":""}'],
    ["a reason of two lines", '{"reason":"a\\nb"}'],
    ["a reason of nothing but blanks", '{"reason":" \\u00a0\\u3000"}'],
    ["a reason that Unicode breaks in two", '{"reason":"a\\u2028b"}'],
    ["a reason of 501 characters", JSON.stringify({ reason: "x".repeat(501) })],
    ["a reason that is no text", '{"reason":1}'],
    ["a list", "[]"],
    ["null", "null"],
    ["a key twice", '{"reason":"a","reason":"a"}'],
  ] as const) {
    test(`refuses ${what} and cancels nothing`, async () => {
      const order = await world.order();
      const answer = await dojang.request("POST", `/v1/orders/${order}/cancel`, { rawBody });
      assert.equal(answer.status, 400, answer.text);
      assert.equal(await statusOf(order), "pending");
    });
  }

  test("wants the API key, and knows no order that is not there", async () => {
    const order = await world.order();
    assert.equal((await dojang.request("POST", `/v1/orders/${order}/cancel`, { isShop: false })).status, 401);
    assert.equal(await statusOf(order), "pending");
    for (const id of ["not-here-at-all", "%2e%2e", "x"])
      assert.equal((await cancel(id)).body.code, "not_found");
  });

  test("closes the virtual accounts at the gateway", async () => {
    const order = await world.order();
    const accounts = [world.pay(order, ACCOUNT), world.pay(order, ACCOUNT)];
    emulator.requests.clear();
    assert.equal((await cancel(order)).body.status, "cancelled");
    await world.quiet();
    const closings = emulator.requests.lines().filter((line) => line.startsWith("DELETE "));
    assert.deepEqual(closings.sort(), accounts.map((id) => `DELETE /vbanks/${id}`).sort());
    for (const id of accounts) assert.equal(emulator.model.payment(id)?.status, "failed");
    const { body } = await dojang.read(order);
    assert.deepEqual([body.status, body.virtual_account], ["cancelled", null]);
  });

  test("refuses an order that was paid, also when only the gateway knows so far", async () => {
    const { order: known } = await world.paidOrder();
    const order = await world.order();
    const impUid = world.pay(order);
    for (const id of [known, order]) {
      const { status, body } = await cancel(id);
      assert.deepEqual([status, body.code], [409, "order_already_paid"]);
      assert.equal(await statusOf(id), "paid");
    }
    assert.equal((await dojang.read(order)).body.imp_uid, impUid);
    emulator.silentCancel(impUid);
    await dojang.request("POST", `/v1/orders/${order}/verify`);
    assert.equal(await statusOf(order), "refunded");
    assert.equal((await cancel(order)).body.code, "order_already_paid");
  });

  test("answers an expired order as it is", async () => {
    const pay_by = new Date(world.clock.now() + 60_000).toISOString();
    const order = await world.order({ pay_by });
    emulator.tokens.skewSeconds = 0;
    await world.pass(10_000, 50_000, 30_000);
    assert.equal(await statusOf(order), "expired");
    const { status, body } = await cancel(order);
    assert.deepEqual([status, body.status], [200, "expired"]);
  });

  test("cancels without a look when the gateway is down, or answers too late", async () => {
    const down = await world.order();
    emulator.override({ method: "GET", path: `/payments/findAll/${down}` }, { status: 503 });
    assert.equal((await cancel(down)).body.status, "cancelled");
    emulator.overrides.clear();

    const slow = await world.order();
    const held = holdLook(emulator, { path: `/payments/findAll/${slow}`, snapshot: "release" });
    const answer = cancel(slow);
    await held.taken();
    world.clock.advance(5000);
    assert.equal((await answer).body.status, "cancelled");
    held.release();
    await world.quiet();
    assert.equal(await statusOf(slow), "cancelled");
  });
});
