// Goal: each row of the acceptance rule (docs/guarantees.md) has its answer on the wire. Method: one order
// and one payment a row, in the state that the row is about; the answer is compared whole.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decideExpiry } from "../../src/domain/decide-expiry.ts";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { type Answer, startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const AMOUNT = 50_000;
const HOUR_S = 3600;
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

interface Row {
  readonly finding: string;
  readonly order?: Record<string, unknown>;
  readonly payment: NewPayment;
  readonly status: number;
  readonly word: string;
}

const ROWS: readonly Row[] = [
  { finding: "no sandbox flag", payment: { omit: ["sandbox"] }, status: 400, word: "forgery" },
  { finding: "a live payment in sandbox mode", payment: { sandbox: false }, status: 400, word: "forgery" },
  { finding: "another currency", payment: { currency: "USD" }, status: 400, word: "forgery" },
  { finding: "one won less", payment: { amount: AMOUNT - 1 }, status: 400, word: "forgery" },
  { finding: "one won more", payment: { amount: AMOUNT + 1 }, status: 400, word: "forgery" },
  {
    finding: "a method that is not allowed",
    order: { allowed: { pay_methods: ["vbank"] } },
    payment: {},
    status: 400,
    word: "forgery",
  },
  {
    finding: "a channel that is not allowed",
    order: { allowed: { channels: ["kakaopay"] } },
    payment: {},
    status: 400,
    word: "forgery",
  },
  {
    finding: "a promotion",
    payment: { promotion: { id: "p1", discount: 1000 } },
    status: 400,
    word: "forgery",
  },
  { finding: "a billing key", payment: { customer_uid: "user-1" }, status: 400, word: "forgery" },
  { finding: "an unknown status", payment: { raw: { status: '"approved"' } }, status: 202, word: "pending" },
  { finding: "no amount", payment: { omit: ["amount"] }, status: 202, word: "pending" },
  { finding: "an amount as text", payment: { raw: { amount: '"50000"' } }, status: 202, word: "pending" },
  { finding: "no currency", payment: { omit: ["currency"] }, status: 202, word: "pending" },
  { finding: "no status", payment: { omit: ["status"] }, status: 202, word: "pending" },
  { finding: "no cancelled amount", payment: { omit: ["cancel_amount"] }, status: 202, word: "pending" },
  { finding: "a failed payment", payment: { status: "failed" }, status: 402, word: "failed" },
  { finding: "a cancelled payment", payment: { status: "cancelled" }, status: 409, word: "closed" },
  { finding: "a payment cancelled in part", payment: { cancel_amount: 1000 }, status: 409, word: "closed" },
  { finding: "an opened window", payment: { status: "ready" }, status: 202, word: "pending" },
  {
    finding: "an opened window for a virtual account",
    payment: { status: "ready", pay_method: "vbank", vbank_num: null, vbank_name: null, vbank_date: 0 },
    status: 202,
    word: "pending",
  },
  {
    finding: "money that came after pay_by",
    order: { pay_by: new Date(Date.now() + HOUR_S * 1000).toISOString() },
    payment: { paid_at: inSeconds(2 * HOUR_S) },
    status: 409,
    word: "closed",
  },
  { finding: "a paid payment", payment: {}, status: 200, word: "success" },
];

const MESSAGES: Readonly<Record<string, string>> = {
  success: "General payment successful",
  forgery: "Forged/falsified payment attempted",
};

function assertAnswer(answer: Answer, expected: { status: number; word: string; merchantUid: string }): void {
  const { status, message, merchant_uid, ...rest } = answer.body;
  assert.deepEqual([answer.status, status], [expected.status, expected.word], answer.text);
  assert.equal(merchant_uid, expected.merchantUid);
  assert.equal(typeof message, "string");
  const exact = MESSAGES[expected.word];
  if (exact !== undefined) assert.equal(message, exact);
  assert.deepEqual(rest, {});
  assert.equal(answer.headers.get("retry-after"), expected.status === 202 ? "2" : null);
  assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
}

/** A new order and a payment for it. */
async function pay(payment: NewPayment = {}, order: Record<string, unknown> = {}) {
  const { body } = await dojang.order({ amount: AMOUNT, ...order });
  const merchant_uid: string = body.merchant_uid;
  const record = emulator.pay({ merchant_uid, amount: AMOUNT, sandbox: true, ...payment });
  return { ids: { imp_uid: record.imp_uid, merchant_uid }, record };
}

