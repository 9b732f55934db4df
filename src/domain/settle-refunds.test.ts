import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  entryOf,
  isWriting,
  money,
  NOW,
  orderOf,
  paidAggregateOf,
  refundId,
  refundOf,
  seenAmount,
  sentRefundOf,
  type With,
} from "../../test/support/domain.ts";
import { decideLook as decide, lookOf, shortOf } from "../../test/support/refund-looks.ts";
import { alarmsOf } from "./alarms.ts";
import type { Aggregate, Decision } from "./decision.ts";
import type { Payment, PaymentSnapshot } from "./payment.ts";
import type { Refund } from "./refund.ts";

const ONE = refundId(1);
const ENDED = ["order.partially_refunded", "refund.succeeded"];
const PARTLY = { status: "partially_refunded", refunded: 300 } as const;
const ACCEPTED = { acceptedAt: NOW - 1000 };

interface Row {
  readonly refunds: readonly Refund[];
  readonly seen: PaymentSnapshot;
  readonly payment?: With<Payment>;
  readonly expected: Partial<ReturnType<typeof shortOf>>;
}

const ROWS: Readonly<Record<string, Row>> = {
  "a refund in the history": {
    refunds: [sentRefundOf()],
    seen: lookOf("300", [entryOf("300", ONE)]),
    expected: { refunds: ["1 succeeded"], events: ENDED, ...PARTLY },
  },
  "one that was never marked as sent, as after a lost write": {
    refunds: [refundOf()],
    seen: lookOf("300", [entryOf("300", ONE)]),
    expected: { refunds: ["1 succeeded"], events: ENDED, ...PARTLY },
  },
  "one that had failed": {
    refunds: [sentRefundOf({ state: "failed", failure: { code: "gateway_refused", message: "no" } })],
    seen: lookOf("300", [entryOf("300", ONE)]),
    expected: { refunds: ["1 succeeded"], events: ENDED, ...PARTLY },
  },
  "a payment that another look stored already": {
    refunds: [sentRefundOf()],
    payment: { status: "cancelled", statusText: "cancelled", cancelled: seenAmount("300"), cancelCount: 1 },
    seen: lookOf("300", [entryOf("300", ONE)]),
    expected: { refunds: ["1 succeeded"], causes: [], events: ["refund.succeeded"] },
  },
  "an older look than the stored one": {
    refunds: [sentRefundOf()],
    payment: { status: "cancelled", statusText: "cancelled", cancelled: seenAmount("400"), cancelCount: 2 },
    seen: lookOf("300", [entryOf("300", ONE)], { fetchStartedAt: NOW - 5000, fetchEndedAt: NOW - 4900 }),
    expected: { refunds: ["1 succeeded"], events: ["refund.succeeded"] },
  },
  "a done one and a cancellation elsewhere": {
    refunds: [refundOf({ state: "succeeded", finishedAt: NOW })],
    payment: { status: "cancelled", statusText: "cancelled", cancelled: seenAmount("300"), cancelCount: 1 },
    seen: lookOf("400", [entryOf("300", ONE), entryOf("100")]),
    expected: { causes: ["cancelled_elsewhere:imp_1:400"], refunded: 400 },
  },
  "ours and another in one look": {
    refunds: [sentRefundOf()],
    seen: lookOf("400", [entryOf("100"), entryOf("300", ONE)]),
    expected: { refunds: ["1 succeeded"], causes: ["cancelled_elsewhere:imp_1:400"], refunded: 400 },
  },
  "our id with less than was asked for": {
    refunds: [sentRefundOf()],
    seen: lookOf("200", [entryOf("200", ONE)]),
    expected: { refunds: ["1 succeeded"], causes: [`refund_amount:${ONE}`], refunded: 200 },
  },
  "our id twice": {
    refunds: [sentRefundOf()],
    seen: lookOf("600", [entryOf("300", ONE), entryOf("300", ONE)]),
    expected: { refunds: ["1 succeeded"], causes: ["cancelled_elsewhere:imp_1:600"], refunded: 600 },
  },
  "the id of another payment's refund": {
    refunds: [sentRefundOf({ paymentId: "imp_2" })],
    seen: lookOf("300", [entryOf("300", ONE)]),
    expected: { refunds: [], causes: ["cancelled_elsewhere:imp_1:300"], ...PARTLY },
  },
  "an unknown refund's id": {
    refunds: [],
    seen: lookOf("300", [entryOf("300", refundId(9))]),
    expected: { refunds: [], causes: ["cancelled_elsewhere:imp_1:300"], ...PARTLY },
  },
  "more cancelled, and a sent one that is not in the history": {
    refunds: [sentRefundOf()],
    seen: lookOf("300", [entryOf("300")]),
    expected: { refunds: [], causes: [`refund_unclear:${ONE}`], ...PARTLY },
  },
  "more cancelled, and one that was not sent": {
    refunds: [refundOf()],
    seen: lookOf("300", [entryOf("300")]),
    expected: { refunds: [], causes: ["cancelled_elsewhere:imp_1:300"], ...PARTLY },
  },
  "more cancelled, and one that surely took no effect so far": {
    refunds: [sentRefundOf({ sentAt: undefined })],
    seen: lookOf("300", [entryOf("300")]),
    expected: { refunds: [], causes: ["cancelled_elsewhere:imp_1:300"], ...PARTLY },
  },
  "one that was accepted, in a history without our reason": {
    refunds: [sentRefundOf(ACCEPTED)],
    seen: lookOf("300", [entryOf("300")]),
    expected: { refunds: ["1 succeeded"], causes: [], ...PARTLY },
  },
  "one that was accepted where less is cancelled than it takes": {
    refunds: [sentRefundOf(ACCEPTED)],
    seen: lookOf("299", [entryOf("299")]),
    expected: { refunds: [], causes: [`refund_unclear:${ONE}`], refunded: 299 },
  },
  "one that was accepted by a PG that cancels later, in a history without our reason": {
    refunds: [sentRefundOf(ACCEPTED)],
    payment: { pgProvider: "paypal_v2" },
    seen: lookOf("300", [entryOf("300")], { pgProvider: "paypal_v2" }),
    expected: { refunds: [], causes: [`refund_unclear:${ONE}`], ...PARTLY },
  },
  "an entry of a PG that cancels later, while the payment is not cancelled": {
    refunds: [sentRefundOf(ACCEPTED)],
    payment: { pgProvider: "paypal_v2" },
    seen: lookOf("300", [entryOf("300", ONE)], {
      pgProvider: "paypal_v2",
      status: "paid",
      statusText: "paid",
    }),
    expected: { refunds: [], causes: [], ...PARTLY },
  },
  "a cancellation elsewhere beside an entry of ours that has not ended yet": {
    refunds: [sentRefundOf(ACCEPTED)],
    payment: { pgProvider: "paypal_v2", cancelled: seenAmount("300"), cancelCount: 1 },
    seen: lookOf("400", [entryOf("300", ONE), entryOf("100")], {
      pgProvider: "paypal_v2",
      status: "paid",
      statusText: "paid",
    }),
    expected: { refunds: [], causes: ["cancelled_elsewhere:imp_1:400"], refunded: 400 },
  },
  "one that was accepted, where an older cancellation elsewhere is all that shows": {
    refunds: [sentRefundOf({ ...ACCEPTED, cancelledBeforeMinor: 300 })],
    payment: { status: "cancelled", statusText: "cancelled", cancelled: seenAmount("300"), cancelCount: 1 },
    seen: lookOf("300", [entryOf("300")]),
    expected: { refunds: [], causes: [], events: [] },
  },
  "one that was accepted, where another refund of ours is what shows": {
    refunds: [
      sentRefundOf(ACCEPTED),
      sentRefundOf({ refundId: refundId(2), state: "failed", finishedAt: NOW }),
    ],
    seen: lookOf("300", [entryOf("300", refundId(2))]),
    expected: { refunds: ["2 succeeded"], causes: [], ...PARTLY },
  },
  "a look that is not merged, because the payment went backwards in it": {
    refunds: [sentRefundOf()],
    payment: { status: "cancelled", statusText: "cancelled", cancelled: seenAmount("300"), cancelCount: 1 },
    seen: lookOf("600", [entryOf("300"), entryOf("300", ONE)], { status: "paid", statusText: "paid" }),
    expected: { refunds: [], causes: [], events: [] },
  },
  "nothing new": {
    refunds: [sentRefundOf()],
    seen: lookOf("0", []),
    expected: { refunds: [], causes: [], events: [] },
  },
};

