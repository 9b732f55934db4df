import type { Aggregate, Decision, DiscrepancyKind } from "./decision.ts";
import { newRefund, REFUNDS_MAX } from "./new-refund.ts";
import type { RefundAccount } from "./refund.ts";
import { restMinor } from "./refund-rest.ts";

/** Money of a payment that did not pay its order: all that is left of it goes back. */
export interface PaymentReturn {
  readonly paymentId: string;
  /** The discrepancy that says why: one refund answers it. */
  readonly discrepancyId: string;
  readonly kind: DiscrepancyKind;
  /** Derived from the discrepancy, so that it is the same refund however often this is decided. */
  readonly refundId: string;
  readonly fingerprint: string;
  readonly reason: string;
  /** The id of the API key or of the operator, or `dojang` for a policy. */
  readonly actor: string;
  readonly account?: RefundAccount;
}

export type ReturnRows = Required<Pick<Decision<unknown>, "refunds" | "events" | "tasks" | "audit">>;

export type ReturnOutcome =
  | { readonly kind: "returned"; readonly rows: ReturnRows }
  | { readonly kind: "account_required" }
  /** The reason names what keeps it from going back. */
  | { readonly kind: "not_returnable"; readonly reason: string };

/** Kinds whose payment holds money that fits no order. */
export const RETURNABLE: readonly DiscrepancyKind[] = [
  "surplus",
  "paid_after_closing",
  "amount_mismatch",
  "currency_mismatch",
  "channel_mismatch",
];

/** Plans the refund of all that is left of one payment, never of the one that paid the order. The caller writes the rows. */
export function returnPayment(aggregate: Aggregate, wish: PaymentReturn): ReturnOutcome {
  const { order, payments, refunds } = aggregate;
  const { paymentId, kind, ...rest } = wish;
  const payment = payments.find((one) => one.paymentId === paymentId);
  if (!RETURNABLE.includes(kind)) return not(`a discrepancy of kind ${kind} cannot be refunded`);
  if (order === undefined || payment === undefined) return not("no payment of this order is named");
  if (order.paidBy === paymentId) return not("the payment paid the order: refund the order");
  if (payment.paidAt === undefined || payment.amount.money === undefined) return not("no money was taken");
  const left = restMinor(payment, refunds) ?? 0;
  if (left <= 0) return not("nothing is left of the payment");
  if (payment.payMethod === "vbank" && wish.account === undefined) return { kind: "account_required" };
  if (refunds.length >= REFUNDS_MAX) return not(`an order has ${REFUNDS_MAX} refunds at most`);
  const amount = { amountMinor: left, currency: payment.amount.money.currency };
  const { refund: _, ...rows } = newRefund(aggregate, payment, { ...rest, amount, retainsPromotion: false });
  return { kind: "returned", rows };
}

function not(reason: string): ReturnOutcome {
  return { kind: "not_returnable", reason };
}
