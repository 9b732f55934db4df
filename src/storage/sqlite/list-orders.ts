import type Database from "better-sqlite3";
import type { Order } from "../../domain/order.ts";
import { DojangError } from "../../errors.ts";
import { readOrderCursor, writeOrderCursor } from "../rows/order-cursor.ts";
import { ORDER_COLUMNS, type OrderRow } from "../rows/order-row.ts";
import type { OrderPage, OrderQuery, OrderView } from "../store.ts";
import type { RowContext } from "./row-context.ts";
import type { Rows } from "./rows.ts";

const LIMIT_MAX = 100;

interface ListedRow extends OrderRow {
  readonly version: number;
}

/** A condition on orders with its values, in order. */
interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number | Buffer)[];
}

export interface OrderLister {
  list(query: OrderQuery): OrderPage;
  read(orderId: string): OrderView | undefined;
}

/** Pages by (created_at, merchant_uid), newest first: a page costs the same wherever it is. */
export function createOrderLister(context: RowContext, rows: Rows): OrderLister {
  const from = `SELECT ${ORDER_COLUMNS}, aggregates.version FROM orders JOIN aggregates USING (merchant_uid)`;
  const statements = new Map<string, Database.Statement<unknown[], ListedRow>>();
  const select = (conditions: readonly Condition[]) => {
    const where = conditions.map((condition) => condition.sql).join(" AND ");
    const sql = `${from}
      ${where === "" ? "" : `WHERE ${where}`} ORDER BY orders.created_at DESC, orders.merchant_uid DESC LIMIT ?`;
    // The conditions come from a small fixed set, so the statements stay few.
    const known = statements.get(sql) ?? context.db.prepare<unknown[], ListedRow>(sql);
    statements.set(sql, known);
    return known;
  };
  const view = (order: Order, version: number): OrderView => ({
    order,
    version,
    payments: rows.payments.readAll(order.orderId),
    refunds: rows.refunds.readAll(order.orderId),
    discrepancies: rows.discrepancies.readAll(order.orderId),
  });
  return {
    read(orderId) {
      // Two lookups cost a quarter of the join (measured).
      const order = rows.orders.read(orderId);
      const root = rows.roots.read(orderId);
      return order === undefined || root === undefined ? undefined : view(order, root.version);
    },
    list(query) {
      const { limit } = query;
      if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
        throw new DojangError(
          "invalid_request",
          `Cannot list orders: expected a limit of 1 to 100, got ${limit}`,
        );
      }
      const conditions = readConditions(query, { context, rows });
      const values = conditions.flatMap((condition) => condition.values);
      const found = select(conditions).all(...values, limit + 1);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const orders = page.map((row) => view(rows.orders.fromRow(row), row.version));
      if (found.length === page.length || last === undefined) return { orders };
      const position = { createdAt: last.created_at, orderId: last.merchant_uid };
      return { orders, nextCursor: writeOrderCursor(position) };
    },
  };
}

function readConditions(
  query: OrderQuery,
  { context, rows }: { readonly context: RowContext; readonly rows: Rows },
): Condition[] {
  const conditions: Condition[] = [];
  if (query.text !== undefined) conditions.push(readText(query.text, { context, rows }));
  if (query.customerId !== undefined) conditions.push(equals("customer_id", query.customerId));
  if (query.status !== undefined) conditions.push(equals("status", query.status));
  if (query.cursor !== undefined) {
    const { createdAt, orderId } = readOrderCursor(query.cursor);
    conditions.push({
      sql: "(orders.created_at, orders.merchant_uid) < (?, ?)",
      values: [createdAt, orderId],
    });
  }
  return conditions;
}

/** An order id or a payment id that exists, else a mail address or a phone number. */
function readText(
  text: string,
  { context, rows }: { readonly context: RowContext; readonly rows: Rows },
): Condition {
  if (rows.orders.has(text)) return equals("merchant_uid", text);
  const owner = rows.payments.findOrder(text);
  if (owner !== undefined) return equals("merchant_uid", owner);
  const kind = text.includes("@") ? "mail" : "tel";
  const values = context.blindIndex.tellAll(kind, text);
  if (values.length === 0) return { sql: "FALSE", values: [] };
  return { sql: `orders.${kind}_index IN (${values.map(() => "?").join(", ")})`, values };
}

function equals(column: "merchant_uid" | "customer_id" | "status", value: string): Condition {
  return { sql: `orders.${column} = ?`, values: [value] };
}
