// R25 to R27 and R29: what a status means. Goal: only paid is paid, and nothing that comes later takes a paid order back.
// Method: every status and every shape of it against an open order, then every order in which two of them can arrive.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { PaymentEdit } from "../../src/emulator/model-mutate.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { openWorld, PRICE } from "../support/forgery.ts";
import { assertUnchanged, brokenClauses } from "../support/forgery-rows.ts";
import type { Word } from "../support/forgery-wire.ts";

const world = await openWorld();
after(() => world.close());

const ACCOUNT = { pay_method: "vbank", status: "ready" } as const;

interface Shape {
  readonly id: string;
  readonly what: string;
  readonly fields: NewPayment;
  readonly word: Word;
  readonly verdict?: string;
  readonly discrepancies?: readonly string[];
  readonly hasAlarm?: boolean;
}

const NOT_PAID: readonly Shape[] = [
  {
    id: "R25-a",
    what: "an opened card window",
    fields: { status: "ready" },
    word: "pending",
    verdict: "observed",
  },
  {
    id: "R25-b",
    what: "a virtual account without a number",
    fields: { ...ACCOUNT, vbank_num: null },
    word: "pending",
    verdict: "observed",
  },
  {
    id: "R25-c",
    what: "a virtual account with an empty number",
    fields: { ...ACCOUNT, vbank_num: "" },
    word: "pending",
    verdict: "observed",
  },
  {
    id: "R25-d",
    what: "a virtual account without a bank",
    fields: { ...ACCOUNT, vbank_name: null },
    word: "pending",
    verdict: "observed",
  },
  {
    id: "R25-e",
    what: "a card window that carries an account number",
    fields: { status: "ready", vbank_num: "56211105948400", vbank_name: "우리은행" },
    word: "pending",
    verdict: "observed",
  },
  {
    id: "R26-a",
    what: "a failed payment",
    fields: { status: "failed" },
    word: "failed",
    verdict: "observed",
  },
  {
    id: "R26-b",
    what: "a status that nobody documents",
    fields: { raw: { status: '"partial_cancelled"' } },
    word: "pending",
    hasAlarm: true,
  },
  {
    id: "R26-c",
    what: "an empty status",
    fields: { raw: { status: '""' } },
    word: "pending",
    hasAlarm: true,
  },
  {
    id: "R26-d",
    what: "a status of null",
    fields: { raw: { status: "null" } },
    word: "pending",
    hasAlarm: true,
  },
  { id: "R26-e", what: "no status at all", fields: { omit: ["status"] }, word: "pending", hasAlarm: true },
  {
    id: "R26-f",
    what: "PAID in capitals",
    fields: { raw: { status: '"PAID"' } },
    word: "pending",
    hasAlarm: true,
  },
  {
    id: "R26-g",
    what: "a list of statuses",
    fields: { raw: { status: '["paid"]' } },
    word: "pending",
    hasAlarm: true,
  },
  {
    id: "R26-h",
    what: "paid without a time of payment",
    fields: { raw: { paid_at: "0" } },
    word: "pending",
    hasAlarm: true,
  },
  {
    id: "R27-a",
    what: "a payment that was cancelled in full",
    fields: { status: "cancelled", cancel_amount: PRICE },
    word: "closed",
    verdict: "rejected",
  },
  {
    id: "R27-b",
    what: "a paid one of which a part was cancelled",
    fields: { raw: { cancel_amount: "1000" } },
    word: "closed",
    verdict: "rejected",
    discrepancies: ["cancelled_elsewhere"],
    hasAlarm: true,
  },
  {
    id: "R27-c",
    what: "a cancelled one of which a part is left",
    fields: { status: "cancelled", cancel_amount: 1000 },
    word: "closed",
    verdict: "rejected",
    discrepancies: ["cancelled_elsewhere"],
    hasAlarm: true,
  },
  {
    id: "R27-d",
    what: "a paid one with an entry in its cancel history only",
    fields: {
      raw: {
        cancel_history: '[{"pg_tid":"t","amount":1,"cancelled_at":1,"reason":"r","cancellation_id":"c"}]',
      },
    },
    word: "closed",
    verdict: "rejected",
    discrepancies: ["cancelled_elsewhere"],
    hasAlarm: true,
  },
];

