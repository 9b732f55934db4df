import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  accountOf,
  aggregateOf,
  HOUR_MS,
  isWriting,
  orderOf,
  PAY_BY,
  paymentOf,
  policyOf,
  seenAmount,
  type With,
} from "../../test/support/domain.ts";
import { decideCompletion } from "./decide-completion.ts";
import { decideResolution, type ResolveOutcome } from "./decide-resolution.ts";
import type { Aggregate, Decision, DiscrepancyKind, ResolveAction } from "./decision.ts";
import type { OrderStatus } from "./order.ts";
import type { Payment } from "./payment.ts";

const LATE = PAY_BY + HOUR_MS;
const ID = "dsc_1";

function resolutionOf(action: ResolveAction) {
  return { discrepancyId: ID, action, reason: "the buyer called", actor: "default" };
}

/** An expired order with 1000 won that came an hour late, and its open discrepancy. */
function lateOf(changes: With<Aggregate> = {}, payment: With<Payment> = {}): Aggregate {
  return aggregateOf({
    order: orderOf({ status: "expired" }),
    payments: [paymentOf({ verdict: "rejected", paidAt: LATE, ...payment })],
    causes: ["paid_after_closing:imp_1"],
    discrepancy: {
      id: ID,
      kind: "paid_after_closing",
      cause: "paid_after_closing:imp_1",
      paymentId: "imp_1",
      isResolved: false,
    },
    ...changes,
  });
}

function resolve(aggregate: Aggregate, action: ResolveAction): Decision<ResolveOutcome> {
  const refund = { refundId: `rfd_${"a".repeat(24)}`, fingerprint: "f" };
  return decideResolution({ aggregate, resolution: resolutionOf(action), policy: policyOf(), refund });
}

function assertNotAcceptable(aggregate: Aggregate): void {
  const decision = resolve(aggregate, "accept");
  assert.equal(decision.outcome.kind, "not_acceptable");
  assert.equal(isWriting(decision), false);
}

describe("decideResolution() accepts", () => {
  for (const status of ["expired", "cancelled", "pending", "awaiting_deposit"] as const) {
    test(`decideResolution() turns an order that is ${status} into paid by money that came late`, () => {
      const aggregate = lateOf({ order: orderOf({ status }) });
      const { outcome, order, payments, events, resolutions } = resolve(aggregate, "accept");
      assert.deepEqual(outcome, { kind: "resolved" });
      assert.deepEqual(order, { ...orderOf({ status: "paid" }), paidBy: "imp_1", paidAt: LATE });
      assert.equal(payments?.[0]?.verdict, "applied");
      assert.equal(payments?.[0]?.appliedAt, aggregate.now);
      assert.deepEqual(resolutions, [resolutionOf("accept")]);
      assert.deepEqual(
        events?.map(({ type, paymentId }) => `${type} ${paymentId}`),
        ["order.paid imp_1", "discrepancy.resolved imp_1"],
      );
      assert.deepEqual(events?.[1]?.data, {
        discrepancy_id: ID,
        kind: "paid_after_closing",
        action: "accept",
      });
    });
  }

  test("decideResolution() closes accounts that still wait for a deposit", () => {
    const waiting = paymentOf({
      paymentId: "imp_2",
      status: "pending",
      verdict: "held",
      account: accountOf(),
    });
    const aggregate = lateOf();
    const { tasks } = resolve({ ...aggregate, payments: [...aggregate.payments, waiting] }, "accept");
    assert.deepEqual(
      tasks?.map(({ key }) => key),
      ["close_account:imp_2"],
    );
  });

  test("decideResolution() accepts what was paid in time for an order that closed before it was seen", () => {
    assert.equal(resolve(lateOf({}, { paidAt: PAY_BY }), "accept").outcome.kind, "resolved");
  });

  test("decideResolution() leaves nothing for a later look to change", () => {
    const aggregate = lateOf();
    const { order, payments = [] } = resolve(aggregate, "accept");
    const after = aggregateOf({ order, payments, causes: aggregate.causes });
    const { verdict: _, clauses: __, appliedAt: ___, ...seen } = payments[0] ?? paymentOf();
    const again = decideCompletion({
      aggregate: after,
      seen,
      policy: policyOf(),
      isOurId: true,
      foundBy: "look",
    });
    assert.deepEqual(again.outcome, { kind: "success" });
    assert.equal(again.order, undefined);
  });
});

const MORE_IS_WRONG: Readonly<Record<string, With<Payment>>> = {
  "another amount": { amount: seenAmount("999") },
  "another currency": { currency: "USD", amount: seenAmount("1000", "USD") },
  "a test channel": { sandbox: true },
  "a part given back": { cancelled: seenAmount("1"), cancelCount: 1 },
  "all given back": { status: "cancelled", cancelled: seenAmount("1000"), cancelCount: 1 },
  "a cancellation without an amount": { cancelCount: 1 },
  "no money yet": { status: "pending", paidAt: undefined },
  "a failure": { status: "failed", paidAt: undefined },
  "a billing key": { customerUid: "card-1" },
  "a promotion": { promotionId: "promo" },
  "a gateway that says less than it did": { regressionSeenAt: LATE },
  "an answer that lacks a field": { faults: ["amount"] },
};