describe("POST /payments/complete", () => {
  for (const { finding, order, payment, status, word } of ROWS) {
    test(`answers ${status} ${word} to ${finding}, again and again`, async () => {
      const { ids } = await pay(payment, order);
      const merchantUid = ids.merchant_uid;
      for (let turn = 0; turn < 3; turn += 1) {
        assertAnswer(await dojang.complete(ids), { status, word, merchantUid });
      }
      const { body } = await dojang.read(merchantUid);
      assert.equal(body.status, word === "success" ? "paid" : "pending");
      assert.equal(body.imp_uid, word === "success" ? ids.imp_uid : null);
    });
  }

  test("raises an alarm over an answer that it cannot read", async () => {
    const { ids } = await pay({ raw: { status: '"approved"' } });
    await dojang.complete(ids);
    const line = dojang.logLines.find((one) => one.includes(ids.imp_uid) && one.includes('"alarm":true'));
    assert.match(line ?? "no alarm", /gateway_answer_unreadable/);
  });

  test("answers 404 to an order that is not here, without asking the gateway", async () => {
    const { ids } = await pay();
    emulator.requests.clear();
    const merchantUid = "dj_no_such_order";
    const answer = await dojang.complete({ ...ids, merchant_uid: merchantUid });
    assertAnswer(answer, { status: 404, word: "notFound", merchantUid });
    assert.deepEqual(emulator.requests.lines(), []);
  });

  test("answers 404 to a payment of another order, in the same words, and changes nothing", async () => {
    const [one, other] = [await pay(), await pay()];
    const unknown = await dojang.complete({ ...one.ids, merchant_uid: "dj_no_such_order" });
    const merchantUid = other.ids.merchant_uid;
    const answer = await dojang.complete({ imp_uid: one.ids.imp_uid, merchant_uid: merchantUid });
    assertAnswer(answer, { status: 404, word: "notFound", merchantUid });
    assert.equal(answer.body.message, unknown.body.message);
    for (const uid of [one.ids.merchant_uid, merchantUid]) {
      const { body } = await dojang.read(uid);
      assert.deepEqual([body.status, body.payments, body.version], ["pending", [], 1]);
    }
  });

  test("answers success for ever once paid, after a refund too", async () => {
    const { ids } = await pay();
    const expected = { status: 200, word: "success", merchantUid: ids.merchant_uid };
    assertAnswer(await dojang.complete(ids), expected);
    emulator.cancelFromConsole(ids.imp_uid, 20_000);
    assertAnswer(await dojang.complete(ids), expected);
    assert.equal((await dojang.read(ids.merchant_uid)).body.status, "partially_refunded");
    emulator.cancelFromConsole(ids.imp_uid);
    assertAnswer(await dojang.complete(ids), expected);
    const { body } = await dojang.read(ids.merchant_uid);
    assert.deepEqual([body.status, body.refunded_amount], ["refunded", AMOUNT]);
  });

  test("answers 409 to a second payment of a paid order, and shows the surplus", async () => {
    const { ids } = await pay();
    await dojang.complete(ids);
    const { merchant_uid } = ids;
    const second = emulator.pay({ merchant_uid, amount: AMOUNT, sandbox: true });
    const answer = await dojang.complete({ imp_uid: second.imp_uid, merchant_uid });
    assertAnswer(answer, { status: 409, word: "closed", merchantUid: merchant_uid });
    const { body } = await dojang.read(merchant_uid);
    assert.equal(body.imp_uid, ids.imp_uid);
    assert.deepEqual(
      body.discrepancies.map(({ kind }: { kind: string }) => kind),
      ["surplus"],
    );
    assertAnswer(await dojang.complete(ids), { status: 200, word: "success", merchantUid: merchant_uid });
  });

  test("answers 409 to money for an expired order, and shows it", async () => {
    const { ids } = await pay();
    const { merchant_uid } = ids;
    await expire(merchant_uid);
    assertAnswer(await dojang.complete(ids), { status: 409, word: "closed", merchantUid: merchant_uid });
    const { body } = await dojang.read(merchant_uid);
    assert.equal(body.status, "expired");
    assert.deepEqual(
      body.discrepancies.map(({ kind }: { kind: string }) => kind),
      ["paid_after_closing"],
    );
  });

  test("answers 409 to an account that is open after pay_by's day, and closes it", async () => {
    const { ids } = await pay({
      status: "ready",
      pay_method: "vbank",
      vbank_date: inSeconds(10 * 24 * HOUR_S),
    });
    const merchantUid = ids.merchant_uid;
    assertAnswer(await dojang.complete(ids), { status: 409, word: "closed", merchantUid });
    await until("the account is closed at the gateway", () =>
      emulator.requests.lines().includes(`DELETE /vbanks/${ids.imp_uid}`),
    );
    assert.equal((await dojang.read(ids.merchant_uid)).body.virtual_account, null);
  });

  test("answers the same after a restart", async () => {
    await using one = await startTestDojang({ emulator });
    const { body } = await one.order({ amount: AMOUNT });
    const merchant_uid = body.merchant_uid;
    const { imp_uid } = emulator.pay({ merchant_uid, amount: AMOUNT, sandbox: true });
    const before = await one.complete({ imp_uid, merchant_uid });
    const two = await one.restart();
    const again = await two.complete({ imp_uid, merchant_uid });
    const read = await two.read(merchant_uid);
    await two.close();
    assert.deepEqual([again.status, again.text], [before.status, before.text]);
    assert.equal(read.body.status, "paid");
    assert.equal(read.body.payments.length, 1);
  });
});

/** As the look after the deadline does it; waiting for that would take longer than the deadline itself. */
async function expire(orderId: string): Promise<void> {
  const { expiry } = await dojang.dojang.deps.store.transact({ orderId }, (aggregate) => {
    const lookedAt = aggregate.now + 1000 * 24 * HOUR_S * 1000;
    const decision = decideExpiry({ aggregate, lookedAt, isClockTrusted: true });
    return { ...decision, outcome: { expiry: decision.outcome } };
  });
  assert.equal(expiry.isExpired, true);
}
