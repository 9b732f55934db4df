import { acceptPayment } from "./accept-payment.ts";
import { hasMoneyMoved } from "./attempts.ts";
import { decideResolution } from "./decide-resolution.ts";
import type { Aggregate, Decision } from "./decision.ts";
import { kindOfMoney } from "./discrepancies.ts";
import { type Money, sameMoney } from "./money.ts";
import type { Payment, PaymentSnapshot } from "./payment.ts";
import type { Policy } from "./policy.ts";
import { refundsOf } from "./refund-rest.ts";
import { type PaymentReturn, RETURNABLE } from "./return-payment.ts";

export interface ReturnInput {
  /** With the discrepancy that says why. */
  readonly aggregate: Aggregate;
  /** The payment in the look that was just made and decided; it was whole. */
  readonly seen: PaymentSnapshot;
  readonly policy: Policy;
  readonly refund: Pick<PaymentReturn, "refundId" | "fingerprint">;
  /** What the day's limits have room for: exactly this goes back. Absent: nothing does, the outcome tells how much would. */
  readonly counted?: Money;
}

/** Why money stays where it is, in the order in which it is looked for. All but the first three are for an operator. */
export type KeptReason =
  | "resolved"
  | "paid_the_order"
  | "pays_its_order"
  | "no_discrepancy"
  | "other_cause"
  | "belongs_to_another_order"
  | "orphan"
  /** Cancelling it at the PG could take back the money of the other payment. */
  | "shares_its_pg_transaction"
  | "asked_back_before"
  | "payment_regressed"
  | "no_money_moved"
  /** Somebody has begun to give it back by other means. */
  | "cancelled"
  | "not_returnable"
  /** Money of a virtual account has no card to return to. */
  | "account_required";

export type ReturnDecision =
  | { readonly kind: "returned"; readonly amount: Money }
  | { readonly kind: "countable"; readonly amount: Money }
  | { readonly kind: "kept"; readonly reason: KeptReason }
  /** What is stored and what was just seen differ, or the rest has changed: look again later. */
  | { readonly kind: "in_doubt" };

/**
 * Decides whether money that fits no order goes back without an operator. Deny is the default: the discrepancy is still open, the
 * payment shows all of its money, paid nothing, and its own order could not take it even now.
 */
export function decideReturn(input: ReturnInput): Decision<ReturnDecision> {
  const { aggregate, policy, refund, counted } = input;
  const { discrepancy } = aggregate;
  if (discrepancy === undefined) return kept("no_discrepancy");
  const obstacle = obstacleOf(input);
  if (obstacle === "in_doubt") return { outcome: { kind: "in_doubt" } };
  if (obstacle !== undefined) return kept(obstacle);
  const reason = `Returned by policy: ${discrepancy.kind}`;
  const resolution = { discrepancyId: discrepancy.id, action: "refund", actor: "dojang", reason } as const;
  const decision = decideResolution({ aggregate, resolution, policy, refund });
  const amount = decision.refunds?.[0]?.amount;
  if (decision.outcome.kind === "account_required") return kept("account_required");
  if (decision.outcome.kind !== "resolved" || amount === undefined) return kept("not_returnable");
  if (counted === undefined) return { outcome: { kind: "countable", amount } };
  if (!sameMoney(amount, counted)) return { outcome: { kind: "in_doubt" } };
  return { ...decision, outcome: { kind: "returned", amount } };
}

function obstacleOf({ aggregate, seen, policy }: ReturnInput): KeptReason | "in_doubt" | undefined {
  const { orderId, order, discrepancy, causes, sameTransaction } = aggregate;
  if (discrepancy?.isResolved === true) return "resolved";
  const paymentId = discrepancy?.paymentId ?? "";
  const payment = aggregate.payments.find((one) => one.paymentId === paymentId);
  if (order?.paidBy === paymentId || payment?.appliedAt !== undefined) return "paid_the_order";
  // One that opened because a refund failed, or because an applied payment changed, is an operator's.
  if (discrepancy?.cause !== `${discrepancy?.kind}:${paymentId}`) return "other_cause";
  if (seen.orderId !== orderId || seen.paymentId !== paymentId) return "belongs_to_another_order";
  if (order === undefined || payment === undefined || causes.includes(`orphan:${paymentId}`)) return "orphan";
  if (sameTransaction !== undefined || causes.includes(`pg_tid_reused:${paymentId}`))
    return "shares_its_pg_transaction";
  if (refundsOf(payment, aggregate.refunds).length > 0) return "asked_back_before";
  if (causes.includes(`payment_regressed:${paymentId}`)) return "payment_regressed";
  if (payment.regressionSeenAt !== undefined) return "in_doubt";
  if (!hasMoneyMoved(payment, policy)) return "no_money_moved";
  if (payment.status === "cancelled" || isPartGone(payment)) return "cancelled";
  if (!showsTheSame(payment, seen)) return "in_doubt";
  const acceptance = acceptPayment(order, payment, policy);
  if (acceptance.finding === "pays") return "pays_its_order";
  const kind = kindOfMoney(acceptance);
  return kind === undefined || !RETURNABLE.includes(kind) ? "not_returnable" : undefined;
}

function isPartGone({ cancelled, cancelCount }: PaymentSnapshot): boolean {
  return cancelled.money?.amountMinor !== 0 || cancelCount > 0;
}

function showsTheSame(payment: Payment, seen: PaymentSnapshot): boolean {
  const [stored, now] = [payment.amount.money, seen.amount.money];
  return (
    payment.status === "paid" &&
    seen.status === "paid" &&
    !isPartGone(seen) &&
    stored !== undefined &&
    now !== undefined &&
    sameMoney(stored, now)
  );
}

function kept(reason: KeptReason): Decision<ReturnDecision> {
  return { outcome: { kind: "kept", reason } };
}
