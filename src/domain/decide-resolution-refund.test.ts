import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  isWriting,
  money,
  NOW,
  paidAggregateOf,
  paymentOf,
  policyOf,
  refundId,
  refundOf,
  seenAmount,
  sentRefundOf,
  type With,
} from "../../test/support/domain.ts";
import { decideResolution, type ResolveOutcome } from "./decide-resolution.ts";
import type { Aggregate, Decision, DiscrepancyKind, ResolveAction } from "./decision.ts";
import type { Payment } from "./payment.ts";
import type { Refund, RefundAccount } from "./refund.ts";

const ID = "dsc_1";
const ACCOUNT = { bank: "88", number: "11012345678901", holder: "Hong" };

function resolve(
  aggregate: Aggregate,
  action: ResolveAction,
  account?: RefundAccount,
): Decision<ResolveOutcome> {
  const resolution = { discrepancyId: ID, action, reason: "paid twice", actor: "default" };
  const refund = { refundId: refundId(7), fingerprint: "print", ...(account && { account }) };
  return decideResolution({ aggregate, resolution, policy: policyOf(), refund });
}

/** A paid order, and a second payment with an open discrepancy. */
function surplusOf(
  changes: { kind?: DiscrepancyKind; about?: string | undefined; refunds?: readonly Refund[] } = {},
  payment: With<Payment> = {},
): Aggregate {
  const { kind = "surplus", refunds = [] } = changes;
  const about = "about" in changes ? changes.about : "imp_2";
  const aggregate = paidAggregateOf({ refunds });
  const extra = paymentOf({ paymentId: "imp_2", verdict: "surplus", ...payment });
  const discrepancy = { id: ID, kind, cause: `${kind}:imp_2`, isResolved: false };
  return {
    ...aggregate,
    payments: [...aggregate.payments, extra],
    discrepancy: { ...discrepancy, ...(about === undefined ? {} : { paymentId: about }) },
  };
}

describe("decideResolution() with refund", () => {
  for (const kind of [
    "surplus",
    "paid_after_closing",
    "amount_mismatch",
    "currency_mismatch",
    "channel_mismatch",
  ] as const) {
    test(`decideResolution() gives back what is left of a payment of kind ${kind}`, () => {
      const aggregate = surplusOf({ kind }, { cancelled: seenAmount("400") });
      const { outcome, refunds, tasks, resolutions, audit, events, order } = resolve(aggregate, "refund");
      assert.deepEqual(outcome, { kind: "resolved" });
      const refund = refundOf({
        refundId: refundId(7),
        paymentId: "imp_2",
        amount: money(600),
        reason: "paid twice",
        requestedAt: NOW,
        discrepancyId: ID,
      });
      assert.deepEqual(refunds, [refund]);
      assert.deepEqual(
        [tasks?.map(({ key }) => key), resolutions?.length, order],
        [["refund:imp_2"], 1, undefined],
      );
      assert.deepEqual(
        audit?.map(({ action, subject, actor, reason }) => [action, subject, actor, reason]),
        [
          ["discrepancy.resolved", ID, "default", "paid twice"],
          ["refund.requested", refundId(7), "default", "paid twice"],
        ],
      );
      assert.deepEqual(
        events?.map(({ type }) => type),
        ["refund.requested", "discrepancy.resolved"],
      );
    });
  }

  const REFUSED: Readonly<Record<string, Aggregate>> = {
    "an orphan": surplusOf({ kind: "orphan" }),
    "a cancellation elsewhere": surplusOf({ kind: "cancelled_elsewhere" }),
    "a test payment": surplusOf({ kind: "test_payment" }),
    "a discrepancy without a payment": surplusOf({ about: undefined }),
    "a payment that is not there": surplusOf({ about: "imp_9" }),
    "the payment that paid the order": surplusOf({ kind: "amount_mismatch", about: "imp_1" }),
    "a payment without money": surplusOf({}, { paidAt: undefined, status: "pending" }),
    "a payment whose amount cannot be read": surplusOf({}, { amount: { text: "1e3" } }),
    "a payment that has gone back": surplusOf({}, { cancelled: seenAmount("1000"), status: "cancelled" }),
    "a payment that is spoken for": surplusOf({
      refunds: [refundOf({ paymentId: "imp_2", amount: money(1000) })],
    }),
  };
  for (const [what, aggregate] of Object.entries(REFUSED)) {
    test(`decideResolution() refuses to refund ${what}, and changes nothing`, () => {
      const decision = resolve(aggregate, "refund");
      assert.equal(decision.outcome.kind, "not_refundable");
      assert.equal(isWriting(decision), false);
    });
  }

  test("decideResolution() wants an account for money of a virtual account", () => {
    const aggregate = surplusOf({}, { payMethod: "vbank" });
    assert.deepEqual(resolve(aggregate, "refund"), { outcome: { kind: "account_required" } });
    assert.deepEqual(resolve(aggregate, "refund", ACCOUNT).refunds?.[0]?.account, ACCOUNT);
  });
});