describe("settleRefunds()", () => {
  for (const [what, { refunds, seen, payment = {}, expected }] of Object.entries(ROWS)) {
    test(`settleRefunds() tells ${what}`, () => {
      const order = orderOf({
        status: payment.cancelled === undefined ? "paid" : "partially_refunded",
        refunded: payment.cancelled?.money ?? money(0),
        paidBy: "imp_1",
      });
      const aggregate = paidAggregateOf({ order, refunds }, { ...earlier, ...payment });
      const decision = decide(aggregate, seen);
      const short = shortOf(decision);
      for (const [name, value] of Object.entries(expected))
        assert.deepEqual(short[name as keyof typeof short], value, name);
      // Decided again on what it wrote, it writes nothing.
      const causes = decision.discrepancies?.map(({ cause }) => cause) ?? [];
      const after = { ...merged(aggregate, decision), causes };
      assert.equal(isWriting(decide(after, seen)), false, "the same look twice");
    });
  }

  test("settleRefunds() erases the account and the failure of what succeeded", () => {
    const account = { bank: "88", number: "110", holder: "Hong" };
    const failure = { code: "gateway_refused", message: "no" };
    const refund = sentRefundOf({ account, failure, state: "failed", finishedAt: NOW - 1 });
    const { refunds, ...rest } = decide(
      paidAggregateOf({ refunds: [refund] }, earlier),
      lookOf("300", [entryOf("300", ONE)]),
    );
    const { account: _, failure: __, ...kept } = refund;
    assert.deepEqual(refunds, [{ ...kept, state: "succeeded", finishedAt: NOW }]);
    assert.deepEqual(alarmsOf({ ...rest, refunds: refunds ?? [] }), [
      { code: "refund_late", refundId: ONE, paymentId: "imp_1" },
    ]);
  });

  test("settleRefunds() wakes the next refund of the payment, and no other", () => {
    const next = refundOf({ refundId: refundId(2), amount: money(100) });
    const other = refundOf({ refundId: refundId(3), paymentId: "imp_2" });
    const seen = lookOf("300", [entryOf("300", ONE)]);
    const keysOf = (refunds: readonly Refund[]) =>
      (decide(paidAggregateOf({ refunds }, earlier), seen).tasks ?? []).map(({ key }) => key);
    assert.deepEqual(keysOf([sentRefundOf(), next]), ["refund:imp_1"]);
    assert.deepEqual(keysOf([sentRefundOf(), other]), []);
  });

  test("settleRefunds() believes no look that has a fault, and none that contradicts the payment", () => {
    for (const wrong of [
      { faults: ["cancel_history"] },
      { currency: "USD" },
      { amount: seenAmount("999") },
    ]) {
      const seen = lookOf("300", [entryOf("300", ONE)], wrong);
      assert.equal(decide(paidAggregateOf({ refunds: [sentRefundOf()] }, earlier), seen).refunds, undefined);
    }
  });
});

const earlier = { fetchStartedAt: NOW - 10_000, fetchEndedAt: NOW - 3000 };

function merged(aggregate: Aggregate, { order, payments = [], refunds = [] }: Decision<unknown>): Aggregate {
  const kept = aggregate.payments.filter(
    (one) => !payments.some(({ paymentId }) => paymentId === one.paymentId),
  );
  const stored = payments.map(({ cancellations: _, ...payment }) => payment);
  return {
    ...aggregate,
    ...(order === undefined ? {} : { order }),
    payments: [...kept, ...stored],
    refunds: aggregate.refunds.map((one) => refunds.find(({ refundId: id }) => id === one.refundId) ?? one),
  };
}
