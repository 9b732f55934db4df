import { SHOP_EVENTS } from "../../domain/shop-events.ts";
import { DELIVERY_PREFIX } from "../rows/delivery-task.ts";

/** What must hold between the rows of a database, on every engine. */
export interface Rule {
  readonly name: string;
  /** What holds, in words. */
  readonly says: string;
  /** Selects the `id` of everything of which it does not hold. */
  readonly broken: string;
}

const list = (words: Iterable<string>) => `(${[...words].map((word) => `'${word}'`).join(", ")})`;
const PAID = list(["paid", "partially_refunded", "refunded"]);
const APPLIED = list(["applied", "reversed"]);
const TOLD = list(SHOP_EVENTS);

/** Rows whose parent is not there. */
const orphans = (table: string, { key, parent }: { readonly key: string; readonly parent: string }) =>
  `SELECT '${table} of ' || c.merchant_uid AS id FROM ${table} AS c
   LEFT JOIN ${parent} AS p ON p.merchant_uid = c.merchant_uid${key === "" ? "" : ` AND p.imp_uid = c.${key}`}
   WHERE p.merchant_uid IS NULL AND c.${key === "" ? "merchant_uid" : key} IS NOT NULL`;

/** The gateway may say what cannot be. Then a person was told, and the rows are as they must be. */
const untold = (payment: string) => `NOT EXISTS (SELECT 1 FROM discrepancies AS d
  WHERE d.merchant_uid = ${payment}.merchant_uid AND d.imp_uid = ${payment}.imp_uid)`;

const toRoot = { key: "", parent: "aggregates" };
const toPayment = { key: "imp_uid", parent: "payments" };
const PARENTLESS = [
  ...["payments", "orders", "events", "discrepancies", "refunds", "audit"].map((table) =>
    orphans(table, toRoot),
  ),
  ...["refunds", "cancellations"].map((table) => orphans(table, toPayment)),
  orphans("orders", { key: "paid_by", parent: "payments" }),
].join(" UNION ALL ");