describe("decideResolution() refuses to accept", () => {
  for (const [what, payment] of Object.entries(MORE_IS_WRONG)) {
    test(`decideResolution() refuses a late payment with ${what}`, () =>
      assertNotAcceptable(lateOf({}, payment)));
  }

  for (const kind of ["orphan", "surplus", "amount_mismatch", "cancelled_elsewhere"] as const) {
    test(`decideResolution() refuses a discrepancy of kind ${kind}`, () =>
      assertNotAcceptable(
        lateOf({
          discrepancy: { id: ID, kind, cause: `${kind}:imp_1`, paymentId: "imp_1", isResolved: false },
        }),
      ));
  }

  for (const status of ["paid", "partially_refunded", "refunded"] as const) {
    test(`decideResolution() refuses for an order that is ${status} by another payment`, () =>
      assertNotAcceptable(lateOf({ order: orderOf({ status, paidBy: "imp_9" }) })));
  }

  test("decideResolution() refuses where no order or no payment is there", () => {
    assertNotAcceptable(lateOf({ order: undefined }));
    assertNotAcceptable(lateOf({ payments: [] }));
  });

  test("decideResolution() refuses a channel that the server does not allow", () => {
    const policy = policyOf({ channels: new Set(["kakaopay:CA1"]) });
    const decision = decideResolution({ aggregate: lateOf(), resolution: resolutionOf("accept"), policy });
    assert.equal(decision.outcome.kind, "not_acceptable");
  });
});

describe("decideResolution()", () => {
  test("decideResolution() dismisses any kind and changes nothing but the discrepancy", () => {
    const { outcome, resolutions, events, audit, ...rest } = resolve(lateOf(), "dismiss");
    assert.deepEqual(outcome, { kind: "resolved" });
    assert.deepEqual(resolutions, [resolutionOf("dismiss")]);
    assert.deepEqual(
      events?.map(({ type }) => type),
      ["discrepancy.resolved"],
    );
    const { reason, actor } = resolutionOf("dismiss");
    const data = { kind: "paid_after_closing", action: "dismiss" };
    assert.deepEqual(audit, [{ action: "discrepancy.resolved", actor, reason, subject: ID, data }]);
    assert.deepEqual(rest, {});
  });

  test("decideResolution() knows the discrepancy of its own order only", () => {
    for (const discrepancy of [
      undefined,
      { id: "dsc_2", kind: "orphan" as DiscrepancyKind, cause: "orphan:imp_1", isResolved: false },
    ]) {
      const decision = resolve(lateOf({ discrepancy }), "dismiss");
      assert.deepEqual(decision, { outcome: { kind: "not_found" } });
    }
  });

  test("decideResolution() writes nothing the second time, whatever is asked, and never pays a paid order", () => {
    const statuses: OrderStatus[] = ["pending", "awaiting_deposit", "cancelled", "expired", "paid"];
    const actions: ResolveAction[] = ["accept", "refund", "dismiss"];
    fc.assert(
      fc.property(
        fc.constantFrom(...statuses),
        fc.constantFrom(...actions),
        fc.constantFrom(...actions),
        fc.constantFrom({}, ...Object.values(MORE_IS_WRONG)),
        (status, first, second, payment) => {
          const paidBy = status === "paid" ? "imp_9" : undefined;
          const aggregate = lateOf({ order: orderOf({ status, paidBy }) }, payment);
          const decision = resolve(aggregate, first);
          const isResolved = decision.outcome.kind === "resolved";
          assert.equal(isWriting(decision), isResolved);
          if (decision.order !== undefined) assert.equal(paidBy, undefined);
          if (!isResolved) return;
          const discrepancy = {
            id: ID,
            kind: "paid_after_closing",
            cause: "paid_after_closing:imp_1",
            paymentId: "imp_1",
            isResolved: true,
          } as const;
          const after = { ...aggregate, ...decision, discrepancy } as Aggregate;
          assert.deepEqual(resolve(after, second), { outcome: { kind: "already_resolved" } });
        },
      ),
    );
  });
});

describe("decideCompletion() of an orphan", () => {
  test("decideCompletion() resolves the discrepancy of a payment that pays the order registered later", () => {
    const { verdict: _, clauses: __, ...seen } = paymentOf();
    const aggregate = aggregateOf({ payments: [paymentOf()], causes: ["orphan:imp_1"], openOrphanId: ID });
    const decision = decideCompletion({
      aggregate,
      seen,
      policy: policyOf(),
      isOurId: true,
      foundBy: "look",
    });
    assert.deepEqual(
      decision.events?.map(({ type }) => type),
      ["order.paid", "discrepancy.resolved"],
    );
    assert.deepEqual(
      decision.resolutions?.map(({ discrepancyId, action, actor }) => [discrepancyId, action, actor]),
      [[ID, "accept", "dojang"]],
    );
  });

  test("decideCompletion() leaves it open when the payment does not pay the order", () => {
    const { verdict: _, clauses: __, ...seen } = paymentOf({ amount: seenAmount("1") });
    const aggregate = aggregateOf({ payments: [paymentOf()], causes: ["orphan:imp_1"], openOrphanId: ID });
    const decision = decideCompletion({
      aggregate,
      seen,
      policy: policyOf(),
      isOurId: true,
      foundBy: "look",
    });
    assert.equal(decision.resolutions, undefined);
  });
});
