import type { Payment } from "../../domain/payment.ts";
import { PaymentClash } from "../rows/payment-clash.ts";
import {
  fromPaymentRow,
  PAYMENT_COLUMNS,
  PAYMENT_VALUE_COLUMNS,
  type PaymentRow,
  toPaymentRow,
} from "../rows/payment-row.ts";
import type { PaymentMark } from "../store.ts";
import type { RowContext } from "./row-context.ts";
import { isUniqueViolation } from "./storage-error.ts";

export interface PaymentRows {
  /** The payment asked about, the one that paid the order, and every open virtual account. */
  readForDecision(orderId: string, paymentId: string | undefined): Payment[];
  /** All of them, oldest first. */
  readAll(orderId: string): Payment[];
  findOrder(paymentId: string): string | undefined;
  /** By payment id; unknown ones are absent. */
  readMarks(paymentIds: readonly string[]): Map<string, PaymentMark>;
  /** Another payment that carries the same transaction of the same PG. */
  findSameTransaction(seen: {
    readonly provider: string;
    readonly id: string;
    readonly besides: string | undefined;
  }): { readonly paymentId: string; readonly orderId: string } | undefined;
  /** Inserts or replaces. @throws {PaymentClash} when the payment is stored under another order */
  write(payment: Payment, isStored: boolean): void;
}

export function createPaymentRows({ db, sealer }: RowContext): PaymentRows {
  const select = `SELECT row_id, ${PAYMENT_COLUMNS.join(", ")} FROM payments WHERE merchant_uid = ?`;
  const selectForDecision = db.prepare<[string, string | null], PaymentRow>(
    `${select} AND (imp_uid = ? OR verdict IN ('applied', 'reversed') OR (verdict = 'held' AND status = 'pending'))`,
  );
  const selectAll = db.prepare<[string], PaymentRow & { readonly row_id: number }>(select);
  const selectOwner = db
    .prepare<[string], string>("SELECT merchant_uid FROM payments WHERE imp_uid = ?")
    .pluck();
  const selectMark = db.prepare<[string], PaymentMark>(
    `SELECT merchant_uid AS orderId, status, cancelled_text AS cancelledText, verdict FROM payments WHERE imp_uid = ?`,
  );
  const selectSame = db.prepare<[string, string, string], { paymentId: string; orderId: string }>(
    `SELECT imp_uid AS paymentId, merchant_uid AS orderId FROM payments
     WHERE pg_provider = ? AND pg_tid = ? AND imp_uid <> ? LIMIT 1`,
  );
  // By position: looking 34 names up costs more than the rest of the call.
  const insert = db.prepare<unknown[]>(
    `INSERT INTO payments (${PAYMENT_COLUMNS.join(", ")}) VALUES (${PAYMENT_COLUMNS.map(() => "?").join(", ")})`,
  );
  const update = db.prepare<[PaymentRow]>(
    `UPDATE payments SET ${PAYMENT_VALUE_COLUMNS.map((name) => `${name} = @${name}`).join(", ")}
     WHERE merchant_uid = @merchant_uid AND imp_uid = @imp_uid`,
  );
  const fromRow = (row: PaymentRow) => fromPaymentRow(row, sealer);

  return {
    readForDecision: (orderId, paymentId) => selectForDecision.all(orderId, paymentId ?? null).map(fromRow),
    readAll(orderId) {
      // Sorted here: the database would copy the raw answers to sort them.
      const rows = selectAll.all(orderId).sort((one, other) => one.row_id - other.row_id);
      return rows.map(fromRow);
    },
    readMarks(paymentIds) {
      const marks = paymentIds.map((id) => [id, selectMark.get(id)] as const);
      return new Map(marks.filter((entry): entry is [string, PaymentMark] => entry[1] !== undefined));
    },
    findOrder: (paymentId) => selectOwner.get(paymentId),
    findSameTransaction: ({ provider, id, besides }) => selectSame.get(provider, id, besides ?? ""),
    write(payment, isStored) {
      const row = toPaymentRow(payment, sealer);
      if (isStored) {
        update.run(row);
        return;
      }
      try {
        insert.run(PAYMENT_COLUMNS.map((column) => row[column]));
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        const owner = selectOwner.get(payment.paymentId);
        // A second applied payment of this order breaks another unique key: not a clash, a bug.
        if (owner === undefined) throw error;
        if (owner !== payment.orderId) throw new PaymentClash(payment, owner);
        update.run(row);
      }
    },
  };
}
