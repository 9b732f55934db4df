// R03: a number is no price without its currency. Goal: 50,000 of anything but won does not pay 50,000 won, and cents are
// no dollars. Method: real payments whose currency differs, is odd, or is missing.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { LIVE_MERCHANT, openWorld, PRICE } from "../support/forgery.ts";
import { assertUnchanged, brokenClauses } from "../support/forgery-rows.ts";

const world = await openWorld();
const live = await openWorld({ mode: "live", env: { DOJANG_ALLOWED_CHANNELS: "any" } });
after(() => Promise.all([world.close(), live.close()]));

const OTHER_CURRENCIES = [
  { id: "R03-a", what: "50,000 VND", currency: "VND" },
  { id: "R03-b", what: "50,000 USD", currency: "USD" },
  { id: "R03-c", what: "50,000 JPY, a currency without decimals too", currency: "JPY" },
  { id: "R03-d", what: "won in small letters", currency: "krw" },
  { id: "R03-e", what: "won after a space", currency: " KRW" },
  { id: "R03-f", what: "won before a space", currency: "KRW " },
  { id: "R03-g", what: "won before a zero byte", currency: "KRW\u0000" },
  { id: "R03-h", what: "won in full-width letters", currency: "ＫＲＷ" },
  { id: "R03-i", what: "won with a Cyrillic К", currency: "КRW" },
  { id: "R03-j", what: "won by its number", currency: "410" },
  { id: "R03-k", what: "the won sign", currency: "₩" },
  { id: "R03-l", what: "no letters at all", currency: "" },
  { id: "R03-m", what: "the name of an inherited property", currency: "constructor" },
];

describe("POST /payments/complete in another currency", () => {
  for (const { id, what, currency } of OTHER_CURRENCIES) {
    test(`${id} ${what} does not pay a 50,000 KRW order`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { currency });
      await scene.expectAnswer("forgery", { payment, order });
      const stored = await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        events: ["order.registered", "payment.rejected", "discrepancy.opened"],
        discrepancies: ["currency_mismatch"],
      });
      assert.ok(brokenClauses(stored, payment).includes("currency"));
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  test("R03-n 50,000 VND does not pay a 50,000 KRW order on a live server", async () => {
    const scene = await live.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { currency: "VND", userCode: LIVE_MERCHANT.userCode });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["currency_mismatch"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });

  test("R03-o a page that opens the window in dong is found out", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const params = { merchant_uid: order, amount: PRICE, currency: "VND", pg: "tosspayments.tvivarepublica" };
    const opening = world.emulator.openWindow({ userCode: world.emulator.userCode, params });
    assert.ok(opening.ok, JSON.stringify(opening));
    world.emulator.webhooks.auto = false;
    await world.emulator.settleWindow(opening.payment.imp_uid, { kind: "card" });
    await scene.expectAnswer("forgery", { payment: opening.payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [opening.payment.imp_uid]: "rejected" },
      discrepancies: ["currency_mismatch"],
    });
    await scene.expectNothingElse([scene.lookLine(opening.payment)]);
  });
});

// Nobody can say what such an answer means, so nothing is accepted and nothing is refused for good.
const NO_CURRENCY = [
  { id: "R03-p", what: "null", raw: { currency: "null" } },
  { id: "R03-q", what: "missing", omit: ["currency"] },
  { id: "R03-r", what: "a list with won in it", raw: { currency: '["KRW"]' } },
  { id: "R03-s", what: "an object that claims to be won", raw: { currency: '{"code":"KRW"}' } },
  { id: "R03-t", what: "a number", raw: { currency: "410" } },
];

describe("POST /payments/complete without a currency", () => {
  for (const { id, what, raw, omit } of NO_CURRENCY) {
    test(`${id} a currency that is ${what} pays nothing, until it can be read`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const before = await scene.stored(order);
      const payment = scene.pay(order, { ...(raw ? { raw } : {}), ...(omit ? { omit } : {}) });
      await scene.expectAnswer("pending", { payment, order });
      assertUnchanged(before, await scene.stored(order));
      assert.ok(scene.hasAlarm(payment));
      world.emulator.edit(payment.imp_uid, { raw: { currency: '"KRW"' }, omit: [] });
      await scene.expectAnswer("success", { payment, order });
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
      });
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
    });
  }
});

const DOLLARS = [
  { id: "R03-u", due: 10, what: "1,000 USD, its cents read as dollars", amount: 1000, currency: "USD" },
  { id: "R03-v", due: 10, what: "0.1 USD, its dollars read as cents", amount: "0.1", currency: "USD" },
  { id: "R03-w", due: 10, what: "10 KRW", amount: 10, currency: "KRW" },
  { id: "R03-x", due: 10, what: "1,000 KRW, as many won as cents", amount: 1000, currency: "KRW" },
  {
    id: "R03-y",
    due: 14.2,
    what: "14.205 USD, more decimals than a dollar has",
    amount: "14.205",
    currency: "USD",
  },
  { id: "R03-z", due: 14.2, what: "14.2 CAD, another dollar", amount: "14.2", currency: "CAD" },
];

describe("POST /payments/complete of an order in dollars", () => {
  for (const { id, due, what, amount, currency } of DOLLARS) {
    test(`${id} ${what} does not pay a ${due} USD order`, async () => {
      const scene = await world.scene();
      const order = await scene.order({ amount: due, currency: "USD" });
      const payment = scene.pay(order, { amount, currency });
      await scene.expectAnswer("forgery", { payment, order });
      await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        discrepancies: [currency === "USD" ? "amount_mismatch" : "currency_mismatch"],
      });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }
});
