import type { Refund } from "../../domain/refund.ts";
import {
  fromRefundRow,
  REFUND_CHANGING_COLUMNS,
  REFUND_COLUMNS,
  type RefundRow,
  toRefundRow,
} from "../rows/refund-row.ts";
import type { RowContext } from "./row-context.ts";

export interface RefundRows {
  /** In the order in which they were asked for. */
  readAll(orderId: string): Refund[];
  /** Inserts it, or updates what may change of it. */
  write(refund: Refund, isStored: boolean): void;
}

export function createRefundRows(context: RowContext): RefundRows {
  const { db } = context;
  const select = db.prepare<[string], RefundRow>(
    `SELECT ${REFUND_COLUMNS.join(", ")} FROM refunds WHERE merchant_uid = ?`,
  );
  // Apart, not an upsert: the trigger that holds the sum would count the row that is there twice.
  const insert = db.prepare<[RefundRow]>(
    `INSERT INTO refunds (${REFUND_COLUMNS.join(", ")}) VALUES (${REFUND_COLUMNS.map((name) => `@${name}`).join(", ")})`,
  );
  const update = db.prepare<[RefundRow]>(
    `UPDATE refunds SET ${REFUND_CHANGING_COLUMNS.map((name) => `${name} = @${name}`).join(", ")}
     WHERE merchant_uid = @merchant_uid AND refund_id = @refund_id`,
  );
  return {
    readAll(orderId) {
      // Sorted here: with an ORDER BY, SQLite compiles the statement anew for every order that is bound (measured: ten times the cost).
      const rows = select.all(orderId).sort(byRequest);
      return rows.map((row) => fromRefundRow(row, context));
    },
    write: (refund, isStored) => void (isStored ? update : insert).run(toRefundRow(refund, context)),
  };
}

function byRequest(one: RefundRow, other: RefundRow): number {
  return one.requested_at - other.requested_at || (one.refund_id < other.refund_id ? -1 : 1);
}
