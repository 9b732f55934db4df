import type { PaymentSnapshot } from "../../domain/payment.ts";
import type { RowContext } from "./row-context.ts";

export interface CancellationRows {
  /** Adds what the look's history shows and no row holds yet. An entry without a readable amount is left out. */
  write(payment: PaymentSnapshot): void;
}

/** What went back, for sums by time: the payment's own row holds only how much in all. */
export function createCancellationRows({ db }: RowContext): CancellationRows {
  const insert = db.prepare<unknown[]>(
    `INSERT INTO cancellations (merchant_uid, imp_uid, position, amount_minor, currency, cancelled_at, refund_id)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (merchant_uid, imp_uid, position) DO NOTHING`,
  );
  return {
    write({ orderId, paymentId, currency, cancellations = [], cancelledAt, fetchEndedAt }) {
      for (const [position, { amount, refundId, ...entry }] of cancellations.entries()) {
        if (amount.money === undefined) continue;
        const at = entry.cancelledAt ?? cancelledAt ?? fetchEndedAt;
        insert.run(orderId, paymentId, position, amount.money.amountMinor, currency, at, refundId ?? null);
      }
    },
  };
}
