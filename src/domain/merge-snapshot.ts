import type { Payment, PaymentSnapshot, PaymentStatus } from "./payment.ts";

/** A payment only moves to the right. `unknown` is never stored. */
const RANK: Readonly<Record<Exclude<PaymentStatus, "unknown">, number>> = {
  pending: 0,
  failed: 1,
  paid: 2,
  cancelled: 3,
};

/** A second look waits this long before a lesser answer is believed to be more than a stale replica. */
export const RECHECK_AFTER_MS = 60_000;

/**
 * What a new look means beside the stored row.
 *
 * `merged`: it says more, `payment` is the new row. `same`: nothing new. `stale`: it says less and may just be old, or it
 * is old and says something else of the same rank (a window, from before its account was issued).
 * `regressed`: it says less and was asked for after the stored answer; `isConfirmed` once that lasted a minute.
 * `contradicted`: a payment that was applied now shows another amount, currency or channel kind: never written.
 */
export type Merge =
  | { readonly kind: "merged"; readonly payment: Payment }
  | { readonly kind: "same"; readonly payment: Payment }
  | { readonly kind: "stale"; readonly payment: Payment }
  | { readonly kind: "regressed"; readonly payment: Payment; readonly isConfirmed: boolean }
  | {
      readonly kind: "contradicted";
      readonly payment: Payment;
      readonly field: ContradictedField;
    };

export type ContradictedField = "amount" | "currency" | "sandbox";

/** Merges a whole snapshot (no faults, a known status) into what is stored. Monotone: the result never says less. */
export function mergeSnapshot(stored: Payment | undefined, seen: PaymentSnapshot): Merge {
  if (stored === undefined) return { kind: "merged", payment: { ...seen, verdict: "observed", clauses: [] } };
  if (saysLess(seen, stored)) return lesser(stored, seen);
  const field = contradictedField(stored, seen);
  if (field !== undefined) return { kind: "contradicted", payment: stored, field };
  if (stored.regressionSeenAt === undefined && saysTheSame(seen, stored))
    return { kind: "same", payment: stored };
  if (seen.fetchStartedAt < stored.fetchStartedAt && isAsFar(seen, stored))
    return { kind: saysTheSame(seen, stored) ? "same" : "stale", payment: stored };
  const { verdict, clauses, appliedAt } = stored;
  return {
    kind: "merged",
    payment: { ...seen, verdict, clauses, ...(appliedAt === undefined ? {} : { appliedAt }) },
  };
}

function lesser(stored: Payment, seen: PaymentSnapshot): Merge {
  if (seen.fetchStartedAt <= stored.fetchEndedAt) return { kind: "stale", payment: stored };
  const since = stored.regressionSeenAt;
  if (since === undefined) {
    return {
      kind: "regressed",
      payment: { ...stored, regressionSeenAt: seen.fetchEndedAt },
      isConfirmed: false,
    };
  }
  return { kind: "regressed", payment: stored, isConfirmed: seen.fetchStartedAt >= since + RECHECK_AFTER_MS };
}

function rank(snapshot: PaymentSnapshot): number {
  return snapshot.status === "unknown" ? -1 : RANK[snapshot.status];
}

function cancelledMinor(snapshot: PaymentSnapshot): number {
  return snapshot.cancelled.money?.amountMinor ?? 0;
}

function saysLess(seen: PaymentSnapshot, stored: PaymentSnapshot): boolean {
  return rank(seen) < rank(stored) || cancelledMinor(seen) < cancelledMinor(stored);
}

function isAsFar(seen: PaymentSnapshot, stored: PaymentSnapshot): boolean {
  return rank(seen) === rank(stored) && cancelledMinor(seen) === cancelledMinor(stored);
}

/** The first in the precedence of the acceptance rule. */
function contradictedField(stored: Payment, seen: PaymentSnapshot): ContradictedField | undefined {
  if (stored.verdict !== "applied" && stored.verdict !== "reversed") return undefined;
  if (seen.sandbox !== stored.sandbox) return "sandbox";
  if (seen.currency !== stored.currency) return "currency";
  return seen.amount.money?.amountMinor === stored.amount.money?.amountMinor ? undefined : "amount";
}

/** Equal in everything that a decision reads. */
function saysTheSame(one: PaymentSnapshot, other: PaymentSnapshot): boolean {
  return (
    one.status === other.status &&
    one.currency === other.currency &&
    one.amount.text === other.amount.text &&
    cancelledMinor(one) === cancelledMinor(other) &&
    one.cancelCount === other.cancelCount &&
    one.sandbox === other.sandbox &&
    one.payMethod === other.payMethod &&
    one.pgProvider === other.pgProvider &&
    one.pgMerchantId === other.pgMerchantId &&
    one.customerUid === other.customerUid &&
    one.customerUidUsage === other.customerUidUsage &&
    one.promotionId === other.promotionId &&
    one.paidAt === other.paidAt &&
    one.account?.number === other.account?.number &&
    one.account?.dueAt === other.account?.dueAt
  );
}
