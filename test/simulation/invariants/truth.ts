import type { PaymentRecord } from "../../../src/emulator/payment-record.ts";
import { amountMinor, minor } from "../../support/bank.ts";
import type { OrderRow } from "../books.ts";
import type { Setting } from "../plan.ts";

/** Whether real money was, or is, in it: what moves none is nobody's loss. */
export function isMoney({ isLive }: Setting, payment: PaymentRecord): boolean {
  return !isLive || !payment.sandbox;
}

/** Whether the gateway once held this very money for this very order, with none of it gone. */
export function wasPaidExactly(payment: PaymentRecord, order: OrderRow): boolean {
  const was = payment.meta.history.some(
    ({ status, captured, returned }) =>
      status === "paid" && minor(captured, payment) === order.amount_minor && minor(returned, payment) === 0,
  );
  return was && payment.currency === order.currency && payment.merchant_uid === order.merchant_uid;
}

/** Whether it may pay that order, as far as it alone is concerned. */
export function fits(
  setting: Setting,
  { payment, order }: { payment: PaymentRecord; order: OrderRow },
): boolean {
  return (
    payment.status === "paid" &&
    minor(payment.cancel_amount, payment) === 0 &&
    payment.sandbox === !setting.isLive &&
    payment.currency === order.currency &&
    amountMinor(payment) === order.amount_minor &&
    payment.customer_uid === null &&
    payment.customer_uid_usage === null &&
    (payment.promotion === null || payment.promotion.id === "promo-allowed")
  );
}
