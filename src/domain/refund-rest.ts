import type { Payment } from "./payment.ts";
import { isOpenRefund, type Refund } from "./refund.ts";

/**
 * What may still be asked back of a payment, in minor units; undefined when its amounts cannot be read. What open refunds ask for
 * is spoken for. Never more than what the gateway showed last, nor than what our own refunds leave.
 */
export function restMinor(payment: Payment, refunds: readonly Refund[]): number | undefined {
  const left = uncancelledMinor(payment, refunds);
  return left === undefined ? undefined : left - sumMinor(refundsOf(payment, refunds).filter(isOpenRefund));
}

/** What of a payment has not gone back yet, whatever is asked for. */
export function uncancelledMinor(payment: Payment, refunds: readonly Refund[]): number | undefined {
  const amount = payment.amount.money?.amountMinor;
  const cancelled = payment.cancelled.money?.amountMinor;
  if (amount === undefined || cancelled === undefined) return undefined;
  const done = refundsOf(payment, refunds).filter(({ state }) => state === "succeeded");
  return amount - Math.max(cancelled, sumMinor(done));
}

export function refundsOf(
  { paymentId }: Pick<Payment, "paymentId">,
  refunds: readonly Refund[],
): readonly Refund[] {
  return refunds.filter((refund) => refund.paymentId === paymentId);
}

/**
 * The one refund of a payment that is on its way, or is the next to go. What was sent comes before what only waits, whichever was
 * asked for first: two of one payment are never on their way together.
 */
export function currentRefund(paymentId: string, refunds: readonly Refund[]): Refund | undefined {
  const open = refundsOf({ paymentId }, refunds).filter(isOpenRefund);
  return open.find(({ state }) => state === "unknown") ?? open[0];
}

/** Whether money of a payment goes back, or has: such a payment pays nothing any more. */
export function isGivenBack(paymentId: string, refunds: readonly Refund[]): boolean {
  return refundsOf({ paymentId }, refunds).some(({ state }) => state !== "failed");
}

export function sumMinor(refunds: readonly Refund[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount.amountMinor, 0);
}
