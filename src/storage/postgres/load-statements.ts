import { missingCause } from "../../domain/decide-missing.ts";
import type { Aggregate } from "../../domain/decision.ts";
import { DISCREPANCY_COLUMNS } from "../rows/discrepancy-row.ts";
import { ORDER_COLUMNS, type OrderRow, readOrderRow } from "../rows/order-row.ts";
import { fromPaymentRow, PAYMENT_COLUMNS, type PaymentRow } from "../rows/payment-row.ts";
import { fromRefundRow, REFUND_COLUMNS, type RefundRow } from "../rows/refund-row.ts";
import type { Draft, SealContext } from "../rows/seal-context.ts";
import type { StoredDiscrepancy, Target } from "../store.ts";
import type { Root } from "./root-statements.ts";
import type { Statement, StatementResult } from "./session.ts";

/** What hangs on most orders that are decided about: nothing but the order itself. The rest is asked for where there is any. */
const selectForDecision = (orderId: string, paymentId: string | undefined): Statement => ({
  name: "order_for_decision",
  text: `SELECT ${ORDER_COLUMNS},
      EXISTS (SELECT 1 FROM payments WHERE merchant_uid = $1) AS "hasPayments",
      EXISTS (SELECT 1 FROM refunds WHERE merchant_uid = $1) AS "hasRefunds",
      (SELECT json_agg(json_build_object('cause', cause, 'id', discrepancy_id, 'isOpen', resolved_at IS NULL))
        FROM discrepancies WHERE merchant_uid = $1 AND (imp_uid IS NULL OR imp_uid = $2)) AS causes
    FROM (VALUES (1)) AS always LEFT JOIN orders ON orders.merchant_uid = $1`,
  values: [orderId, paymentId ?? null],
});

interface ForDecision {
  /** NULL, as all of its columns, where no order is registered. */
  readonly merchant_uid: string | null;
  readonly hasPayments: boolean;
  readonly hasRefunds: boolean;
  readonly causes: readonly { cause: string; id: string; isOpen: boolean }[] | null;
}

/**
 * The payment asked about, the one that paid the order, and every open virtual account. All of them where no order is
 * registered: they are few (money moved in each), and the registration wants them all.
 */
const selectPaymentsForDecision = (orderId: string, paymentId: string | undefined): Statement => ({
  name: "payments_for_decision",
  text: `SELECT ${PAYMENT_COLUMNS.join(", ")} FROM payments
    WHERE merchant_uid = $1 AND (imp_uid = $2 OR verdict IN ('applied', 'reversed') OR (verdict = 'held' AND status = 'pending')
      OR NOT EXISTS (SELECT 1 FROM orders WHERE merchant_uid = $1))
    ORDER BY row_id`,
  values: [orderId, paymentId ?? null],
});

const selectRefunds = (orderId: string): Statement => ({
  name: "refunds",
  text: `SELECT ${REFUND_COLUMNS.join(", ")} FROM refunds WHERE merchant_uid = $1 ORDER BY requested_at, refund_id`,
  values: [orderId],
});

/** The one look by what is no key of an order: it tells, and refuses no row. */
const selectSameTransaction = (
  { provider, id }: NonNullable<Target["pgTransaction"]>,
  besides: string | undefined,
): Statement => ({
  name: "same_transaction",
  text: `SELECT imp_uid AS "paymentId", merchant_uid AS "orderId" FROM payments
    WHERE pg_provider = $1 AND pg_tid = $2 AND imp_uid <> $3 LIMIT 1`,
  values: [provider, id, besides ?? ""],
});

export const selectDiscrepancy = (id: string): Statement => ({
  name: "discrepancy",
  text: `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies WHERE discrepancy_id = $1`,
  values: [id],
});

export interface Load {
  readonly target: Target;
  readonly paymentId: string | undefined;
  /** The one that the target names, where it exists. */
  readonly discrepancy: StoredDiscrepancy | undefined;
}

/** Sent after the lock, each a statement of its own: it sees what the holder of the lock before wrote. */
export function loadStatements({ target, paymentId }: Load): Statement[] {
  const { orderId, pgTransaction } = target;
  return [
    selectForDecision(orderId, paymentId),
    ...(pgTransaction === undefined ? [] : [selectSameTransaction(pgTransaction, paymentId)]),
  ];
}

/** What the first round trip found to be there. */
export function restStatements(
  { target: { orderId }, paymentId }: Load,
  first: StatementResult,
): Statement[] {
  const { hasPayments, hasRefunds } = forDecision(first);
  return [
    ...(hasPayments ? [selectPaymentsForDecision(orderId, paymentId)] : []),
    ...(hasRefunds ? [selectRefunds(orderId)] : []),
  ];
}

function forDecision(first: StatementResult | undefined): ForDecision {
  const row = first?.rows[0];
  if (row === undefined) throw new Error("Invariant violated: what is asked for always has a row");
  return row as unknown as ForDecision;
}

export function aggregateOf(
  { target, paymentId, discrepancy }: Load,
  read: {
    readonly root: Root;
    /** Of `loadStatements`, in its order. */
    readonly results: readonly StatementResult[];
    /** Of `restStatements`, in its order. */
    readonly rest: readonly StatementResult[];
    readonly now: number;
    readonly context: SealContext;
  },
): Draft<Aggregate> {
  const { root, results, now, context } = read;
  const found = forDecision(results[0]);
  const same = results[1]?.rows;
  const rest = read.rest.map(({ rows }) => rows as readonly unknown[]);
  const payments = found.hasPayments ? rest.shift() : undefined;
  const refunds = found.hasRefunds ? rest.shift() : undefined;
  const known = found.causes ?? [];
  const aggregate: Draft<Aggregate> = {
    orderId: target.orderId,
    now,
    version: root.version,
    attemptCount: root.attemptCount,
    payments: (payments ?? []).map((row) => fromPaymentRow(row as PaymentRow, context.sealer)),
    refunds: (refunds ?? []).map((row) => fromRefundRow(row as RefundRow, context)),
    causes: known.map(({ cause }) => cause),
  };
  if (found.merchant_uid !== null) aggregate.order = readOrderRow(found as unknown as OrderRow, context);
  const findOpen = (cause: string) => known.find((one) => one.isOpen && one.cause === cause)?.id;
  const orphanId = findOpen(`orphan:${paymentId}`);
  if (orphanId !== undefined) aggregate.openOrphanId = orphanId;
  const missing = aggregate.payments.find((payment) => payment.paymentId === paymentId);
  if (missing?.missingSeenAt !== undefined) {
    const id = findOpen(missingCause(missing.paymentId, missing.missingSeenAt));
    if (id !== undefined) aggregate.openMissingId = id;
  }
  if (discrepancy !== undefined && discrepancy.orderId === target.orderId) {
    const { id, kind, cause, paymentId: about, resolvedAt } = discrepancy;
    const isResolved = resolvedAt !== undefined;
    aggregate.discrepancy = {
      id,
      kind,
      cause,
      isResolved,
      ...(about === undefined ? {} : { paymentId: about }),
    };
  }
  const transaction = same?.[0];
  if (transaction !== undefined)
    aggregate.sameTransaction = transaction as unknown as NonNullable<Aggregate["sameTransaction"]>;
  return aggregate;
}
