import { DISCREPANCY_COLUMNS, type DiscrepancyRow, fromDiscrepancyRow } from "../rows/discrepancy-row.ts";
import { ORDER_COLUMNS, type OrderRow, readOrderRow } from "../rows/order-row.ts";
import { fromPaymentRow, PAYMENT_COLUMNS, type PaymentRow } from "../rows/payment-row.ts";
import { fromRefundRow, REFUND_COLUMNS, type RefundRow } from "../rows/refund-row.ts";
import type { SealContext } from "../rows/seal-context.ts";
import type { OrderView } from "../store.ts";
import { BEGIN_READ, COMMIT, type Session, type Statement, type StatementResult } from "./session.ts";

/** An order with the version of its root. */
export interface ViewedRow extends OrderRow {
  readonly version: number;
}

export const SELECT_ORDERS = `SELECT ${ORDER_COLUMNS}, aggregates.version FROM orders JOIN aggregates USING (merchant_uid)`;

/** What hangs on orders, in the order in which `viewsOf` reads it. `which`: the condition on merchant_uid. */
export const selectParts = (which: string): readonly string[] => [
  `SELECT row_id, ${PAYMENT_COLUMNS.join(", ")} FROM payments WHERE merchant_uid ${which}`,
  `SELECT ${REFUND_COLUMNS.join(", ")} FROM refunds WHERE merchant_uid ${which}`,
  `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies WHERE merchant_uid ${which}`,
];

const SELECT_ONE = [`${SELECT_ORDERS} WHERE merchant_uid = $1`, ...selectParts("= $1")];

export function viewStatements(orderId: string): Statement[] {
  return SELECT_ONE.map((text, index) => ({ name: `order_view_${index}`, text, values: [orderId] }));
}

/** One order with all that hangs on it, of one moment, in one round trip. */
export async function readOrderView(
  session: Session,
  orderId: string,
  context: SealContext,
): Promise<OrderView | undefined> {
  const [, found, ...parts] = await session.run([BEGIN_READ, ...viewStatements(orderId), COMMIT]);
  return viewsOf(found?.rows as unknown as readonly ViewedRow[], parts, context)[0];
}

/** Puts together what was read of one moment. `parts`: the results of `selectParts`. */
export function viewsOf(
  orders: readonly ViewedRow[],
  parts: readonly StatementResult[],
  context: SealContext,
): OrderView[] {
  const [payments, refunds, discrepancies] = parts;
  // Sorted here: the database would carry the raw answers along to sort them.
  const paymentsOf = byOrder<PaymentRow & { readonly row_id: number }>(payments, "row_id");
  const refundsOf = byOrder<RefundRow>(refunds, "requested_at", "refund_id");
  // An id begins with the time of its opening.
  const discrepanciesOf = byOrder<DiscrepancyRow>(discrepancies, "discrepancy_id");
  return orders.map((row) => ({
    order: readOrderRow(row, context),
    version: row.version,
    payments: paymentsOf(row).map((payment) => fromPaymentRow(payment, context.sealer)),
    refunds: refundsOf(row).map((refund) => fromRefundRow(refund, context)),
    discrepancies: discrepanciesOf(row).map((discrepancy) => fromDiscrepancyRow(discrepancy, context)),
  }));
}

/** The rows of each order, sorted by the columns. */
function byOrder<Row extends { readonly merchant_uid: string }>(
  part: StatementResult | undefined,
  ...columns: readonly (keyof Row)[]
): (order: ViewedRow) => readonly Row[] {
  const rows = (part?.rows ?? []) as unknown as readonly Row[];
  const sorted = rows.toSorted((one, other) => {
    const column = columns.find((name) => one[name] !== other[name]);
    if (column === undefined) return 0;
    return one[column] < other[column] ? -1 : 1;
  });
  const groups = Map.groupBy(sorted, (row) => row.merchant_uid);
  return ({ merchant_uid }) => groups.get(merchant_uid) ?? [];
}
