import type { RichDatabase } from "../../support/rich-database.ts";

export type Orders = RichDatabase["orders"];
/** Rules that do not hold, with the ids that each names; `any`: some id. */
type Expected = Readonly<Record<string, readonly string[] | "any">>;

interface Case {
  readonly what: string;
  readonly damage: (orders: Orders) => string;
  readonly broken: (orders: Orders) => Expected;
}

export const of = (order: string) => `WHERE merchant_uid = '${order}'`;
const told = (order: string) =>
  `(SELECT min('deliver:' || event_id) FROM events ${of(order)} AND type = 'discrepancy.opened')`;

export const CASES: readonly Case[] = [
  {
    what: "a second payment that paid an order",
    damage: ({ paid }) => `UPDATE payments SET verdict = 'applied' ${of(paid)} AND verdict = 'surplus'`,
    broken: ({ paid }) => ({ one_payer: [paid], paid_by_its_payment: [paid] }),
  },
  {
    what: "a paid order without the payment that paid it",
    damage: ({ paid }) => `UPDATE payments SET verdict = 'rejected' ${of(paid)} AND verdict = 'applied'`,
    broken: ({ paid }) => ({ paid_by_its_payment: [paid] }),
  },
  {
    what: "a payment that paid an order which is not paid",
    damage: ({ paid }) =>
      `UPDATE orders SET status = 'pending', paid_by = NULL, paid_at = NULL ${of(paid)};
       DELETE FROM tasks WHERE key IN (SELECT 'deliver:' || event_id FROM events ${of(paid)} AND type = 'order.paid')`,
    broken: ({ paid }) => ({ paid_by_its_payment: [paid], events_tell_of_orders: [paid] }),
  },
  {
    what: "a payment of another amount",
    damage: ({ paid }) => `UPDATE payments SET amount_minor = 49999 ${of(paid)} AND verdict = 'applied'`,
    broken: ({ paid }) => ({ paid_in_full: [paid] }),
  },
  {
    what: "a payment of another currency",
    damage: ({ paid }) => `UPDATE payments SET currency = 'USD' ${of(paid)} AND verdict = 'applied'`,
    broken: ({ paid }) => ({ paid_in_full: [paid] }),
  },
  {
    what: "an order that shows more as given back than its payment",
    damage: ({ paid }) => `UPDATE orders SET refunded_minor = 1 ${of(paid)}`,
    broken: ({ paid }) => ({ refunded_as_cancelled: [paid] }),
  },
  {
    what: "a refunded part that the status does not show",
    damage: ({ part }) => `UPDATE orders SET status = 'paid' ${of(part)}`,
    broken: ({ part }) => ({ refunded_as_cancelled: [part] }),
  },
  {
    what: "more cancelled than paid",
    damage: ({ part }) => `UPDATE payments SET cancelled_minor = 50001 ${of(part)}`,
    broken: ({ part }) => ({ cancelled_within_paid: "any", refunded_as_cancelled: [part] }),
  },
  {
    what: "nothing where a person was told that more is cancelled than was paid",
    damage: ({ mismatch }) => `UPDATE payments SET cancelled_minor = 49001 ${of(mismatch)}`,
    broken: () => ({}),
  },
  {
    what: "a history of more than the payment",
    damage: ({ part }) => `UPDATE cancellations SET amount_minor = 50001 ${of(part)}`,
    broken: () => ({ cancellations_within_payment: "any" }),
  },
  {
    what: "refunds of more than the payment",
    damage: ({ part }) => `UPDATE refunds SET amount_minor = 50001 ${of(part)}`,
    broken: () => ({ refunds_within_payment: "any" }),
  },
  {
    what: "a refund that was done twice",
    damage: ({ part }) =>
      `INSERT INTO cancellations (merchant_uid, imp_uid, position, amount_minor, currency, cancelled_at, refund_id)
       SELECT merchant_uid, imp_uid, 9, 1, currency, cancelled_at, refund_id FROM cancellations ${of(part)}`,
    broken: () => ({ refund_done_once: "any" }),
  },
  {
    what: "nothing where a person was told of a cancellation in the name of another payment's refund",
    damage: ({ elsewhere, part }) =>
      `UPDATE cancellations SET refund_id = (SELECT refund_id FROM refunds ${of(part)}) ${of(elsewhere)}`,
    broken: () => ({}),
  },
  {
    what: "an open refund that nothing carries on",
    damage: ({ part }) => `UPDATE refunds SET state = 'unknown', finished_at = NULL ${of(part)}`,
    broken: () => ({ open_refund_goes_on: "any" }),
  },
  {
    what: "a paid order without the event, and a delivery of nothing",
    damage: ({ paid }) => `DELETE FROM events ${of(paid)} AND type = 'order.paid'`,
    broken: ({ paid }) => ({ events_tell_of_orders: [paid], deliveries_have_events: "any" }),
  },
  {
    what: "an event of a version that was never written",
    damage: ({ pending }) => `UPDATE events SET sequence = 99 ${of(pending)}`,
    broken: ({ pending }) => ({ events_in_order: [pending] }),
  },
  {
    what: "a gap in the events of one version",
    damage: ({ mismatch }) =>
      `UPDATE events SET position = 7 ${of(mismatch)} AND type = 'discrepancy.opened'`,
    broken: ({ mismatch }) => ({ events_in_order: [mismatch] }),
  },
  {
    what: "a delivery that was lost",
    damage: ({ mismatch }) => `DELETE FROM tasks WHERE key = ${told(mismatch)}`,
    broken: ({ mismatch }) => ({ events_delivered_together: [mismatch] }),
  },
  {
    what: "an order without a version",
    damage: ({ pending }) => `UPDATE aggregates SET version = 0 ${of(pending)}`,
    broken: ({ pending }) => ({ versions_counted: [pending], events_in_order: [pending] }),
  },
  {
    what: "one cause twice",
    damage: ({ mismatch }) =>
      `UPDATE discrepancies SET cause = (SELECT min(cause) FROM discrepancies ${of(mismatch)}), merchant_uid = '${mismatch}'`,
    broken: () => ({ ids_unique: "any" }),
  },
  {
    what: "an order whose root is gone",
    damage: ({ pending }) => `DELETE FROM aggregates ${of(pending)}`,
    broken: ({ pending }) => ({
      parents_there: [`orders of ${pending}`, `events of ${pending}`],
      events_in_order: [pending],
    }),
  },
  {
    what: "an audit row that was changed",
    damage: ({ cancelled }) => `UPDATE audit SET actor = 'nobody' ${of(cancelled)} AND position = 1`,
    broken: ({ cancelled }) => ({ audit_as_written: [`order ${cancelled}, row 1`] }),
  },
  {
    what: "sealed values in another row than their own",
    damage: ({ pending, paid, part, refunded }) =>
      `UPDATE orders SET metadata_private = customer_private ${of(pending)};
       UPDATE hints SET body_private = (SELECT evidence_private FROM discrepancies LIMIT 1);
       UPDATE payments SET payment_private = (SELECT payment_private FROM payments ${of(part)}) ${of(paid)} AND verdict = 'applied';
       UPDATE refunds SET refund_private = (SELECT refund_private FROM refunds ${of(part)}) ${of(refunded)}`,
    broken: () => ({ seals_open: "any" }),
  },
];
