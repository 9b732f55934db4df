import type { Aggregate, Decision } from "./decision.ts";
import { amountText, readAmount, sameMoney } from "./money.ts";
import type { Order } from "./order.ts";

/** Why a payment is not let through, in precedence. */
export type ConfirmRefusal =
  | "unknown_order"
  | "other_amount"
  | "already_paid"
  | "order_closed"
  | "too_late"
  | "another_in_approval";

export interface ConfirmRequest {
  readonly paymentId: string;
  /** As it was sent, in major units; its currency is not. */
  readonly amountText: string;
  readonly now: number;
  /** A payment that was let through before and has ended at the gateway: it is in approval no more. */
  readonly endedPaymentId?: string;
}

export type LetThrough =
  | { readonly kind: "let_through" }
  | { readonly kind: "refused"; readonly reason: ConfirmRefusal };

/**
 * So long after one payment was let through no other one of its order is. Approval follows within seconds, and Dojang finds the payment
 * within a minute; anyone who knows the order's id can take the lease, so it is short.
 */
export const APPROVAL_LEASE_MS = 3 * 60 * 1000;

/** Whether money of this payment should be taken for this order now. It says nothing about a payment that was taken: that is verified. */
export function confirmRefusal(order: Order | undefined, asked: ConfirmRequest): ConfirmRefusal | undefined {
  if (order === undefined) return "unknown_order";
  const reading = readAmount(asked.amountText, order.amount.currency);
  if (!reading.ok || !sameMoney(reading.money, order.amount)) return "other_amount";
  if (order.paidBy !== undefined) return "already_paid";
  if (order.status !== "pending" && order.status !== "awaiting_deposit") return "order_closed";
  if (asked.now > order.payBy) return "too_late";
  const holder = approvalHolder(order, asked.now);
  const isFree = holder === undefined || holder === asked.paymentId || holder === asked.endedPaymentId;
  return isFree ? undefined : "another_in_approval";
}

/** The payment that is in approval now. */
export function approvalHolder({ approval }: Order, now: number): string | undefined {
  return approval !== undefined && now < approval.until ? approval.paymentId : undefined;
}

/**
 * Lets one payment of an order through to its approval. Asked again for the same payment it says the same and writes nothing, until the
 * lease ends.
 */
export function decideConfirm(
  aggregate: Aggregate,
  asked: Omit<ConfirmRequest, "now">,
): Decision<LetThrough> {
  const { order, now } = aggregate;
  const { paymentId } = asked;
  const reason = confirmRefusal(order, { ...asked, now });
  if (reason !== undefined) return { outcome: { kind: "refused", reason } };
  if (order === undefined) throw new Error("Invariant violated: an unknown order is refused");
  const outcome = { kind: "let_through" } as const;
  if (approvalHolder(order, now) === paymentId) return { outcome };
  const data = { amount: amountText(order.amount), currency: order.amount.currency };
  return {
    outcome,
    order: { ...order, approval: { paymentId, until: now + APPROVAL_LEASE_MS } },
    events: [{ type: "payment.let_through", paymentId, data }],
  };
}
