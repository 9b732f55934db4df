// R30 and R31: money that comes when it is too late, in the wrong amount, or twice. Goal: what comes in time and exact pays,
// however late it is told; everything else pays nothing, is shown to an operator, and is never dropped. Method: time stands
// still; orders fail or expire first, accounts are due too late, deposits are late, short, over or split.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment, PaymentRecord } from "../../src/emulator/payment-record.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { brokenClauses, type ExpectedRows } from "../support/forgery-rows.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, pass, SECOND_MS } from "../support/forgery-time.ts";

const clock = new ManualClock();
const world = await openWorld({ clock, env: { DOJANG_PAY_WITHIN: "2000h" } });
after(() => world.close());

const seconds = (afterMs = 0) => Math.floor((clock.now() + afterMs) / SECOND_MS);
const account = (dueInMs: number): NewPayment => ({
  pay_method: "vbank",
  status: "ready",
  vbank_date: seconds(dueInMs),
});

/** A scene with one order that is payable for an hour. No webhook tells of anything. */
async function begin(fields: object = {}): Promise<{ scene: Scene; order: string }> {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  const pay_by = new Date(clock.now() + HOUR_MS).toISOString();
  return { scene, order: await scene.order({ pay_by, ...fields }) };
}

async function expectEnd(
  scene: Scene,
  at: { order: string; payment: PaymentRecord; rows: Omit<ExpectedRows, "payments"> & { verdict: string } },
): Promise<void> {
  const { order, payment } = at;
  const { verdict, ...rows } = at.rows;
  const paidBy = verdict === "applied" ? { paidBy: payment.imp_uid } : {};
  await scene.expectStored(order, { ...rows, ...paidBy, payments: { [payment.imp_uid]: verdict } });
  scene.seenLines();
  await scene.expectBystandersUnchanged();
}

const PAID = { status: "paid", verdict: "applied" } as const;
const LATE = { status: "expired", verdict: "rejected", discrepancies: ["paid_after_closing"] } as const;

/** Who tells of a payment that was approved late. */
const TELLERS: Readonly<
  Record<string, (at: { scene: Scene; order: string; payment: PaymentRecord }) => Promise<unknown>>
> = {
  "the buyer's page": ({ scene, order, payment }) => scene.complete(payment, order),
  "a webhook": ({ scene, payment }) => scene.webhook(payment),
  "nobody but a look": ({ scene }) => pass(scene, MINUTE_MS, 30 * MINUTE_MS),
};