describe("decideResolution() of a refund that nobody can tell", () => {
  function doubtOf(kind: "unclear" | "overdue", refund: Refund): Aggregate {
    const cause = `refund_${kind}:${refund.refundId}`;
    const discrepancy = {
      id: ID,
      kind: "cancelled_elsewhere",
      cause,
      paymentId: "imp_1",
      isResolved: false,
    } as const;
    return paidAggregateOf({ refunds: [refund], discrepancy }, { cancelled: seenAmount("300") });
  }

  for (const kind of ["unclear", "overdue"] as const) {
    test(`decideResolution() says of a refund that is ${kind}: accepted it succeeded, dismissed it failed`, () => {
      const sent = sentRefundOf({ account: ACCOUNT });
      const accepted = resolve(doubtOf(kind, sent), "accept");
      const dismissed = resolve(doubtOf(kind, sent), "dismiss");
      assert.deepEqual(
        [accepted.refunds?.[0]?.state, dismissed.refunds?.[0]?.state],
        ["succeeded", "failed"],
      );
      assert.equal(dismissed.refunds?.[0]?.failure?.code, "not_found_at_gateway");
      for (const { refunds, tasks, resolutions, outcome } of [accepted, dismissed]) {
        assert.equal(refunds?.[0]?.account, undefined);
        assert.deepEqual([outcome.kind, resolutions?.length], ["resolved", 1]);
        assert.deepEqual(
          tasks?.map(({ key }) => key),
          ["refund:imp_1"],
          "the next one goes on",
        );
      }
      assert.equal(resolve(doubtOf(kind, sent), "refund").outcome.kind, "not_refundable");
    });
  }

  test("decideResolution() leaves a refund alone that has come to its end by itself", () => {
    const done = sentRefundOf({ state: "succeeded", finishedAt: NOW });
    const failed = sentRefundOf({ state: "failed", finishedAt: NOW, failure: { code: "x", message: "" } });
    for (const [refund, action, kind] of [
      [done, "accept", "resolved"],
      [done, "dismiss", "resolved"],
      [failed, "dismiss", "resolved"],
      [failed, "accept", "not_acceptable"],
    ] as const) {
      const decision = resolve(doubtOf("unclear", refund), action);
      assert.equal(decision.outcome.kind, kind);
      assert.equal(decision.refunds, undefined);
    }
  });

  test("decideResolution() accepts no payment whose money is going back", () => {
    const { discrepancy: _, ...aggregate } = surplusOf({ refunds: [refundOf({ paymentId: "imp_2" })] });
    const discrepancy = {
      id: ID,
      kind: "paid_after_closing",
      cause: "paid_after_closing:imp_2",
      paymentId: "imp_2",
      isResolved: false,
    } as const;
    const { paidBy: __, ...order } = aggregate.order ?? (undefined as never);
    const open = { ...aggregate, order: { ...order, status: "expired" as const }, discrepancy };
    assert.deepEqual(resolve(open, "accept").outcome, {
      kind: "not_acceptable",
      reason: "its money is going back",
    });
  });
});
