import { acceptPayment } from "./accept-payment.ts";
import type { Aggregate, Decision, NewEvent, Resolution } from "./decision.ts";
import { acceptLatePayment } from "./order-changes.ts";
import type { Policy } from "./policy.ts";
import { isGivenBack } from "./refund-rest.ts";
import { resolutionAudit } from "./resolution-audit.ts";
import { doubtedRefund, resolveDoubt } from "./resolve-refund.ts";
import { type PaymentReturn, returnPayment } from "./return-payment.ts";

export type ResolveOutcome =
  | { readonly kind: "resolved" }
  /** There is no such discrepancy under this order. */
  | { readonly kind: "not_found" }
  | { readonly kind: "already_resolved" }
  /** What keeps its money from going back. */
  | { readonly kind: "not_refundable"; readonly reason: string }
  /** Money of a virtual account has no card to return to. */
  | { readonly kind: "account_required" }
  /** More than time was wrong, or there is nothing to accept. The reason names what. */
  | { readonly kind: "not_acceptable"; readonly reason: string };

export interface ResolutionInput {
  readonly aggregate: Aggregate;
  readonly resolution: Resolution;
  readonly policy: Policy;
  /** For the action `refund`. */
  readonly refund?: Pick<PaymentReturn, "refundId" | "fingerprint" | "account">;
}

/** The clauses that say when, not what: an operator may pass over these, and over no other. */
const TIME_CLAUSES: readonly string[] = ["order_open", "paid_in_time", "due_date"];

/**
 * Ends a discrepancy by an operator's word, once, and says so in the order's audit. `dismiss` changes nothing else. `accept` lets a
 * payment that came too late pay its order after all, where time alone was wrong: every other clause of the acceptance rule must
 * hold. `refund` gives back what is left of a payment that fits no order. Of a refund that may or may not have been carried out,
 * `accept` says that it was and `dismiss` that it was not.
 */
export function decideResolution(input: ResolutionInput): Decision<ResolveOutcome> {
  const { aggregate, resolution, policy } = input;
  const { discrepancy } = aggregate;
  if (discrepancy?.id !== resolution.discrepancyId) return { outcome: { kind: "not_found" } };
  if (discrepancy.isResolved) return { outcome: { kind: "already_resolved" } };
  const given = { discrepancy, resolution, policy };
  const doubted = doubtedRefund(aggregate);
  const { action } = resolution;
  if (action === "refund") return refund(input, given);
  if (doubted !== undefined) {
    const isFailed = doubted.state === "failed" && action === "accept";
    if (isFailed) return refused("the refund has failed: the gateway's history alone says otherwise");
    return resolved(given, resolveDoubt(aggregate, doubted, action));
  }
  return action === "dismiss" ? resolved(given, {}) : accept(aggregate, given);
}

/** With the rows that the resolution brings about, its own event last. */
function resolved(
  { discrepancy, resolution }: Acceptable,
  rows: Omit<Decision<unknown>, "outcome">,
): Decision<ResolveOutcome> {
  return {
    ...rows,
    outcome: { kind: "resolved" },
    events: [...(rows.events ?? []), resolvedEvent(discrepancy, resolution)],
    resolutions: [resolution],
    audit: [resolutionAudit(resolution, discrepancy.kind), ...(rows.audit ?? [])],
  };
}

function refund({ aggregate, refund: ids }: ResolutionInput, given: Acceptable): Decision<ResolveOutcome> {
  const { discrepancy, resolution } = given;
  const { paymentId } = discrepancy;
  if (ids === undefined) throw new Error("Invariant violated: a refund is named before it is decided");
  if (paymentId === undefined) return { outcome: { kind: "not_refundable", reason: "it names no payment" } };
  const { kind, id: discrepancyId } = discrepancy;
  const { reason, actor } = resolution;
  const planned = returnPayment(aggregate, { ...ids, paymentId, discrepancyId, kind, reason, actor });
  if (planned.kind === "returned") return resolved(given, planned.rows);
  if (planned.kind === "account_required") return { outcome: planned };
  return { outcome: { kind: "not_refundable", reason: planned.reason } };
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
  if (isGivenBack(payment.paymentId, aggregate.refunds)) return refused("its money is going back");
  if (payment.regressionSeenAt !== undefined) return refused("the gateway says less than it once did");
  const { clauses } = acceptPayment(order, payment, policy);
  const broken = clauses.find(({ name, holds }) => !holds && !TIME_CLAUSES.includes(name));
  if (broken !== undefined) return refused(`${broken.name}: more than time is wrong`);
  if (payment.status !== "paid" || payment.paidAt === undefined) return refused("the payment is not paid");
  const { outcome: _, ...applied } = acceptLatePayment({
    aggregate,
    order,
    payment: { ...payment, clauses, verdict: "applied" },
  });
  return resolved({ discrepancy, resolution, policy }, applied);
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
