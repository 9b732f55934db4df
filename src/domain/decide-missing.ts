import type { Aggregate, Decision } from "./decision.ts";
import { openDiscrepancy } from "./discrepancies.ts";
import { verifyTask } from "./look-tasks.ts";
import type { Payment, PaymentSnapshot } from "./payment.ts";
import { resolutionAudit } from "./resolution-audit.ts";

/** So long "not found" may be a stale replica: it never means that nothing was paid. */
export const MISSING_AFTER_MS = 10 * 60 * 1000;

export interface MissingInput {
  readonly aggregate: Aggregate;
  readonly paymentId: string;
  /** When the gateway was asked, at the earliest. */
  readonly askedAt: number;
}

export interface MissingOutcome {
  /** When to ask again: absent when nothing is missing here, and once an operator has been told. */
  readonly recheckAt?: number;
}

/**
 * Decides what it means that the gateway knows no such payment. One that holds money or an account here is noted as missing, and
 * shown to an operator when it is still missing ten minutes later. Its order stays as it is, whatever comes.
 */
export function decideMissing({ aggregate, paymentId, askedAt }: MissingInput): Decision<MissingOutcome> {
  const stored = aggregate.payments.find((payment) => payment.paymentId === paymentId);
  // What was asked before the gateway showed it is older than what is stored.
  if (stored === undefined || !isWorth(stored) || askedAt <= stored.fetchEndedAt) return { outcome: {} };
  const { missingSeenAt } = stored;
  const { orderId, now } = aggregate;
  if (missingSeenAt === undefined) {
    const recheckAt = now + MISSING_AFTER_MS;
    return {
      outcome: { recheckAt },
      payments: [{ ...stored, missingSeenAt: now }],
      tasks: [verifyTask(paymentId, { dueAt: recheckAt, orderId, foundBy: "look" })],
    };
  }
  const recheckAt = missingSeenAt + MISSING_AFTER_MS;
  if (askedAt < recheckAt) return { outcome: { recheckAt } };
  const why = `stored as ${stored.statusText}, the gateway has known no such payment for over 10 min`;
  const cause = missingCause(paymentId, missingSeenAt);
  return {
    outcome: {},
    ...openDiscrepancy(aggregate, { kind: "missing_at_gateway", payment: stored, why, cause }),
  };
}

/** One for each time that a payment went missing: what was resolved does not hide that it is gone again. */
export function missingCause(paymentId: string, missingSeenAt: number): string {
  return `missing_at_gateway:${paymentId}:${missingSeenAt}`;
}

/** The gateway shows a payment again that was missing: the doubt ends, and so does the discrepancy that told of it. */
export function endMissing<Outcome>(
  { payments, openMissingId }: Aggregate,
  { paymentId, fetchEndedAt }: PaymentSnapshot,
  decision: Decision<Outcome>,
): Decision<Outcome> {
  const stored = payments.find((payment) => payment.paymentId === paymentId);
  if (stored?.missingSeenAt === undefined || fetchEndedAt < stored.missingSeenAt) return decision;
  const isIt = (payment: Payment) => payment.paymentId === paymentId;
  const { missingSeenAt: _, ...shown } = decision.payments?.find(isIt) ?? stored;
  const others = decision.payments?.filter((payment) => !isIt(payment)) ?? [];
  const next = { ...decision, payments: [...others, shown] };
  if (openMissingId === undefined) return next;
  const reason = "the gateway shows the payment again";
  const resolution = { discrepancyId: openMissingId, action: "dismiss", reason, actor: "dojang" } as const;
  const data = { discrepancy_id: openMissingId, kind: "missing_at_gateway", action: "dismiss" };
  return {
    ...next,
    events: [...(decision.events ?? []), { type: "discrepancy.resolved", paymentId, data }],
    resolutions: [...(decision.resolutions ?? []), resolution],
    audit: [...(decision.audit ?? []), resolutionAudit(resolution, "missing_at_gateway")],
  };
}

/** Money is in it, or a buyer may still pay into it. A test payment that a live server refused is neither. */
function isWorth({ verdict, paidAt, clauses }: Payment): boolean {
  if (clauses.some(({ name, holds }) => name === "sandbox" && !holds)) return false;
  return verdict === "applied" || verdict === "held" || paidAt !== undefined;
}
