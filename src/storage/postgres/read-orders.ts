import { DojangError } from "../../errors.ts";
import { DISCREPANCY_COLUMNS, type DiscrepancyRow, fromDiscrepancyRow } from "../rows/discrepancy-row.ts";
import { readOrderCursor, writeOrderCursor } from "../rows/order-cursor.ts";
import { ORDER_COLUMNS, type OrderRow, readOrderRow } from "../rows/order-row.ts";
import { fromPaymentRow, PAYMENT_COLUMNS, type PaymentRow } from "../rows/payment-row.ts";
import { fromRefundRow, REFUND_COLUMNS, type RefundRow } from "../rows/refund-row.ts";
import type { SealContext } from "../rows/seal-context.ts";
import type { OrderPage, OrderQuery, OrderView } from "../store.ts";
import { BEGIN_READ, COMMIT, type Session, type Statement, type StatementResult } from "./session.ts";

const LIMIT_MAX = 100;

interface ListedRow extends OrderRow {
  readonly version: number;
}

const FROM = `SELECT ${ORDER_COLUMNS}, aggregates.version FROM orders JOIN aggregates USING (merchant_uid)`;

/** What hangs on these orders, in the order in which `viewsOf` reads it. */
const selectParts = (orderIds: readonly string[]): Statement[] => [
  {
    name: "payments_of_orders",
    text: `SELECT ${PAYMENT_COLUMNS.join(", ")} FROM payments WHERE merchant_uid = ANY ($1::text[]) ORDER BY row_id`,
    values: [orderIds],
  },
  {
    name: "refunds_of_orders",
    text: `SELECT ${REFUND_COLUMNS.join(", ")} FROM refunds WHERE merchant_uid = ANY ($1::text[])
      ORDER BY requested_at, refund_id`,
    values: [orderIds],
  },
  {
    name: "discrepancies_of_orders",
    text: `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies WHERE merchant_uid = ANY ($1::text[]) ORDER BY discrepancy_id`,
    values: [orderIds],
  },
];

/** One order with all that hangs on it, of one moment, in one round trip. */
export async function readOrderView(
  session: Session,
  orderId: string,
  context: SealContext,
): Promise<OrderView | undefined> {
  const order = { name: "order_view", text: `${FROM} WHERE merchant_uid = $1`, values: [orderId] };
  const [, found, ...parts] = await session.run([BEGIN_READ, order, ...selectParts([orderId]), COMMIT]);
  return viewsOf(found?.rows as unknown as readonly ListedRow[], parts, context)[0];
}

/** Pages by (created_at, merchant_uid), newest first: a page costs the same wherever it is. @throws {DojangError} `invalid_cursor` */
export async function listOrders(
  session: Session,
  query: OrderQuery,
  context: SealContext,
): Promise<OrderPage> {
  const { limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    throw new DojangError(
      "invalid_request",
      `Cannot list orders: expected a limit of 1 to 100, got ${limit}`,
    );
  const position = query.cursor === undefined ? undefined : readOrderCursor(query.cursor);
  const [, owners] = await session.run([BEGIN_READ, ...ownersOf(query.text)]);
  const statement = selectPage(query, {
    context,
    position,
    owner: owners?.rows[0]?.["owner"] as string | undefined,
  });
  const [found] = await session.run([statement]);
  const listed = (found?.rows ?? []) as unknown as readonly ListedRow[];
  const page = listed.slice(0, limit);
  const parts = await session.run([...selectParts(page.map((row) => row.merchant_uid)), COMMIT]);
  const orders = viewsOf(page, parts, context);
  const last = page.at(-1);
  if (listed.length === page.length || last === undefined) return { orders };
  return { orders, nextCursor: writeOrderCursor({ createdAt: last.created_at, orderId: last.merchant_uid }) };
}

/** An order id that exists, or the order of a payment id that does. */
function ownersOf(text: string | undefined): Statement[] {
  if (text === undefined) return [];
  const sql = `SELECT merchant_uid AS owner FROM orders WHERE merchant_uid = $1
    UNION ALL SELECT merchant_uid FROM payments WHERE imp_uid = $1 LIMIT 1`;
  return [{ name: "owner_of_text", text: sql, values: [text] }];
}

/** The conditions come from a small fixed set, so the statements stay few: each is named by which it holds. */
function selectPage(
  query: OrderQuery,
  {
    context,
    position,
    owner,
  }: {
    readonly context: SealContext;
    readonly position: { readonly createdAt: number; readonly orderId: string } | undefined;
    readonly owner: string | undefined;
  },
): Statement {
  const values: unknown[] = [];
  const names: string[] = [];
  const conditions: string[] = [];
  const add = (name: string, sql: (...places: string[]) => string, ...given: unknown[]) => {
    names.push(name);
    conditions.push(sql(...given.map((value) => `$${values.push(value)}`)));
  };
  if (query.text !== undefined) {
    const kind = query.text.includes("@") ? "mail" : "tel";
    if (owner !== undefined) add("order", (place) => `orders.merchant_uid = ${place}`, owner);
    else
      add(
        kind,
        (place) => `orders.${kind}_index = ANY (${place}::bytea[])`,
        context.blindIndex.tellAll(kind, query.text),
      );
  }
  if (query.customerId !== undefined)
    add("customer", (place) => `orders.customer_id = ${place}`, query.customerId);
  if (query.status !== undefined) add("status", (place) => `orders.status = ${place}`, query.status);
  if (position !== undefined)
    add(
      "after",
      (at, id) => `(orders.created_at, orders.merchant_uid) < (${at}, ${id})`,
      position.createdAt,
      position.orderId,
    );
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  return {
    name: ["orders", ...names].join("_"),
    text: `${FROM} ${where} ORDER BY orders.created_at DESC, orders.merchant_uid DESC LIMIT $${values.push(query.limit + 1)}`,
    values,
  };
}

function viewsOf(
  rows: readonly ListedRow[],
  parts: readonly StatementResult[],
  context: SealContext,
): OrderView[] {
  const [payments, refunds, discrepancies] = parts.map((part) =>
    Map.groupBy(part.rows, (row) => row["merchant_uid"] as string),
  );
  return rows.map((row) => {
    const id = row.merchant_uid;
    return {
      order: readOrderRow(row, context),
      version: row.version,
      payments: (payments?.get(id) ?? []).map((one) =>
        fromPaymentRow(one as unknown as PaymentRow, context.sealer),
      ),
      refunds: (refunds?.get(id) ?? []).map((one) => fromRefundRow(one as unknown as RefundRow, context)),
      discrepancies: (discrepancies?.get(id) ?? []).map((one) =>
        fromDiscrepancyRow(one as unknown as DiscrepancyRow, context),
      ),
    };
  });
}
