import { acceptPayment } from "./accept-payment.ts";
import type { Aggregate, Decision, NewEvent, Resolution } from "./decision.ts";
import { acceptLatePayment } from "./order-changes.ts";
import type { Policy } from "./policy.ts";

export type ResolveOutcome =
  | { readonly kind: "resolved" }
  /** There is no such discrepancy under this order. */
  | { readonly kind: "not_found" }
  | { readonly kind: "already_resolved" }
  | { readonly kind: "refund_not_available" }
  /** More than time was wrong, or there is nothing to accept. The reason names what. */
  | { readonly kind: "not_acceptable"; readonly reason: string };

export interface ResolutionInput {
  readonly aggregate: Aggregate;
  readonly resolution: Resolution;
  readonly policy: Policy;
}

/** The clauses that say when, not what: an operator may pass over these, and over no other. */
const TIME_CLAUSES: readonly string[] = ["order_open", "paid_in_time", "due_date"];

/**
 * Ends a discrepancy by an operator's word, once. `dismiss` changes nothing else. `accept` lets a payment that came too late pay its
 * order after all, where time alone was wrong: every other clause of the acceptance rule must hold.
 */
export function decideResolution({
  aggregate,
  resolution,
  policy,
}: ResolutionInput): Decision<ResolveOutcome> {
  const { discrepancy } = aggregate;
  if (discrepancy?.id !== resolution.discrepancyId) return { outcome: { kind: "not_found" } };
  if (discrepancy.isResolved) return { outcome: { kind: "already_resolved" } };
  switch (resolution.action) {
    case "refund":
      return { outcome: { kind: "refund_not_available" } };
    case "dismiss":
      return {
        outcome: { kind: "resolved" },
        resolutions: [resolution],
        events: [resolvedEvent(discrepancy, resolution)],
      };
    case "accept":
      return accept(aggregate, { discrepancy, resolution, policy });
  }
}

interface Acceptable {
  readonly discrepancy: NonNullable<Aggregate["discrepancy"]>;
  readonly resolution: Resolution;
  readonly policy: Policy;
}

function accept(
  aggregate: Aggregate,
  { discrepancy, resolution, policy }: Acceptable,
): Decision<ResolveOutcome> {
  const { order, payments } = aggregate;
  const payment = payments.find(({ paymentId }) => paymentId === discrepancy.paymentId);
  if (discrepancy.kind !== "paid_after_closing" || order === undefined || payment === undefined)
    return refused(`a discrepancy of kind ${discrepancy.kind} cannot be accepted`);
  if (order.paidBy !== undefined) return refused("the order is paid");
  if (payment.regressionSeenAt !== undefined) return refused("the gateway says less than it once did");
  const { clauses } = acceptPayment(order, payment, policy);
  const broken = clauses.find(({ name, holds }) => !holds && !TIME_CLAUSES.includes(name));
  if (broken !== undefined) return refused(`${broken.name}: more than time is wrong`);
  if (payment.status !== "paid" || payment.paidAt === undefined) return refused("the payment is not paid");
  const applied = acceptLatePayment({
    aggregate,
    order,
    payment: { ...payment, clauses, verdict: "applied" },
  });
  return {
    ...applied,
    outcome: { kind: "resolved" },
    events: [...(applied.events ?? []), resolvedEvent(discrepancy, resolution)],
    resolutions: [resolution],
  };
}

function refused(reason: string): Decision<ResolveOutcome> {
  return { outcome: { kind: "not_acceptable", reason } };
}

function resolvedEvent(discrepancy: Acceptable["discrepancy"], { action }: Resolution): NewEvent {
  const { id, kind, paymentId } = discrepancy;
  return {
    type: "discrepancy.resolved",
    ...(paymentId === undefined ? {} : { paymentId }),
    data: { discrepancy_id: id, kind, action },
  };
}
