import type { Payment } from "../../domain/payment.ts";

/** The payment is stored under another order already: the decision must be made again, knowing that. */
export class PaymentClash extends Error {
  readonly paymentId: string;
  readonly orderId: string;
  constructor(payment: Payment, orderId: string) {
    super("The payment is stored under another order");
    this.paymentId = payment.paymentId;
    this.orderId = orderId;
  }
}