describe("a payment that failed first and is approved later", () => {
  for (const [index, [who, tell]] of Object.entries(TELLERS).entries()) {
    test(`R30-a${index + 1} told by ${who} pays the order`, async () => {
      const { scene, order } = await begin();
      const payment = scene.pay(order, { status: "failed" });
      await scene.expectAnswer("failed", { payment, order });
      await expectEnd(scene, { order, payment, rows: { status: "pending", verdict: "observed" } });
      scene.emulator.lateApprove(payment.imp_uid);
      await tell({ scene, order, payment });
      await expectEnd(scene, {
        order,
        payment,
        rows: { ...PAID, events: ["order.registered", "order.paid"] },
      });
      await scene.expectAnswer("success", { payment, order });
    });

    test(`R30-b${index + 1} after the order expired, told by ${who}, pays nothing and is shown`, async () => {
      const { scene, order } = await begin();
      const payment = scene.pay(order, { status: "failed" });
      await scene.expectAnswer("failed", { payment, order });
      await pass(scene, HOUR_MS + MINUTE_MS);
      assert.equal((await scene.stored(order)).order.status, "expired");
      scene.emulator.lateApprove(payment.imp_uid);
      if (who === "nobody but a look") await pass(scene, DAY_MS);
      else await tell({ scene, order, payment });
      await scene.expectAnswer("closed", { payment, order });
      await expectEnd(scene, { order, payment, rows: LATE });
    });
  }

  test("R30-c1 after another payment paid is surplus, and shown", async () => {
    const { scene, order } = await begin();
    const late = scene.pay(order, { status: "failed" });
    await scene.expectAnswer("failed", { payment: late, order });
    const payer = await scene.expectHonestPaymentPays(order);
    scene.emulator.lateApprove(late.imp_uid);
    await scene.webhook(late);
    await scene.expectAnswer("closed", { payment: late, order });
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payer.imp_uid,
      payments: { [payer.imp_uid]: "applied", [late.imp_uid]: "surplus" },
      discrepancies: ["surplus"],
    });
    await scene.expectNothingElse([scene.lookLine(payer), ...Array(3).fill(scene.lookLine(late))]);
  });

  test("R30-c2 in time, although told only after the order expired, pays nothing by itself, and an operator can accept it", async () => {
    const { scene, order } = await begin();
    const path = new RegExp(`^/payments/findAll/${order}`);
    const body = JSON.stringify({
      code: 0,
      message: null,
      response: { total: 0, previous: 0, next: 0, list: [] },
    });
    scene.emulator.override({ path }, { body });
    await pass(scene, 50 * MINUTE_MS);
    const payment = scene.pay(order);
    await pass(scene, 12 * MINUTE_MS);
    await scene.expectAnswer("closed", { payment, order });
    await expectEnd(scene, { order, payment, rows: LATE });
    const { order: row } = await scene.stored(order);
    const resolve = { action: "accept", reason: "it came in time" };
    const path2 = `/v1/discrepancies/${row.discrepancies[0].id}/resolve`;
    assert.equal((await scene.dojang.request("POST", path2, { body: resolve })).status, 200);
    const { order: accepted, events } = await scene.stored(order);
    assert.equal(`${accepted.status} ${accepted.imp_uid}`, `paid ${payment.imp_uid}`);
    assert.equal(events.filter((type) => type === "order.paid").length, 1);
  });
});

/** End of pay_by's day in Korea. */
function endOfDay(): number {
  const day = 9 * HOUR_MS + clock.now() + HOUR_MS;
  return Math.floor((day - (day % DAY_MS) + DAY_MS - 9 * HOUR_MS) / SECOND_MS) - 1;
}

describe("a virtual account due after the order", () => {
  for (const { id, what, due } of [
    { id: "R31-a1", what: "90 days later", due: () => seconds(90 * DAY_MS) },
    { id: "R31-a2", what: "a year later", due: () => seconds(365 * DAY_MS) },
    { id: "R31-a3", what: "a second into the next day in Korea", due: () => endOfDay() + 1 },
  ]) {
    test(`${id} by ${what} is refused, never shown, and closed`, async () => {
      const { scene, order } = await begin({ customer: { tel: "010-1234-5678" } });
      const payment = scene.pay(order, { ...account(0), vbank_date: due() });
      await scene.expectAnswer("closed", { payment, order });
      await scene.quiet();
      const { order: row, tasks } = await scene.stored(order);
      assert.equal(row.virtual_account, null);
      assert.equal(
        tasks.some((key) => key.startsWith("sms:") || key.startsWith("notice:")),
        false,
      );
      assert.equal(scene.emulator.model.payment(payment.imp_uid)?.status, "failed", "closed at the gateway");
      const closing = [scene.lookLine(payment), `DELETE /vbanks/${payment.imp_uid}`, scene.lookLine(payment)];
      await scene.expectNothingElse(closing);
      await expectEnd(scene, { order, payment, rows: { status: "pending", verdict: "observed" } });
    });
  }

  test("R31-a4 that the PG cannot close, and that is paid into a month later, pays nothing and is shown", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order, account(90 * DAY_MS));
    scene.emulator.override(
      { method: "DELETE", path: `/vbanks/${payment.imp_uid}` },
      { status: 400, body: '{"code":-1,"message":"지원하지 않습니다.","response":null}' },
    );
    await scene.expectAnswer("closed", { payment, order });
    await pass(scene, 30 * DAY_MS);
    assert.equal((await scene.stored(order)).order.status, "expired");
    scene.emulator.deposit(payment.imp_uid);
    await scene.webhook(payment);
    await expectEnd(scene, { order, payment, rows: LATE });
  });

  test("R31-a5 by less than the rest of its day in Korea is held to its own due date", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order, { ...account(0), vbank_date: endOfDay() });
    await scene.expectAnswer("vbankIssued", { payment, order });
    scene.emulator.deposit(payment.imp_uid);
    await scene.webhook(payment);
    await expectEnd(scene, { order, payment, rows: PAID });
  });
});

