import type { NewDiscrepancy, NewEvent, Resolution } from "../../domain/decision.ts";
import type { Order } from "../../domain/order.ts";
import type { Payment, PaymentSnapshot } from "../../domain/payment.ts";
import type { Refund } from "../../domain/refund.ts";
import { evidencePlace, reasonPlace } from "../rows/discrepancy-row.ts";
import { mintId } from "../rows/mint-id.ts";
import {
  accountColumns,
  CHANGING_COLUMNS,
  checkOrder,
  frozenColumns,
  INSERT_COLUMNS,
  stateColumns,
} from "../rows/order-row.ts";
import { PAYMENT_COLUMNS, PAYMENT_VALUE_COLUMNS, toPaymentRow } from "../rows/payment-row.ts";
import { REFUND_CHANGING_COLUMNS, REFUND_COLUMNS, toRefundRow } from "../rows/refund-row.ts";
import type { SealContext } from "../rows/seal-context.ts";
import type { Statement } from "./session.ts";

const places = (columns: readonly string[]) => columns.map((_, index) => `$${index + 1}`).join(", ");
const insertInto = (table: string, columns: readonly string[]) =>
  `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places(columns)})`;

const WRITE_PAYMENT = `${insertInto("payments", PAYMENT_COLUMNS)}
  ON CONFLICT (merchant_uid, imp_uid) DO UPDATE SET
  ${PAYMENT_VALUE_COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")}`;

/** Inserts or replaces. One that is stored under another order breaks `payments_imp_uid`. */
export function writePayment(payment: Payment, { sealer }: SealContext): Statement {
  const row = toPaymentRow(payment, sealer);
  return { name: "write_payment", text: WRITE_PAYMENT, values: PAYMENT_COLUMNS.map((column) => row[column]) };
}

/** Adds what the look's history shows and no row holds yet. An entry without a readable amount is left out. */
export function writeCancellations(payment: PaymentSnapshot): Statement[] {
  const { orderId, paymentId, currency, cancellations = [], cancelledAt, fetchEndedAt } = payment;
  return [...cancellations.entries()].flatMap(([position, { amount, refundId, ...entry }]) => {
    if (amount.money === undefined) return [];
    const at = entry.cancelledAt ?? cancelledAt ?? fetchEndedAt;
    return [
      {
        name: "write_cancellation",
        text: `INSERT INTO cancellations (merchant_uid, imp_uid, position, amount_minor, currency, cancelled_at, refund_id)
          VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (merchant_uid, imp_uid, position) DO NOTHING`,
        values: [orderId, paymentId, position, amount.money.amountMinor, currency, at, refundId ?? null],
      },
    ];
  });
}

const INSERT_ORDER = insertInto("orders", INSERT_COLUMNS);
const UPDATE_ORDER = `UPDATE orders SET ${CHANGING_COLUMNS.map((column, index) => `${column} = $${index + 2}`).join(", ")}
  WHERE merchant_uid = $1`;

/** @throws {DojangError} `internal_error` when the decision changed what is fixed */
export function writeOrder(order: Order, before: Order | undefined, context: SealContext): Statement {
  checkOrder(order, before);
  const changing = { ...stateColumns(order), ...accountColumns(order, context) };
  if (before === undefined) {
    const row = { ...changing, ...frozenColumns(order, context) };
    return { name: "insert_order", text: INSERT_ORDER, values: INSERT_COLUMNS.map((column) => row[column]) };
  }
  const values = [order.orderId, ...CHANGING_COLUMNS.map((column) => changing[column])];
  return { name: "update_order", text: UPDATE_ORDER, values };
}

const INSERT_REFUND = insertInto("refunds", REFUND_COLUMNS);
const UPDATE_REFUND = `UPDATE refunds SET ${REFUND_CHANGING_COLUMNS.map((column, index) => `${column} = $${index + 3}`).join(", ")}
  WHERE merchant_uid = $1 AND refund_id = $2`;

export function writeRefund(refund: Refund, isStored: boolean, context: SealContext): Statement {
  const row = toRefundRow(refund, context);
  if (!isStored)
    return {
      name: "insert_refund",
      text: INSERT_REFUND,
      values: REFUND_COLUMNS.map((column) => row[column]),
    };
  const values = [row.merchant_uid, row.refund_id, ...REFUND_CHANGING_COLUMNS.map((column) => row[column])];
  return { name: "update_refund", text: UPDATE_REFUND, values };
}

export interface AddedEvents {
  readonly ids: readonly string[];
  readonly statements: readonly Statement[];
}

export function addEvents(
  events: readonly NewEvent[],
  cause: { readonly orderId: string; readonly sequence: number; readonly at: number },
  { random }: SealContext,
): AddedEvents {
  const { orderId, sequence, at } = cause;
  const ids = events.map(() => mintId("evt_", { at, random }));
  const statements = events.map((event, position) => ({
    name: "insert_event",
    text: insertInto("events", [
      "merchant_uid",
      "sequence",
      "position",
      "event_id",
      "type",
      "imp_uid",
      "at",
      "data",
    ]),
    values: [
      orderId,
      sequence,
      position,
      ids[position],
      event.type,
      event.paymentId ?? null,
      at,
      JSON.stringify(event.data),
    ],
  }));
  return { ids, statements };
}

/** Writes nothing where the cause is known. */
export function openDiscrepancy(
  discrepancy: NewDiscrepancy,
  { orderId, now }: { readonly orderId: string; readonly now: number },
  { sealer, random }: SealContext,
): Statement {
  const id = mintId("dsc_", { at: now, random });
  const evidence = sealer.seal(JSON.stringify(discrepancy.evidence), evidencePlace(id));
  return {
    name: "open_discrepancy",
    text: `INSERT INTO discrepancies (discrepancy_id, merchant_uid, cause, imp_uid, kind, opened_at, evidence_private)
      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (merchant_uid, cause) DO NOTHING`,
    values: [id, orderId, discrepancy.cause, discrepancy.paymentId ?? null, discrepancy.kind, now, evidence],
  };
}

/** Writes nothing where it is resolved already, or not this order's. */
export function resolveDiscrepancy(
  { discrepancyId, action, actor, reason }: Resolution,
  { orderId, now }: { readonly orderId: string; readonly now: number },
  { sealer }: SealContext,
): Statement {
  return {
    name: "resolve_discrepancy",
    text: `UPDATE discrepancies SET resolved_at = $3, resolve_action = $4, resolve_actor = $5, resolve_reason_private = $6
      WHERE discrepancy_id = $2 AND merchant_uid = $1 AND resolved_at IS NULL`,
    values: [orderId, discrepancyId, now, action, actor, sealer.seal(reason, reasonPlace(discrepancyId))],
  };
}
