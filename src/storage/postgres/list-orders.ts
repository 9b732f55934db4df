import { DojangError } from "../../errors.ts";
import { readOrderCursor, writeOrderCursor } from "../rows/order-cursor.ts";
import type { SealContext } from "../rows/seal-context.ts";
import type { OrderPage, OrderQuery } from "../store.ts";
import { SELECT_ORDERS, selectParts, type ViewedRow, viewsOf } from "./order-views.ts";
import { BEGIN_READ, COMMIT, type Session, type Statement } from "./session.ts";

const LIMIT_MAX = 100;

/** A condition on orders. `name` stands for its text, which holds `?` in the place of each value. */
interface Condition {
  readonly name: string;
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Pages by (created_at, merchant_uid), newest first: a page costs the same wherever it is. One round trip for the page with all
 * that hangs on its orders, of one moment; one before it where a text is to be told what it is.
 *
 * @throws {DojangError} `invalid_request`, `invalid_cursor`
 */
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
  const conditions = readConditions(query);
  if (query.text !== undefined) {
    const meant = await readText(session, query.text, context);
    if (meant === undefined) return { orders: [] };
    conditions.unshift(meant);
  }
  const [, found, ...parts] = await session.run([BEGIN_READ, ...pageStatements(conditions, limit), COMMIT]);
  const listed = (found?.rows ?? []) as unknown as readonly ViewedRow[];
  const page = listed.slice(0, limit);
  const orders = viewsOf(page, parts, context);
  const last = page.at(-1);
  if (listed.length === page.length || last === undefined) return { orders };
  return { orders, nextCursor: writeOrderCursor({ createdAt: last.created_at, orderId: last.merchant_uid }) };
}

/** The page, with one order more where there is one, and what hangs on its orders. The names stay few, as the conditions are. */
export function pageStatements(conditions: readonly Condition[], limit: number): Statement[] {
  const name = ["orders", ...conditions.map((condition) => condition.name)].join("_");
  const values = conditions.flatMap((condition) => condition.values);
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`;
  let places = 0;
  const rest = `${where} ORDER BY orders.created_at DESC, orders.merchant_uid DESC LIMIT ?`.replaceAll(
    "?",
    () => {
      places += 1;
      return `$${places}`;
    },
  );
  // An array is looked up by index, id by id; for a join, all payments might be read.
  const parts = selectParts(`= ANY (ARRAY(SELECT orders.merchant_uid FROM orders ${rest}))`);
  return [
    { name, text: `${SELECT_ORDERS} ${rest}`, values: [...values, limit + 1] },
    ...parts.map((text, index) => ({ name: `${name}_part_${index}`, text, values: [...values, limit] })),
  ];
}

export function readConditions({ customerId, status, cursor }: OrderQuery): Condition[] {
  const conditions: Condition[] = [];
  if (customerId !== undefined) conditions.push(equals("customer_id", customerId));
  if (status !== undefined) conditions.push(equals("status", status));
  if (cursor !== undefined) {
    const { createdAt, orderId } = readOrderCursor(cursor);
    conditions.push({
      name: "after",
      sql: "(orders.created_at, orders.merchant_uid) < (?, ?)",
      values: [createdAt, orderId],
    });
  }
  return conditions;
}

/** An order id that exists, or the order of a payment id that does. */
export const selectMeant = (text: string): Statement => ({
  name: "owner_of_text",
  text: `SELECT coalesce((SELECT merchant_uid FROM orders WHERE merchant_uid = $1),
    (SELECT merchant_uid FROM payments WHERE imp_uid = $1)) AS owner`,
  values: [text],
});

/** What exists, else a mail address or a phone number. Undefined when it can be none of them. */
async function readText(
  session: Session,
  text: string,
  context: SealContext,
): Promise<Condition | undefined> {
  const [found] = await session.run([selectMeant(text)]);
  const owner = found?.rows[0]?.["owner"];
  if (typeof owner === "string") return equals("merchant_uid", owner);
  const kind = text.includes("@") ? "mail" : "tel";
  return isIndexed(kind, context.blindIndex.tellAll(kind, text));
}

export function isIndexed(kind: "mail" | "tel", values: readonly Buffer[]): Condition | undefined {
  const [value, ...more] = values;
  if (value === undefined) return undefined;
  // With one key, which is the rule, the index gives the order too.
  if (more.length === 0) return { name: kind, sql: `orders.${kind}_index = ?`, values };
  return { name: `${kind}_of_keys`, sql: `orders.${kind}_index = ANY (?::bytea[])`, values: [values] };
}

function equals(column: "merchant_uid" | "customer_id" | "status", value: string): Condition {
  return { name: column, sql: `orders.${column} = ?`, values: [value] };
}
