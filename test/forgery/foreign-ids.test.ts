// R14: knowing one id is not knowing the other. Goal: who has only one half of a pair, or none, learns nothing and changes
// nothing; "not yours" and "not there" are the same words. Method: all halves against all others, answers compared whole.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import type { Answer } from "../support/dojang.ts";
import { openWorld } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";

const world = await openWorld();
after(() => world.close());

const UNKNOWN_ORDER = "dj_0f-tkndjQgX3InMR6OFC9CuCdFeX_E9JSr66";
const VICTIM = { customer: { id: "victim", name: "김도장", tel: "010-1234-5678", email: "kim@shop.test" } };

/** Everything that a caller can see, but for their own id sent back and the time. */
function seenBy({ status, headers, text, body }: Answer): unknown {
  const shown = { ...Object.fromEntries(headers), date: "", "content-length": "" };
  if (body?.merchant_uid === undefined) return { status, text, shown };
  const { merchant_uid: _echoed, ...rest } = body;
  return { status, rest, fields: Object.keys(body), shown };
}

describe("POST /payments/complete with one id of somebody else", () => {
  test("R14-a another buyer's order and no order are answered alike", async () => {
    const scene = await world.scene();
    const [mine, theirs] = [await scene.order(), await scene.order(VICTIM)];
    const payment = scene.pay(mine);
    const before = await scene.stored(theirs);
    const foreign = await scene.expectAnswer("notFound", { payment, order: theirs });
    const unknown = await scene.expectAnswer("notFound", { payment, order: UNKNOWN_ORDER });
    assert.deepEqual(seenBy(foreign), seenBy(unknown));
    assertUnchanged(before, await scene.stored(theirs));
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  // Whatever the victim's payment is, the caller without its order's id hears one answer.
  const THEIRS: readonly { what: string; fields: NewPayment }[] = [
    { what: "paid", fields: {} },
    { what: "an opened window", fields: { status: "ready" } },
    { what: "a virtual account", fields: { status: "ready", pay_method: "vbank" } },
    { what: "failed", fields: { status: "failed" } },
    { what: "cancelled", fields: { status: "cancelled" } },
    { what: "of another amount", fields: { amount: 1 } },
    { what: "of another currency", fields: { currency: "USD" } },
    { what: "unreadable", fields: { omit: ["amount"] } },
  ];
  for (const { what, fields } of THEIRS) {
    test(`R14-b another buyer's payment, ${what}, is answered like no order`, async () => {
      const scene = await world.scene();
      const [mine, theirs] = [await scene.order(), await scene.order(VICTIM)];
      const payment = scene.pay(theirs, fields);
      const before = { mine: await scene.stored(mine), theirs: await scene.stored(theirs) };
      const foreign = await scene.expectAnswer("notFound", { payment, order: mine });
      const unknown = await scene.expectAnswer("notFound", { payment, order: UNKNOWN_ORDER });
      assert.deepEqual(seenBy(foreign), seenBy(unknown));
      assertUnchanged(before.mine, await scene.stored(mine));
      assertUnchanged(before.theirs, await scene.stored(theirs));
      const honest = await scene.expectHonestPaymentPays(theirs);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  test("R14-c another buyer's payment that has paid already is answered like no order", async () => {
    const scene = await world.scene();
    const [mine, theirs] = [await scene.order(), await scene.order(VICTIM)];
    const payment = await scene.expectHonestPaymentPays(theirs);
    const before = await scene.stored(theirs);
    const foreign = await scene.expectAnswer("notFound", { payment, order: mine });
    const unknown = await scene.expectAnswer("notFound", { payment, order: UNKNOWN_ORDER });
    assert.deepEqual(seenBy(foreign), seenBy(unknown));
    assertUnchanged(before, await scene.stored(theirs));
    await scene.expectNothingElse(Array(2).fill(scene.lookLine(payment)));
  });

  test("R14-d a payment that does not exist is answered alike for every order that does not", async () => {
    const scene = await world.scene();
    const first = await scene.expectAnswer("notFound", { payment: "imp_000000000000", order: UNKNOWN_ORDER });
    const second = await scene.expectAnswer("notFound", { payment: "imp_1", order: "shop-order-1" });
    assert.deepEqual(seenBy(first), seenBy(second));
    await scene.expectNothingElse([]);
  });

  test("R14-e the way back from a phone shows one page for not there and not yours", async () => {
    const scene = await world.scene();
    const [mine, theirs] = [await scene.order(), await scene.order(VICTIM)];
    const payment = scene.pay(mine);
    const before = await scene.stored(theirs);
    const go = (order: string, imp = payment.imp_uid) =>
      scene.dojang.request("GET", `/payments/redirect?imp_uid=${imp}&merchant_uid=${order}`);
    const foreign = await go(theirs);
    assert.equal(foreign.status, 404);
    for (const other of [await go(UNKNOWN_ORDER), await go("x"), await go(theirs, "no-such-id")])
      assert.deepEqual(seenBy(other), seenBy(foreign));
    assertUnchanged(before, await scene.stored(theirs));
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R14-f a webhook is answered alike whether its ids are known or not", async () => {
    const scene = await world.scene();
    const order = await scene.order(VICTIM);
    const payment = scene.pay(order, { status: "ready" });
    const send = (imp_uid: string, merchant_uid: string) =>
      scene.dojang.webhook({ imp_uid, merchant_uid, status: "paid" });
    const known = await send(payment.imp_uid, order);
    for (const other of [
      await send(payment.imp_uid, UNKNOWN_ORDER),
      await send("imp_000000000000", "shop-order-1"),
    ])
      assert.deepEqual(seenBy(other), seenBy(known));
    await scene.quiet();
    await scene.expectStored(order, { status: "pending", payments: { [payment.imp_uid]: "observed" } });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});

const GUESTS: readonly { id: string; who: string; headers: Record<string, string> }[] = [
  { id: "R14-g", who: "no key", headers: {} },
  { id: "R14-h", who: "an empty key", headers: { authorization: "Bearer " } },
  { id: "R14-i", who: "another key", headers: { authorization: "Bearer test-api-key-of-the-shop-0002" } },
  {
    id: "R14-j",
    who: "a key that begins alike",
    headers: { authorization: "Bearer test-api-key-of-the-shop" },
  },
  {
    id: "R14-k",
    who: "the key as a password",
    headers: { authorization: `Basic ${btoa("test-api-key-of-the-shop-0001:")}` },
  },
  { id: "R14-l", who: "two keys", headers: { authorization: "Bearer x test-api-key-of-the-shop-0001" } },
];

describe("/v1 without the shop's key", () => {
  for (const { id, who, headers } of GUESTS) {
    test(`${id} a guest with ${who} reads no order, and learns not which exist`, async () => {
      const scene = await world.scene();
      const order = await scene.order(VICTIM);
      const before = await scene.stored(order);
      const answers = [];
      for (const path of [
        `/v1/orders/${order}`,
        `/v1/orders/${UNKNOWN_ORDER}`,
        "/v1/orders",
        "/v1/customers/victim",
        "/v1/customers/nobody",
      ])
        answers.push(await scene.dojang.request("GET", path, { isShop: false, headers }));
      const body = { merchant_uid: order, name: "감귤 5kg", amount: 1 };
      answers.push(await scene.dojang.request("POST", "/v1/orders", { isShop: false, headers, body }));
      for (const answer of answers) {
        assert.equal(answer.status, 401);
        assert.equal(answer.body.code, "unauthorized");
        assert.deepEqual(seenBy(answer), seenBy(answers[0] as Answer));
      }
      assertUnchanged(before, await scene.stored(order));
      await scene.expectNothingElse([]);
    });
  }

  test("R14-m the shop itself hears one answer for unknown and for impossible ids", async () => {
    const scene = await world.scene();
    const unknown = await scene.dojang.read(UNKNOWN_ORDER);
    assert.equal(`${unknown.status} ${unknown.body.code}`, "404 not_found");
    for (const id of ["x", "%00%00%00%00%00%00%00%00", "a".repeat(41), "..%2F..%2Forders"])
      assert.deepEqual(seenBy(await scene.dojang.read(id)), seenBy(unknown));
    await scene.expectNothingElse([]);
  });
});