describe("POST /payments/complete with a status that is not paid", () => {
  for (const { id, what, fields, word, verdict, discrepancies = [], hasAlarm = false } of NOT_PAID) {
    test(`${id} ${what} does not pay the order`, async () => {
      const scene = await world.scene();
      const order = await scene.order({ customer: { tel: "010-1234-5678" } });
      const payment = scene.pay(order, fields);
      await scene.expectAnswer(word, { payment, order });
      await scene.expectStored(order, {
        status: "pending",
        payments: verdict === undefined ? {} : { [payment.imp_uid]: verdict },
        discrepancies,
      });
      assert.equal(scene.hasAlarm(payment), hasAlarm);
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  test("R25-f a virtual account with number and bank waits for its deposit, and only the deposit pays", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, ACCOUNT);
    const answer = await scene.expectAnswer("vbankIssued", { payment, order });
    assert.equal(answer.body.vbank_num, payment.vbank_num);
    await scene.expectStored(order, { status: "awaiting_deposit", payments: { [payment.imp_uid]: "held" } });
    world.emulator.webhooks.auto = false;
    world.emulator.deposit(payment.imp_uid);
    await scene.expectAnswer("success", { payment, order });
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
  });

  test("R26-i a failed payment that is approved later pays", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { status: "failed" });
    await scene.expectAnswer("failed", { payment, order });
    world.emulator.webhooks.auto = false;
    world.emulator.lateApprove(payment.imp_uid);
    await scene.expectAnswer("success", { payment, order });
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
  });

  test("R27-e a payment cancelled after it paid keeps its answer, and its order is refunded", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = await scene.expectHonestPaymentPays(order);
    world.emulator.webhooks.auto = false;
    world.emulator.silentCancel(payment.imp_uid, 20_000);
    await scene.expectAnswer("success", { payment, order });
    const part = await scene.stored(order);
    assert.equal(`${part.order.status} ${part.order.refunded_amount}`, "partially_refunded 20000");
    world.emulator.silentCancel(payment.imp_uid);
    await scene.expectAnswer("success", { payment, order });
    const rest = await scene.stored(order);
    assert.equal(`${rest.order.status} ${rest.order.refunded_amount}`, `refunded ${PRICE}`);
    assert.equal(rest.order.payments[0].verdict, "reversed");
    await scene.expectNothingElse(Array.from({ length: 3 }, () => scene.lookLine(payment)));
  });
});

const GOES_BACK: readonly { readonly id: string; readonly what: string; readonly fields: PaymentEdit }[] = [
  { id: "R29-a", what: "ready after paid", fields: { raw: { status: '"ready"', paid_at: "0" } } },
  {
    id: "R29-b",
    what: "failed after paid",
    fields: { raw: { status: '"failed"', paid_at: "0", failed_at: "1764000000" } },
  },
  { id: "R29-c", what: "another amount after paid", fields: { raw: { amount: "1000" } } },
  { id: "R29-d", what: "another currency after paid", fields: { raw: { currency: '"VND"' } } },
  { id: "R29-e", what: "an answer without a status after paid", fields: { omit: ["status"] } },
];

describe("a payment that goes backwards", () => {
  for (const { id, what, fields } of GOES_BACK) {
    test(`${id} ${what} leaves the order paid and the answer as it was`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = await scene.expectHonestPaymentPays(order);
      world.emulator.edit(payment.imp_uid, fields);
      await scene.expectAnswer("success", { payment, order });
      await scene.webhook(payment);
      assert.equal(scene.hasAlarm(payment), id === "R29-e");
      const { order: stored } = await scene.stored(order);
      assert.equal(`${stored.status} ${stored.imp_uid}`, `paid ${payment.imp_uid}`);
      assert.equal(
        `${stored.payments[0].verdict} ${stored.payments[0].status} ${stored.payments[0].amount}`,
        `applied paid ${PRICE}`,
      );
      await scene.expectNothingElse(Array.from({ length: 3 }, () => scene.lookLine(payment)));
    });
  }

  test("R29-f a second virtual account after paid is refused and closed", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = await scene.expectHonestPaymentPays(order);
    const account = scene.pay(order, ACCOUNT);
    await scene.expectAnswer("closed", { payment: account, order });
    await scene.quiet();
    const stored = await scene.stored(order);
    assert.equal(`${stored.order.status} ${stored.order.imp_uid}`, `paid ${payment.imp_uid}`);
    assert.equal(stored.order.virtual_account, null);
    assert.deepEqual(stored.order.discrepancies, []);
    const closing = [`DELETE /vbanks/${account.imp_uid}`, scene.lookLine(account)];
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(account), ...closing]);
  });

  test("R29-g a late webhook of the account that was replaced changes nothing in the paid order", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const older = scene.pay(order, { ...ACCOUNT, started_at: Math.floor(Date.now() / 1000) - 60 });
    const newer = scene.pay(order, ACCOUNT);
    await scene.expectAnswer("vbankIssued", { payment: older, order });
    await scene.expectAnswer("vbankIssued", { payment: newer, order });
    await scene.quiet();
    world.emulator.webhooks.auto = false;
    world.emulator.deposit(newer.imp_uid);
    await scene.expectAnswer("success", { payment: newer, order });
    await scene.quiet();
    const before = await scene.stored(order);
    await scene.webhook(older, { status: "ready" });
    assertUnchanged(before, await scene.stored(order));
    assert.equal(before.order.imp_uid, newer.imp_uid);
    assert.deepEqual(brokenClauses(before, newer), []);
  });
});
