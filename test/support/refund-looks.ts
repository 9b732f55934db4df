import { decideCompletion } from "../../src/domain/decide-completion.ts";
import type { Aggregate, Decision } from "../../src/domain/decision.ts";
import type { Cancellation, PaymentSnapshot } from "../../src/domain/payment.ts";
import { policyOf, seenAmount, snapshotOf, type With } from "./domain.ts";

/** A look that shows so much cancelled, by these entries. */
export function lookOf(
  cancelled: string,
  cancellations: readonly Cancellation[],
  changes: With<PaymentSnapshot> = {},
): PaymentSnapshot {
  const status = cancelled === "0" ? "paid" : "cancelled";
  return snapshotOf({
    status,
    cancelled: seenAmount(cancelled),
    cancelCount: cancellations.length,
    cancellations,
    ...changes,
  });
}

export function decideLook(aggregate: Aggregate, seen: PaymentSnapshot): Decision<unknown> {
  return decideCompletion({ aggregate, seen, policy: policyOf(), isOurId: true, foundBy: "look" });
}

export function shortOf({ refunds = [], discrepancies = [], order, events = [] }: Decision<unknown>) {
  return {
    refunds: refunds.map(({ refundId: id, state }) => `${Number(id.slice(4))} ${state}`),
    causes: discrepancies.map(({ cause }) => cause),
    status: order?.status,
    refunded: order?.refunded.amountMinor,
    events: events.map(({ type }): string => type),
  };
}
