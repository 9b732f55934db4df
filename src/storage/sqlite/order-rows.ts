import { isDeepStrictEqual } from "node:util";
import type { Order } from "../../domain/order.ts";
import {
  accountColumns,
  CHANGING_COLUMNS,
  checkOrder,
  frozenColumns,
  INSERT_COLUMNS,
  ORDER_COLUMNS,
  type OrderRow,
  readOrderRow,
  STATE_COLUMNS,
  stateColumns,
} from "../rows/order-row.ts";
import type { RowContext } from "./row-context.ts";

export interface OrderRows {
  read(orderId: string): Order | undefined;
  has(orderId: string): boolean;
  fromRow(row: OrderRow): Order;
  /** Inserts the order, or updates what may change of it. @throws {DojangError} `internal_error` when the decision changed more */
  write(order: Order, before: Order | undefined): void;
}

export function createOrderRows(context: RowContext): OrderRows {
  const { db } = context;
  const set = (columns: readonly string[]) => columns.map((column) => `${column} = ?`).join(", ");
  const select = db.prepare<[string], OrderRow>(`SELECT ${ORDER_COLUMNS} FROM orders WHERE merchant_uid = ?`);
  const exists = db.prepare<[string], number>("SELECT 1 FROM orders WHERE merchant_uid = ?").pluck();
  // All by position: looking names up costs as much as the write.
  const insert = db.prepare<unknown[]>(
    `INSERT INTO orders (${INSERT_COLUMNS.join(", ")}) VALUES (${INSERT_COLUMNS.map(() => "?").join(", ")})`,
  );
  const updateState = db.prepare<unknown[]>(`UPDATE orders SET ${set(STATE_COLUMNS)} WHERE merchant_uid = ?`);
  const updateAll = db.prepare<unknown[]>(
    `UPDATE orders SET ${set(CHANGING_COLUMNS)} WHERE merchant_uid = ?`,
  );
  const fromRow = (row: OrderRow) => readOrderRow(row, context);
  return {
    read(orderId) {
      const row = select.get(orderId);
      return row === undefined ? undefined : fromRow(row);
    },
    has: (orderId) => exists.get(orderId) !== undefined,
    fromRow,
    write(order, before) {
      checkOrder(order, before);
      const state = stateColumns(order);
      if (before === undefined) {
        const row = { ...state, ...accountColumns(order, context), ...frozenColumns(order, context) };
        insert.run(INSERT_COLUMNS.map((column) => row[column]));
      } else if (isDeepStrictEqual(order.account, before.account)) {
        updateState.run([...STATE_COLUMNS.map((column) => state[column]), order.orderId]);
      } else {
        const row = { ...state, ...accountColumns(order, context) };
        updateAll.run([...CHANGING_COLUMNS.map((column) => row[column]), order.orderId]);
      }
    },
  };
}