/** In the order of how much each matters. No statement needs memory that grows with the tables: engines sort on the disk. */
export const RULES: readonly Rule[] = [
  {
    name: "one_payer",
    says: "at most one payment paid an order",
    broken: `SELECT merchant_uid AS id FROM payments WHERE verdict IN ${APPLIED} GROUP BY merchant_uid HAVING count(*) > 1`,
  },
  {
    name: "paid_by_its_payment",
    says: "an order is paid exactly where one of its payments paid it",
    broken: `SELECT o.merchant_uid AS id FROM orders AS o LEFT JOIN payments AS p
        ON p.merchant_uid = o.merchant_uid AND p.imp_uid = o.paid_by AND p.verdict IN ${APPLIED}
      WHERE (o.status IN ${PAID} OR o.paid_by IS NOT NULL OR o.paid_at IS NOT NULL)
        AND (p.imp_uid IS NULL OR o.status NOT IN ${PAID} OR o.paid_at IS NULL)
      UNION ALL
      SELECT p.merchant_uid FROM payments AS p LEFT JOIN orders AS o
        ON o.merchant_uid = p.merchant_uid AND o.paid_by = p.imp_uid
      WHERE p.verdict IN ${APPLIED} AND o.merchant_uid IS NULL`,
  },
  {
    name: "paid_in_full",
    says: "the payment that paid an order has its amount and currency",
    broken: `SELECT o.merchant_uid AS id FROM payments AS p JOIN orders AS o ON o.merchant_uid = p.merchant_uid
      WHERE p.verdict IN ${APPLIED} AND (p.amount_minor IS DISTINCT FROM o.amount_minor OR p.currency <> o.currency)`,
  },
  {
    name: "refunded_as_cancelled",
    says: "an order shows as given back what its payment shows as cancelled",
    broken: `SELECT id FROM (
        SELECT o.merchant_uid AS id, o.status, o.refunded_minor, o.amount_minor, p.verdict,
          CASE WHEN p.imp_uid IS NULL OR p.cancelled_minor IS NULL THEN 0
            WHEN p.cancelled_minor > o.amount_minor THEN o.amount_minor ELSE p.cancelled_minor END AS cancelled_minor
        FROM orders AS o LEFT JOIN payments AS p ON p.merchant_uid = o.merchant_uid AND p.imp_uid = o.paid_by
      ) AS seen
      WHERE refunded_minor <> cancelled_minor
        OR (status IN ${PAID} AND status <> CASE refunded_minor WHEN 0 THEN 'paid' WHEN amount_minor THEN 'refunded'
          ELSE 'partially_refunded' END)
        OR (status = 'refunded') <> coalesce(verdict = 'reversed', 1 = 0)`,
  },
  {
    name: "cancelled_within_paid",
    says: "no payment shows more as cancelled than was paid, unless a discrepancy tells of it",
    broken: `SELECT p.imp_uid AS id FROM payments AS p
      WHERE (p.cancelled_minor < 0 OR p.cancelled_minor > p.amount_minor) AND ${untold("p")}`,
  },
  {
    name: "cancellations_within_payment",
    says: "the entries of a payment's cancellation history are within the payment, unless a discrepancy tells of it",
    broken: `SELECT p.imp_uid AS id FROM (
        SELECT merchant_uid, imp_uid, CAST(sum(amount_minor) AS BIGINT) AS minor, min(currency) AS one, max(currency) AS other
        FROM cancellations GROUP BY merchant_uid, imp_uid
      ) AS c JOIN payments AS p ON p.merchant_uid = c.merchant_uid AND p.imp_uid = c.imp_uid
      WHERE (c.minor > p.amount_minor OR c.one <> p.currency OR c.other <> p.currency) AND ${untold("p")}`,
  },
  {
    name: "refunds_within_payment",
    says: "refunds that succeeded are within their payment",
    broken: `SELECT p.imp_uid AS id FROM (
        SELECT merchant_uid, imp_uid, CAST(sum(CASE state WHEN 'succeeded' THEN amount_minor ELSE 0 END) AS BIGINT) AS minor,
          min(currency) AS one, max(currency) AS other
        FROM refunds GROUP BY merchant_uid, imp_uid
      ) AS r JOIN payments AS p ON p.merchant_uid = r.merchant_uid AND p.imp_uid = r.imp_uid
      WHERE r.minor > p.amount_minor OR r.one <> p.currency OR r.other <> p.currency`,
  },
  {
    name: "refund_done_once",
    says: "a refund stands in the cancellation histories at most once, unless a discrepancy tells of the payment that it stands at",
    broken: `SELECT c.refund_id AS id FROM cancellations AS c WHERE c.refund_id IS NOT NULL AND ${untold("c")}
      GROUP BY c.refund_id HAVING count(*) > 1`,
  },
  {
    name: "open_refund_goes_on",
    says: "an open refund has a task that carries it on, or that was given up with an alarm",
    broken: `SELECT r.refund_id AS id FROM refunds AS r LEFT JOIN tasks AS t
        ON t.key = 'refund:' || r.imp_uid AND t.state <> 'done'
      WHERE r.state IN ('requested', 'unknown') AND t.key IS NULL`,
  },
  {
    name: "events_tell_of_orders",
    says: "an order has one event that it was registered, and one that it was paid exactly where it was",
    broken: `SELECT o.merchant_uid AS id FROM orders AS o LEFT JOIN events AS e
        ON e.merchant_uid = o.merchant_uid AND e.type IN ('order.registered', 'order.paid')
      GROUP BY o.merchant_uid, o.paid_by
      HAVING count(CASE e.type WHEN 'order.registered' THEN 1 END) <> 1
        OR count(CASE e.type WHEN 'order.paid' THEN 1 END) <> CASE WHEN o.paid_by IS NULL THEN 0 ELSE 1 END`,
  },
  {
    name: "events_in_order",
    says: "events are numbered by the versions of their order, and without a gap within one version",
    broken: `SELECT e.merchant_uid AS id FROM (
        SELECT merchant_uid, sequence, min(position) AS low, max(position) AS high, count(*) AS count
        FROM events GROUP BY merchant_uid, sequence
      ) AS e LEFT JOIN aggregates AS a ON a.merchant_uid = e.merchant_uid
      WHERE e.low <> 0 OR e.high <> e.count - 1 OR e.sequence < 1 OR e.sequence > coalesce(a.version, 0)`,
  },
  {
    name: "deliveries_have_events",
    says: "every delivery is of an event for the shop",
    broken: `SELECT t.key AS id FROM tasks AS t LEFT JOIN events AS e
        ON e.event_id = substr(t.key, ${DELIVERY_PREFIX.length + 1}) AND e.merchant_uid = t.merchant_uid AND e.type IN ${TOLD}
      WHERE t.kind = 'deliver' AND e.event_id IS NULL`,
  },
  {
    name: "events_delivered_together",
    says: "of one write, all events for the shop have a delivery, or none",
    broken: `SELECT e.merchant_uid AS id FROM events AS e LEFT JOIN tasks AS t ON t.key = '${DELIVERY_PREFIX}' || e.event_id
      WHERE e.type IN ${TOLD} GROUP BY e.merchant_uid, e.sequence HAVING count(t.key) NOT IN (0, count(*))`,
  },
  {
    name: "versions_counted",
    says: "whatever is written under an id has a version",
    broken: `SELECT a.merchant_uid AS id FROM aggregates AS a WHERE (a.version < 1 OR a.attempt_count < 0)
      AND (a.version < 0 OR a.attempt_count <> 0 OR a.audit_head IS NOT NULL
        OR EXISTS (SELECT 1 FROM orders WHERE merchant_uid = a.merchant_uid)
        OR EXISTS (SELECT 1 FROM payments WHERE merchant_uid = a.merchant_uid))`,
  },
  {
    name: "ids_unique",
    says: "a payment, an event, a refund and a discrepancy's cause are there once",
    broken: `SELECT 'payment ' || imp_uid AS id FROM payments GROUP BY imp_uid HAVING count(*) > 1
      UNION ALL SELECT 'event ' || event_id FROM events GROUP BY event_id HAVING count(*) > 1
      UNION ALL SELECT 'refund ' || refund_id FROM refunds GROUP BY refund_id HAVING count(*) > 1
      UNION ALL SELECT 'cause ' || cause || ' of ' || merchant_uid FROM discrepancies
        GROUP BY merchant_uid, cause HAVING count(*) > 1`,
  },
  {
    name: "parents_there",
    says: "nothing belongs to an order or a payment that is not there",
    broken: PARENTLESS,
  },
];
