import type { Aggregate, Decision } from "./decision.ts";
import type { Money } from "./money.ts";
import { newRefund, REFUNDS_MAX, type RefundWish } from "./new-refund.ts";
import type { Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";
import { restMinor } from "./refund-rest.ts";

/** What the shop asks for. `all` is the whole rest at that moment, and is always said. */
export type RefundRequest = Omit<RefundWish, "amount" | "discrepancyId"> & { readonly amount: Money | "all" };

/** In the order in which they are looked for. */
export type RefundOutcome =
  | { readonly kind: "not_found" }
  | { readonly kind: "order_not_paid" }
  /** The same request was accepted before. */
  | { readonly kind: "exists"; readonly refund: Refund }
  /** Another request was accepted under this key. */
  | { readonly kind: "exists_with_different_request" }
  | { readonly kind: "nothing_to_refund" }
  | { readonly kind: "exceeds_rest"; readonly rest: Money }
  /** tax_free and vat_amount together are more than the amount. */
  | { readonly kind: "parts_exceed_amount" }
  /** Money of a virtual account has no card to return to. */
  | { readonly kind: "account_required" }
  | { readonly kind: "too_many" }
  | { readonly kind: "accepted"; readonly refund: Refund };

/**
 * Accepts a wish to give back money of the payment that paid the order: an intent row and a task, and nothing is sent yet. The
 * rest is what the gateway showed last less what is asked for already; the task looks again before it sends.
 */
export function decideRefund(aggregate: Aggregate, request: RefundRequest): Decision<RefundOutcome> {
  const { order, payments, refunds } = aggregate;
  if (order === undefined) return refused("not_found");
  const payment = payments.find(({ paymentId }) => paymentId === order.paidBy);
  if (payment === undefined) return refused("order_not_paid");
  const known = refunds.find(({ refundId }) => refundId === request.refundId);
  if (known !== undefined) {
    return known.fingerprint === request.fingerprint
      ? { outcome: { kind: "exists", refund: known } }
      : refused("exists_with_different_request");
  }
  const wish = readWish(aggregate, payment, request);
  if ("kind" in wish) return { outcome: wish };
  const { refund, ...rows } = newRefund(aggregate, payment, wish);
  return { outcome: { kind: "accepted", refund }, ...rows };
}

function readWish(
  { order, refunds }: Aggregate,
  payment: Payment,
  request: RefundRequest,
): RefundWish | RefundOutcome {
  const rest = restMinor(payment, refunds) ?? 0;
  if (order === undefined || rest <= 0) return { kind: "nothing_to_refund" };
  const { currency } = order.amount;
  const amount = request.amount === "all" ? { amountMinor: rest, currency } : request.amount;
  checkMoney(amount, order.amount);
  if (amount.amountMinor > rest) return { kind: "exceeds_rest", rest: { amountMinor: rest, currency } };
  const parts = (request.taxFree?.amountMinor ?? 0) + (request.vatAmount?.amountMinor ?? 0);
  if (parts > amount.amountMinor) return { kind: "parts_exceed_amount" };
  if (payment.payMethod === "vbank" && request.account === undefined) return { kind: "account_required" };
  if (refunds.length >= REFUNDS_MAX) return { kind: "too_many" };
  return { ...request, amount };
}

/** The caller read it in the order's currency and refused what is not positive: the gateway takes 0 for "all of it". */
function checkMoney(amount: Money, due: Money): void {
  if (amount.amountMinor > 0 && amount.currency === due.currency) return;
  throw new Error("Invariant violated: a refund is a positive amount in the order's currency");
}

function refused(
  kind: "not_found" | "order_not_paid" | "exists_with_different_request",
): Decision<RefundOutcome> {
  return { outcome: { kind } };
}
