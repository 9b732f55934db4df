import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  HOUR_MS,
  MINUTE_MS,
  NOW,
  paidAggregateOf,
  paymentOf,
  refundId,
  refundOf,
  seenAmount,
  sentRefundOf,
  snapshotOf,
  type With,
} from "../../test/support/domain.ts";
import { decideRefundStep } from "./decide-refund-step.ts";
import type { Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";

const ONE = refundId(1);

interface Given {
  readonly payment?: With<Payment>;
  readonly seen?: With<Payment>;
  readonly causes?: readonly string[];
}

function stepOf(refund: Refund, { payment = {}, seen = {}, causes = [] }: Given = {}) {
  const aggregate = paidAggregateOf({ refunds: [refund], causes }, payment);
  const look = { startedAt: NOW, seen: snapshotOf({ ...payment, ...seen } as With<Payment>) };
  return decideRefundStep({ aggregate, paymentId: "imp_1", look });
}

describe("decideRefundStep() on a payment in doubt", () => {
  for (const [what, requestedAt, alarm] of [
    ["less than an hour ago", NOW - HOUR_MS + 1, undefined],
    ["an hour ago", NOW - HOUR_MS, { code: "refund_in_doubt", refundId: ONE }],
  ] as const) {
    test(`decideRefundStep() looks in a minute ${alarm ? "and calls somebody" : "alone"} for what was asked for ${what}`, () => {
      const { outcome } = stepOf(refundOf({ requestedAt }), { seen: { status: "failed" } });
      const until = NOW + MINUTE_MS;
      assert.deepEqual(outcome, { kind: "wait", until, ...(alarm === undefined ? {} : { alarm }) });
    });
  }

  const unreadable = { text: "1e3" };
  const DOUBTS: Readonly<Record<string, Given>> = {
    "another currency": { seen: { currency: "USD" } },
    "a stored amount that cannot be read": {
      payment: { amount: unreadable },
      seen: { amount: seenAmount("1000") },
    },
    "an amount that cannot be read": { seen: { amount: unreadable } },
    "a stored cancelled amount that cannot be read": {
      payment: { cancelled: unreadable },
      seen: { cancelled: seenAmount("0") },
    },
    "a cancelled amount that cannot be read": { seen: { cancelled: unreadable } },
  };
  for (const [what, given] of Object.entries(DOUBTS)) {
    test(`decideRefundStep() sends nothing on ${what}`, () => {
      assert.equal(stepOf(refundOf(), given).outcome.kind, "wait");
    });
  }
});

describe("decideRefundStep() on what can never be sent", () => {
  const FAILED: Readonly<Record<string, readonly [Refund, With<Payment>, code: string]>> = {
    "a payment without a time of payment": [refundOf(), { paidAt: undefined }, "payment_not_paid"],
    "a payment that failed": [refundOf(), { status: "failed", paidAt: NOW }, "payment_not_paid"],
    "an amount that cannot be read": [refundOf(), { amount: { text: "1e3" } }, "payment_not_paid"],
    "a cancelled amount that cannot be read": [
      refundOf(),
      { cancelled: { text: "1e3" } },
      "payment_not_paid",
    ],
    "five refusals": [sentRefundOf({ sentAt: undefined, sends: 5 }), {}, "refused_too_often"],
  };
  for (const [what, [refund, payment, code]] of Object.entries(FAILED)) {
    test(`decideRefundStep() ends it as ${code} by ${what}`, () => {
      const { outcome, refunds } = stepOf(refund, { payment });
      assert.deepEqual([outcome, refunds?.[0]?.failure?.code], [{ kind: "ended" }, code]);
    });
  }

  test("decideRefundStep() throws on a refund without its payment", () => {
    const aggregate = paidAggregateOf({ refunds: [refundOf()], payments: [] });
    const look = { startedAt: NOW, seen: snapshotOf() };
    assert.throws(
      () => decideRefundStep({ aggregate, paymentId: "imp_1", look }),
      /a refund hangs on its payment/,
    );
  });

  test("decideRefundStep() takes the payment that it was asked about", () => {
    const other = paymentOf({ paymentId: "imp_2", status: "failed" });
    const aggregate = paidAggregateOf({ refunds: [refundOf()] });
    const payments = [other, ...aggregate.payments];
    const look = { startedAt: NOW, seen: snapshotOf() };
    const { outcome } = decideRefundStep({ aggregate: { ...aggregate, payments }, paymentId: "imp_1", look });
    assert.equal(outcome.kind, "send");
  });
});

describe("decideRefundStep() while an operator has to say", () => {
  const causes = [`refund_unclear:${ONE}`];
  for (const [what, sentAt, until, isAlarming] of [
    ["in some minutes", NOW - 10 * MINUTE_MS, NOW + 10 * MINUTE_MS, false],
    ["in an hour and more", NOW - HOUR_MS, NOW + 5 * HOUR_MS, true],
    ["in exactly an hour", NOW - 5 * HOUR_MS, NOW + HOUR_MS, true],
  ] as const) {
    test(`decideRefundStep() waits ${isAlarming ? "with an alarm" : "in silence"} where the next look is ${what}`, () => {
      const { outcome } = stepOf(sentRefundOf({ sentAt }), { causes });
      const alarm = { code: "refund_unclear", refundId: ONE };
      assert.deepEqual(outcome, { kind: "wait", until, ...(isAlarming ? { alarm } : {}) });
    });
  }

  test("decideRefundStep() says of an overdue refund what is the matter", () => {
    const refund = sentRefundOf({ sentAt: NOW - HOUR_MS, sends: 5 });
    const why = `refund ${ONE} was sent and the gateway does not show it`;
    assert.equal(stepOf(refund).discrepancies?.[0]?.evidence["why"], why);
  });

  test("decideRefundStep() names no alarm where there is none", () => {
    assert.deepEqual(Object.keys(stepOf(sentRefundOf({ acceptedAt: NOW })).outcome), ["kind", "until"]);
  });
});
