import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  entryOf,
  money,
  NOW,
  orderOf,
  paidAggregateOf,
  paymentOf,
  refundId,
  refundOf,
  sentRefundOf,
  snapshotOf,
} from "../../test/support/domain.ts";
import { decideLook as decide, lookOf, shortOf } from "../../test/support/refund-looks.ts";
import type { Refund } from "./refund.ts";

const ONE = refundId(1);
const earlier = { fetchStartedAt: NOW - 10_000, fetchEndedAt: NOW - 3000 };

describe("settleRefunds() for payments that fit no order", () => {
  test("settleRefunds() ends the refund of a payment that fits no order, and opens nothing for it", () => {
    const refund = sentRefundOf({ paymentId: "imp_2", amount: money(1000), discrepancyId: "dsc_1" });
    const surplus = paymentOf({ paymentId: "imp_2", verdict: "surplus", ...earlier });
    const aggregate = paidAggregateOf({ refunds: [refund] });
    const seen = lookOf("1000", [entryOf("1000", ONE)], { paymentId: "imp_2" });
    const decision = decide({ ...aggregate, payments: [...aggregate.payments, surplus] }, seen);
    assert.deepEqual(shortOf(decision), {
      refunds: ["1 succeeded"],
      causes: [],
      status: undefined,
      refunded: undefined,
      events: ["refund.succeeded"],
    });
  });

  test("settleRefunds() shows what is unclear of such a payment once, and what is elsewhere of it as before", () => {
    const surplus = paymentOf({ paymentId: "imp_2", verdict: "surplus", ...earlier });
    const seen = lookOf("400", [entryOf("400")], { paymentId: "imp_2" });
    const causesOf = (refunds: readonly Refund[]) => {
      const aggregate = paidAggregateOf({ refunds });
      const decision = decide({ ...aggregate, payments: [...aggregate.payments, surplus] }, seen);
      return shortOf(decision).causes;
    };
    const sent = sentRefundOf({ paymentId: "imp_2", amount: money(1000) });
    assert.deepEqual(causesOf([sent]), [`refund_unclear:${ONE}`]);
    assert.deepEqual(causesOf([]), ["cancelled_elsewhere:imp_2"]);
  });

  test("settleRefunds() lets no payment pay an order while its money goes back", () => {
    for (const state of ["requested", "unknown", "succeeded"] as const) {
      const order = orderOf();
      const aggregate = paidAggregateOf({ order, refunds: [refundOf({ state })] }, { verdict: "rejected" });
      const decision = decide(aggregate, snapshotOf());
      assert.deepEqual(decision.outcome, { kind: "closed", reason: "cancelled" });
      assert.deepEqual([decision.order, decision.discrepancies ?? []], [undefined, []]);
    }
    const failed = refundOf({ state: "failed" });
    const aggregate = paidAggregateOf({ order: orderOf(), refunds: [failed] }, { verdict: "rejected" });
    assert.deepEqual(decide(aggregate, snapshotOf()).outcome, { kind: "success" });
  });
});