interface Deposit {
  readonly id: string;
  readonly what: string;
  readonly afterMs: number;
  readonly amount?: number;
  readonly edit?: Partial<PaymentRecord>;
  readonly word: "success" | "closed" | "forgery";
  readonly rows: Parameters<typeof expectEnd>[1]["rows"];
}

const WRONG = {
  status: "awaiting_deposit",
  verdict: "rejected",
  discrepancies: ["amount_mismatch"],
} as const;

const DEPOSITS: readonly Deposit[] = [
  { id: "R31-b1", what: "in the last second", afterMs: HOUR_MS, word: "success", rows: PAID },
  {
    id: "R31-b2",
    what: "a second late",
    afterMs: HOUR_MS + SECOND_MS,
    word: "closed",
    rows: { ...LATE, status: "awaiting_deposit" },
  },
  {
    id: "R31-b3",
    what: "a minute late, past the last call",
    afterMs: HOUR_MS + MINUTE_MS,
    word: "closed",
    rows: LATE,
  },
  { id: "R31-b4", what: "a month late", afterMs: 30 * DAY_MS, word: "closed", rows: LATE },
  { id: "R31-c1", what: "one won short", afterMs: 0, amount: PRICE - 1, word: "forgery", rows: WRONG },
  { id: "R31-c2", what: "of one won", afterMs: 0, amount: 1, word: "forgery", rows: WRONG },
  { id: "R31-d1", what: "one won over", afterMs: 0, amount: PRICE + 1, word: "forgery", rows: WRONG },
  { id: "R31-d2", what: "twice the price", afterMs: 0, amount: 2 * PRICE, word: "forgery", rows: WRONG },
];

describe("a deposit", () => {
  for (const { id, what, afterMs, amount, word, rows } of DEPOSITS) {
    test(`${id} ${what} is ${word}`, async () => {
      const { scene, order } = await begin();
      const payment = scene.pay(order, account(HOUR_MS));
      await scene.expectAnswer("vbankIssued", { payment, order });
      if (afterMs > 0) await pass(scene, afterMs);
      scene.emulator.deposit(payment.imp_uid, amount);
      await scene.expectAnswer(word, { payment, order });
      await scene.webhook(payment);
      await expectEnd(scene, { order, payment, rows });
      if (word === "forgery") assert.deepEqual(brokenClauses(await scene.stored(order), payment), ["amount"]);
    });
  }

  test("R31-e one of several parts pays only when the gateway says that all of it is there", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order, account(HOUR_MS));
    await scene.expectAnswer("vbankIssued", { payment, order });
    const part = (amount: string) => ({
      pg_tid: "part",
      amount,
      depositor_name: "홍길동",
      deposited_at: seconds(),
    });
    // A fixed account that waits for the rest: the deposits show, the status stays.
    scene.emulator.edit(payment.imp_uid, { deposit_history: [part("20000")] });
    await scene.webhook(payment);
    await expectEnd(scene, { order, payment, rows: { status: "awaiting_deposit", verdict: "held" } });
    await pass(scene, SECOND_MS);
    scene.emulator.deposit(payment.imp_uid);
    scene.emulator.edit(payment.imp_uid, { deposit_history: [part("20000"), part("30000")] });
    await scene.webhook(payment);
    await expectEnd(scene, { order, payment, rows: PAID });
  });
});
