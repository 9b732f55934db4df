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
    `SELECT ${REFUND_COLUMNS.join(", ")} FROM refunds WHERE merchant_uid = ? ORDER BY requested_at, refund_id`,
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
    readAll: (orderId) => select.all(orderId).map((row) => fromRefundRow(row, context)),
    write: (refund, isStored) => void (isStored ? update : insert).run(toRefundRow(refund, context)),
  };
}
