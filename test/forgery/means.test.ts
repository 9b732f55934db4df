// R17 and R07: the order says what it may be paid with, and the shop which promotions it gives. Goal: another method, channel or promotion,
// picked in the page, does not pay. Method: orders that allow one means, payments of the right amount by others.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { LIVE_MERCHANT, openWorld, PRICE } from "../support/forgery.ts";
import { brokenClauses } from "../support/forgery-rows.ts";

const KAKAOPAY_LIVE = { channelKey: "channel-key-kakaopay-CA0LIVE001", pay_method: "kakaopay" };

const world = await openWorld();
// The operator allows one of the account's two live channels.
const narrow = await openWorld({
  mode: "live",
  env: { DOJANG_ALLOWED_CHANNELS: "kakaopay:CA0LIVE001" },
  payment: KAKAOPAY_LIVE,
});
const giving = await openWorld({ env: { DOJANG_PROMOTIONS: "p_1" } });
after(() => Promise.all([world.close(), narrow.close(), giving.close()]));

const CARD_ONLY = { pay_methods: ["card"] };
const INICIS_ONLY = { channels: ["html5_inicis"] };
const ONE_MID = { channels: ["html5_inicis:INIpayTest"] };

const DOWNGRADES: readonly {
  id: string;
  what: string;
  allowed: object;
  fields: NewPayment;
  broken: string;
}[] = [
  {
    id: "R17-a",
    what: "a gift card",
    allowed: CARD_ONLY,
    fields: { pay_method: "cultureland" },
    broken: "pay_method",
  },
  {
    id: "R17-b",
    what: "a mobile bill",
    allowed: CARD_ONLY,
    fields: { pay_method: "phone" },
    broken: "pay_method",
  },
  { id: "R17-c", what: "points", allowed: CARD_ONLY, fields: { pay_method: "point" }, broken: "pay_method" },
  {
    id: "R17-d",
    what: "Card in other letters",
    allowed: CARD_ONLY,
    fields: { pay_method: "Card" },
    broken: "pay_method",
  },
  {
    id: "R17-e",
    what: "card with a space",
    allowed: CARD_ONLY,
    fields: { pay_method: "card " },
    broken: "pay_method",
  },
  {
    id: "R17-f",
    what: "no method",
    allowed: CARD_ONLY,
    fields: { raw: { pay_method: "null" } },
    broken: "pay_method",
  },
  {
    id: "R17-g",
    what: "a method left out",
    allowed: CARD_ONLY,
    fields: { omit: ["pay_method"] },
    broken: "pay_method",
  },
  {
    id: "R17-h",
    what: "another PG",
    allowed: INICIS_ONLY,
    fields: { channelKey: "channel-key-test-kakaopay" },
    broken: "channel",
  },
  {
    id: "R17-i",
    what: "a PG abroad",
    allowed: INICIS_ONLY,
    fields: { channelKey: "channel-key-test-paypal_v2" },
    broken: "channel",
  },
  {
    id: "R17-j",
    what: "another MID of the PG",
    allowed: ONE_MID,
    fields: { pg_id: "INIBillTst" },
    broken: "channel",
  },
  {
    id: "R17-k",
    what: "a PG of a longer name",
    allowed: INICIS_ONLY,
    fields: { pg_provider: "html5_inicis2" },
    broken: "channel",
  },
  { id: "R17-l", what: "no PG", allowed: INICIS_ONLY, fields: { omit: ["pg_provider"] }, broken: "channel" },
  {
    id: "R17-m",
    what: "the right method through the wrong PG",
    allowed: { ...CARD_ONLY, ...INICIS_ONLY },
    fields: { channelKey: "channel-key-test-payco", pay_method: "card" },
    broken: "channel",
  },
  {
    id: "R17-n",
    what: "the wrong method through the right PG",
    allowed: { ...CARD_ONLY, ...INICIS_ONLY },
    fields: { pay_method: "phone" },
    broken: "pay_method",
  },
];

