// R04: a JSON number is text, not a double. Goal: an amount is read exactly as it was written; what only rounds to the
// price does not pay, and what is the price in other digits does. Method: raw number texts in the gateway's answer.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, type Scene } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";

// Time stands still: no retry and no scheduled look adds a line.
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
after(() => world.close());

interface Written {
  readonly id: string;
  readonly text: string;
  readonly due?: number;
  readonly currency?: string;
}

// Each is another amount than the order's; most of them are equal to it as doubles or when parsed carelessly.
const OTHER_NUMBERS: readonly Written[] = [
  { id: "R04-a", text: "50000.0000000000000001" },
  { id: "R04-b", text: "49999.9999999999999999" },
  { id: "R04-c", text: "5e4" },
  { id: "R04-d", text: "5E+4" },
  { id: "R04-e", text: "0.00005e9" },
  { id: "R04-f", text: "500000e-1" },
  { id: "R04-g", text: "1e21" },
  { id: "R04-h", text: "1e400" },
  { id: "R04-i", text: "-50000" },
  { id: "R04-j", text: "-0" },
  { id: "R04-k", text: "9007199254740993" },
  { id: "R04-l", text: "999999999999999.1", due: 999_999_999_999_999 },
  { id: "R04-m", text: "1000000000000000", due: 999_999_999_999_999 },
  { id: "R04-n", text: `50000${"0".repeat(400)}` },
  { id: "R04-o", text: `50000.${"0".repeat(400)}1` },
  { id: "R04-p", text: "0.30000000000000004", due: 0.3, currency: "USD" },
  { id: "R04-q", text: "0.29999999999999999", due: 0.3, currency: "USD" },
  { id: "R04-r", text: "30", due: 0.3, currency: "USD" },
];

// The same amount in other digits: refusing it would refuse an honest buyer.
const SAME_NUMBERS: readonly Written[] = [
  { id: "R04-s", text: "50000.0" },
  { id: "R04-t", text: `50000.${"0".repeat(400)}` },
  { id: "R04-u", text: "0.30", due: 0.3, currency: "USD" },
  { id: "R04-v", text: "999999999999999.00", due: 999_999_999_999_999 },
];

// No number at all. Nobody knows what was paid, so nothing is decided.
const NO_NUMBERS: readonly Written[] = [
  { id: "R04-w", text: '"50000"' },
  { id: "R04-x", text: "[50000]" },
  { id: "R04-y", text: '{"value":50000}' },
  { id: "R04-z", text: "null" },
  { id: "R04-aa", text: "true" },
  { id: "R04-ab", text: '""' },
];

// Not even JSON: the whole answer is no answer.
const NO_JSON: readonly Written[] = [
  { id: "R04-ac", text: "NaN" },
  { id: "R04-ad", text: "Infinity" },
  { id: "R04-ae", text: "050000" },
  { id: "R04-af", text: "+50000" },
  { id: "R04-ag", text: "50000." },
  { id: "R04-ah", text: "0xC350" },
  { id: "R04-ai", text: "50,000" },
  { id: "R04-aj", text: "50_000" },
];

function orderOf(scene: Scene, { due = 50_000, currency = "KRW" }: Written): Promise<string> {
  return scene.order({ amount: due, currency });
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 12)}... of ${text.length} characters` : text;
}

describe("POST /payments/complete with an amount that is written oddly", () => {
  for (const written of OTHER_NUMBERS) {
    const { id, text, due = 50_000, currency = "KRW" } = written;
    test(`${id} ${short(text)} does not pay ${due} ${currency}`, async () => {
      const scene = await world.scene();
      const order = await orderOf(scene, written);
      const payment = scene.pay(order, { currency, raw: { amount: text } });
      await scene.expectAnswer("forgery", { payment, order });
      const { order: row } = await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        discrepancies: id === "R04-j" ? [] : ["amount_mismatch"],
      });
      const clause = row.payments[0].clauses.find(({ name }: { name: string }) => name === "amount");
      assert.equal(clause.seen, text, "an operator sees what was written");
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  for (const written of SAME_NUMBERS) {
    const { id, text, due = 50_000, currency = "KRW" } = written;
    test(`${id} ${short(text)} pays ${due} ${currency}`, async () => {
      const scene = await world.scene();
      const order = await orderOf(scene, written);
      const payment = scene.pay(order, { currency, raw: { amount: text, cancel_amount: "0.00" } });
      await scene.expectAnswer("success", { payment, order });
      const { order: row } = await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
      });
      assert.equal(row.payments[0].amount, due);
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }

  for (const written of [...NO_NUMBERS, ...NO_JSON]) {
    const { id, text } = written;
    test(`${id} ${short(text)} for an amount decides nothing, until it can be read`, async () => {
      const scene = await world.scene();
      const order = await orderOf(scene, written);
      const before = await scene.stored(order);
      const payment = scene.pay(order, { raw: { amount: text } });
      await scene.expectAnswer("pending", { payment, order });
      assert.equal(scene.hasAlarm(payment), NO_NUMBERS.includes(written));
      // An answer that is no JSON is asked for again without the buyer, a second later.
      const isAskedAgain = NO_JSON.includes(written);
      const again = isAskedAgain ? [`verify:${payment.imp_uid}`] : [];
      const stored = await scene.stored(order);
      assertUnchanged({ ...before, tasks: [...before.tasks, ...again].toSorted() }, stored);
      world.emulator.edit(payment.imp_uid, { raw: { amount: "50000" } });
      await scene.expectAnswer("success", { payment, order });
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
      });
      const look = scene.lookLine(payment);
      await scene.expectNothingElse([look, look]);
    });
  }
});

// The cancelled amount decides as much as the amount: one that cannot be read must not read as nothing.
const ODD_CANCELS = [
  { id: "R04-ak", text: "1e-400", word: "closed" },
  { id: "R04-al", text: "0.5", word: "closed" },
  { id: "R04-am", text: "-1", word: "closed" },
  { id: "R04-an", text: '"0"', word: "pending" },
  { id: "R04-ao", text: "null", word: "pending" },
  { id: "R04-ap", text: "false", word: "pending" },
] as const;

describe("POST /payments/complete with a cancelled amount that is written oddly", () => {
  for (const { id, text, word } of ODD_CANCELS) {
    test(`${id} ${text} cancelled does not read as nothing cancelled`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { raw: { cancel_amount: text } });
      await scene.expectAnswer(word, { payment, order });
      const isRefused = word === "closed";
      const { order: row } = await scene.stored(order);
      assert.equal(row.status, "pending");
      assert.equal(row.imp_uid, null);
      assert.equal(row.payments.length, isRefused ? 1 : 0);
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }
});
