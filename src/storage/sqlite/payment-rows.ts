import type { Payment } from "../../domain/payment.ts";
import type { PaymentMark } from "../store.ts";
import { fromPaymentRow, type PaymentRow, toPaymentRow } from "./payment-row.ts";
import type { RowContext } from "./row-context.ts";
import { isUniqueViolation } from "./storage-error.ts";

const VALUE_COLUMNS = [
  "verdict",
  "status",
  "status_text",
  "amount_text",
  "amount_minor",
  "cancelled_text",
  "cancelled_minor",
  "currency",
  "sandbox",
  "pay_method",
  "pg_provider",
  "pg_id",
  "pg_tid",
  "customer_uid",
  "customer_uid_usage",
  "promotion_id",
  "cancel_count",
  "account_bank",
  "account_bank_code",
  "account_due_at",
  "started_at",
  "paid_at",
  "failed_at",
  "cancelled_at",
  "applied_at",
  "regression_seen_at",
  "missing_seen_at",
  "fetch_started_at",
  "fetch_ended_at",
  "faults",
  "clauses",
  "payment_private",
] as const satisfies readonly (keyof PaymentRow)[];
const COLUMNS = ["merchant_uid", "imp_uid", ...VALUE_COLUMNS] as const;

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

export function createPaymentRows({ db, sealer }: RowContext): PaymentRows {
  const select = `SELECT row_id, ${COLUMNS.join(", ")} FROM payments WHERE merchant_uid = ?`;
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
    `INSERT INTO payments (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
  );
  const update = db.prepare<[PaymentRow]>(
    `UPDATE payments SET ${VALUE_COLUMNS.map((name) => `${name} = @${name}`).join(", ")}
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
        insert.run(COLUMNS.map((column) => row[column]));
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
