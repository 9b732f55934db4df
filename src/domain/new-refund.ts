import type { Aggregate, Decision, NewTask } from "./decision.ts";
import { amountText, type Money } from "./money.ts";
import type { Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";

/** What somebody wants back: all of a refund that is not the product's own bookkeeping. */
export type RefundWish = Pick<
  Refund,
  | "refundId"
  | "reason"
  | "requester"
  | "retainsPromotion"
  | "account"
  | "fingerprint"
  | "actor"
  | "discrepancyId"
> & { readonly amount: Money; readonly taxFree?: Money; readonly vatAmount?: Money };

/** So many refunds an order: each costs a look at everything that hangs on it. */
export const REFUNDS_MAX = 100;

/** The rows of one new refund: the intent, who asked for it, and the one task of its payment that sends it later. */
export function newRefund(
  aggregate: Aggregate,
  payment: Pick<Payment, "paymentId">,
  wish: RefundWish,
): Required<Pick<Decision<unknown>, "refunds" | "events" | "tasks" | "audit">> & { readonly refund: Refund } {
  const { orderId, now } = aggregate;
  const { paymentId } = payment;
  const refund: Refund = { ...wish, orderId, paymentId, state: "requested", requestedAt: now, sends: 0 };
  const { refundId, actor, reason, amount } = refund;
  const facts = { amount: amountText(amount), currency: amount.currency };
  return {
    refund,
    refunds: [refund],
    events: [{ type: "refund.requested", paymentId, data: { refund_id: refundId, ...facts } }],
    tasks: [refundTask({ orderId, paymentId }, now)],
    audit: [{ action: "refund.requested", actor, reason, subject: refundId, data: facts }],
  };
}

/** One task a payment, so that one refund of it is on its way at a time. Asking again makes it due again. */
export function refundTask(
  { orderId, paymentId }: { readonly orderId: string; readonly paymentId: string },
  dueAt: number,
): NewTask {
  return { kind: "refund", key: `refund:${paymentId}`, repeat: "again", dueAt, orderId, paymentId };
}