describe("POST /payments/complete by means that the order does not allow", () => {
  for (const { id, what, allowed, fields, broken } of DOWNGRADES) {
    test(`${id} ${what} does not pay the order`, async () => {
      const scene = await world.scene();
      const order = await scene.order({ allowed });
      const payment = scene.pay(order, fields);
      await scene.expectAnswer("forgery", { payment, order });
      const stored = await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        discrepancies: ["channel_mismatch"],
        events: ["order.registered", "payment.rejected", "discrepancy.opened"],
      });
      assert.deepEqual(brokenClauses(stored, payment), [broken]);
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  test("R17-o a virtual account for instant goods is neither shown nor texted, and closed", async () => {
    const scene = await world.scene();
    const order = await scene.order({ allowed: CARD_ONLY, customer: { tel: "010-1234-5678" } });
    const payment = scene.pay(order, { pay_method: "vbank", status: "ready" });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.quiet();
    const { order: row, tasks } = await scene.stored(order);
    assert.deepEqual([row.status, row.virtual_account], ["pending", null]);
    assert.equal(
      tasks.some((key) => key.startsWith("sms:")),
      false,
    );
    const lines = new Set(scene.seenLines());
    assert.deepEqual(lines, new Set([scene.lookLine(payment), `DELETE /vbanks/${payment.imp_uid}`]));
    await scene.expectBystandersUnchanged();
  });

  test("R17-p a deposit on a virtual account for instant goods pays nothing, and is shown to an operator", async () => {
    const scene = await world.scene();
    const order = await scene.order({ allowed: CARD_ONLY });
    const payment = scene.pay(order, { pay_method: "vbank", status: "paid" });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["channel_mismatch"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });

  test("R17-q a page that opens the window on another channel is found out", async () => {
    const scene = await world.scene();
    const order = await scene.order({ allowed: INICIS_ONLY });
    const params = { merchant_uid: order, amount: PRICE, pg: "kakaopay", pay_method: "card" };
    const opening = world.emulator.openWindow({ userCode: world.emulator.userCode, params });
    assert.ok(opening.ok);
    world.emulator.webhooks.auto = false;
    await world.emulator.settleWindow(opening.payment.imp_uid, { kind: "card" });
    await scene.expectAnswer("forgery", { payment: opening.payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [opening.payment.imp_uid]: "rejected" },
      discrepancies: ["channel_mismatch"],
    });
    await scene.expectNothingElse([scene.lookLine(opening.payment)]);
  });

  test("R17-r a channel of the account that the operator does not allow does not pay on a live server", async () => {
    const scene = await narrow.scene();
    const order = await scene.order();
    const wanted = { userCode: LIVE_MERCHANT.userCode, merchant_uid: order, amount: PRICE, sandbox: false };
    const payment = narrow.emulator.pay(wanted);
    assert.equal(payment.pg_provider, "html5_inicis");
    await scene.expectAnswer("forgery", { payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["channel_mismatch"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });

  test("R17-s an order cannot widen what the operator allows", async () => {
    const scene = await narrow.scene();
    const order = await scene.order({ allowed: { channels: ["html5_inicis", "kakaopay"] } });
    const wanted = { userCode: LIVE_MERCHANT.userCode, merchant_uid: order, amount: PRICE, sandbox: false };
    const payment = narrow.emulator.pay(wanted);
    await scene.expectAnswer("forgery", { payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["channel_mismatch"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });
});

const P_1 = { id: "p_1", discount: 5000 };

const PROMOTIONS: readonly (readonly [id: string, what: string, fields: NewPayment, broken?: string])[] = [
  ["R07-b", "another one than is given", { promotion: { ...P_1, id: "p_2" } }],
  [
    "R07-c",
    "the one that is given, and its discount off the price",
    { promotion: P_1, amount: PRICE - 5000 },
    "amount",
  ],
  ["R07-d", "the given one in other letters", { promotion: { ...P_1, id: "P_1" } }],
  ["R07-e", "one without an id", { raw: { promotion: '{"discount":5000}' } }],
  ["R07-f", "a list with the given one", { raw: { promotion: '[{"id":"p_1","discount":5000}]' } }],
  ["R07-g", "the given one's bare id", { raw: { promotion: '"p_1"' } }],
];

describe("POST /payments/complete with a promotion", () => {
  const given = PROMOTIONS.map(([id, what, fields, broken = "promotion"]) => ({
    id,
    what,
    fields,
    broken,
    world: giving,
  }));
  const none = { fields: { promotion: P_1 }, broken: "promotion", world };
  for (const { id, what, fields, broken, world } of [
    { id: "R07-a", what: "one where none is given", ...none },
    ...given,
  ]) {
    test(`${id} ${what} does not pay the order`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, fields);
      await scene.expectAnswer("forgery", { payment, order });
      const stored = await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        discrepancies: [broken === "amount" ? "amount_mismatch" : "channel_mismatch"],
      });
      assert.deepEqual(brokenClauses(stored, payment), [broken]);
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  test("R07-h the one that is given, at the order's own price, pays it", async () => {
    const scene = await giving.scene();
    const payment = await scene.expectHonestPaymentPays(await scene.order(), { promotion: P_1 });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});
