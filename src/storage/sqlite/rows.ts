import { createAuditRows } from "./audit-rows.ts";
import { createCancellationRows } from "./cancellation-rows.ts";
import { createCursorRows } from "./cursor-rows.ts";
import { createDiscrepancyRows } from "./discrepancy-rows.ts";
import { createEventRows } from "./event-rows.ts";
import { createHintRows } from "./hint-rows.ts";
import { createMoneyReport } from "./money-report.ts";
import { createOrderRows } from "./order-rows.ts";
import { createPaymentRows } from "./payment-rows.ts";
import { createRefundRows } from "./refund-rows.ts";
import { createRootRows } from "./root-rows.ts";
import type { RowContext } from "./row-context.ts";
import { createTaskRows } from "./task-rows.ts";

/** The readers and writers of every table. Each prepares its statements once. */
export function createRows(context: RowContext) {
  return {
    roots: createRootRows(context),
    orders: createOrderRows(context),
    payments: createPaymentRows(context),
    cancellations: createCancellationRows(context),
    refunds: createRefundRows(context),
    audit: createAuditRows(context),
    money: createMoneyReport(context),
    events: createEventRows(context),
    discrepancies: createDiscrepancyRows(context),
    tasks: createTaskRows(context),
    hints: createHintRows(context),
    cursors: createCursorRows(context),
  };
}

export type Rows = ReturnType<typeof createRows>;
