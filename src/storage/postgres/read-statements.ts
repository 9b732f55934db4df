import type { MoneyQuery } from "../daily-money.ts";
import { DISCREPANCY_COLUMNS } from "../rows/discrepancy-row.ts";
import type { DiscrepancyQuery, TaskQuery } from "../store.ts";
import type { Statement } from "./session.ts";
import { TASK_COLUMNS } from "./task-statements.ts";

const one = (name: string, text: string, ...values: readonly unknown[]): Statement => ({
  name,
  text,
  values,
});

export const hasOrder = (orderId: string) =>
  one("has_order", "SELECT 1 FROM orders WHERE merchant_uid = $1", orderId);

export const orderOfPayment = (paymentId: string) =>
  one("order_of_payment", `SELECT merchant_uid AS "orderId" FROM payments WHERE imp_uid = $1`, paymentId);

export const timeline = (orderId: string) =>
  one(
    "timeline",
    `SELECT merchant_uid, sequence, event_id, type, imp_uid, at, data FROM events
     WHERE merchant_uid = $1 ORDER BY sequence, position`,
    orderId,
  );

export const auditOf = (orderId: string) =>
  one("audit_of", "SELECT * FROM audit WHERE merchant_uid = $1 ORDER BY position", orderId);

export const acts = (before: number, limit: number) =>
  one(
    "acts",
    "SELECT * FROM audit WHERE merchant_uid IS NULL AND position < $1 ORDER BY position DESC LIMIT $2",
    before,
    limit,
  );

export const paymentMarks = (paymentIds: readonly string[]) =>
  one(
    "payment_marks",
    `SELECT imp_uid AS "paymentId", merchant_uid AS "orderId", status, cancelled_text AS "cancelledText", verdict
     FROM payments WHERE imp_uid = ANY ($1::text[])`,
    paymentIds,
  );

export const hints = (limit: number) =>
  one("hints", "SELECT * FROM hints ORDER BY received_at DESC, hint_id DESC LIMIT $1", limit);

export const tasks = ({ orderId, limit }: { readonly orderId?: string; readonly limit: number }) =>
  orderId === undefined
    ? one("tasks", `SELECT ${TASK_COLUMNS} FROM tasks ORDER BY due_at, key LIMIT $1`, limit)
    : one(
        "tasks_of_order",
        `SELECT ${TASK_COLUMNS} FROM tasks WHERE merchant_uid = $1 ORDER BY due_at, key LIMIT $2`,
        orderId,
        limit,
      );

export const task = (key: string) => one("task", `SELECT ${TASK_COLUMNS} FROM tasks WHERE key = $1`, key);

/** By what is asked for. Waiting, dead and failing ones stand in an index of their own, in its very words. */
export const STATE_CONDITIONS = {
  any: "TRUE",
  due: "state = 'due' AND wake_at IS NOT NULL",
  leased: "state = 'leased' AND wake_at IS NOT NULL",
  done: "state = 'done'",
  dead: "state = 'dead'",
  failing: "tries > 0 AND wake_at IS NOT NULL",
} as const;

/** One more than the limit where there are more. */
export function taskPage({ state = undefined, kind, orderId, limit }: TaskQuery, after: string): Statement {
  const condition = state ?? "any";
  const values: unknown[] = [after, limit + 1, kind ?? null];
  const ofOrder = orderId === undefined ? "" : `merchant_uid = $${values.push(orderId)} AND`;
  return one(
    `task_page_${condition}${ofOrder === "" ? "" : "_order"}`,
    `SELECT ${TASK_COLUMNS} FROM tasks WHERE ${ofOrder} key > $1 AND ${STATE_CONDITIONS[condition]}
       AND ($3::text IS NULL OR kind = $3)
     ORDER BY key LIMIT $2`,
    ...values,
  );
}

/** One more than the limit where there are more. */
export function discrepancyPage({ isOpen, kind, limit }: DiscrepancyQuery, before: string): Statement {
  const which = isOpen === undefined ? "all" : isOpen ? "open" : "resolved";
  const where = { all: "TRUE", open: "resolved_at IS NULL", resolved: "resolved_at IS NOT NULL" }[which];
  return one(
    `discrepancies_${which}`,
    `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies
     WHERE discrepancy_id < $1 AND ${where} AND ($2::text IS NULL OR kind = $2)
     ORDER BY discrepancy_id DESC LIMIT $3`,
    before,
    kind ?? null,
    limit + 1,
  );
}

/** A payment through a test channel moves no money on a live server: the rule of domain/attempts.ts. */
const MOVED = "($3::boolean OR sandbox IS DISTINCT FROM 1)";

/** What was paid, what went back, and what of it no history explains: src/storage/sqlite/money-report.ts in this engine's words. */
export function moneyStatements({ from, to, isSandbox }: MoneyQuery): Statement[] {
  const values = [from, to, isSandbox];
  return [
    one(
      "money_paid",
      `SELECT currency, pay_method, count(*) AS count, coalesce(sum(amount_minor), 0)::bigint AS minor,
         count(*) - count(amount_minor) AS unreadable
       FROM payments WHERE paid_at IS NOT NULL AND paid_at >= $1 AND paid_at < $2 AND ${MOVED}
       GROUP BY currency, pay_method`,
      ...values,
    ),
    one(
      "money_refunded",
      `SELECT payment.currency, pay_method, count(*) AS count, sum(entry.amount_minor)::bigint AS minor
       FROM cancellations AS entry JOIN payments AS payment USING (merchant_uid, imp_uid)
       WHERE entry.cancelled_at >= $1 AND entry.cancelled_at < $2 AND paid_at IS NOT NULL AND ${MOVED}
       GROUP BY payment.currency, pay_method`,
      ...values,
    ),
    one(
      "money_unexplained",
      `SELECT currency, pay_method, (entries = 0)::int AS "isEmpty", count(*) AS count,
         sum(cancelled_minor - explained)::bigint AS minor
       FROM (
         SELECT currency, pay_method, cancelled_minor,
           (SELECT count(*) FROM cancellations WHERE merchant_uid = p.merchant_uid AND imp_uid = p.imp_uid) AS entries,
           (SELECT coalesce(sum(amount_minor), 0) FROM cancellations
             WHERE merchant_uid = p.merchant_uid AND imp_uid = p.imp_uid) AS explained
         FROM payments AS p
         WHERE paid_at IS NOT NULL AND cancelled_minor > 0 AND coalesce(cancelled_at, paid_at) >= $1
           AND coalesce(cancelled_at, paid_at) < $2 AND ${MOVED}
       ) AS given_back
       WHERE cancelled_minor <> explained GROUP BY currency, pay_method, entries = 0`,
      ...values,
    ),
  ];
}
