import type { Aggregate, Decision } from "../../domain/decision.ts";
import { checkIds, surelyWrites } from "../rows/decision-rules.ts";
import { deliveryOf } from "../rows/delivery-task.ts";
import type { Rows } from "./rows.ts";

interface Write {
  readonly aggregate: Aggregate;
  readonly decision: Decision<unknown>;
  readonly options: WriteOptions;
}

export interface WriteOptions {
  /** Whether there is an endpoint of the shop's that is told of events. */
  readonly deliversEvents: boolean;
}

/**
 * Writes every row of one decision; the version rises by one when any was written.
 *
 * Parents come before children, so that every foreign key holds at once: one that is checked at COMMIT would fail the whole batch.
 *
 * @returns when the earliest of its tasks can be claimed
 * @throws {PaymentClash} @throws {DojangError} `internal_error` for a decision that no order may take
 */
export function writeDecision(rows: Rows, { aggregate, decision, options }: Write): number | undefined {
  const { orderId, now } = aggregate;
  const version = aggregate.version + 1;
  const attemptCount = decision.attemptCount ?? aggregate.attemptCount;
  const raise = () => rows.roots.write(orderId, { version, attemptCount });
  checkIds(orderId, decision);

  const isSure = surelyWrites(aggregate, decision);
  if (isSure) raise();
  for (const payment of decision.payments ?? []) {
    const isStored = aggregate.payments.some((stored) => stored.paymentId === payment.paymentId);
    rows.payments.write(payment, isStored);
    rows.cancellations.write(payment);
  }
  if (decision.order !== undefined) rows.orders.write(decision.order, aggregate.order);
  for (const refund of decision.refunds ?? []) {
    const isStored = aggregate.refunds.some((stored) => stored.refundId === refund.refundId);
    rows.refunds.write(refund, isStored);
  }
  for (const entry of decision.audit ?? []) {
    rows.roots.saveAuditHead(orderId, rows.audit.add(entry, { orderId, at: now }));
  }
  const { events = [] } = decision;
  const eventIds = rows.events.add(events, { orderId, sequence: version, at: now });
  const deliveries = options.deliversEvents
    ? events.flatMap((event, index) => deliveryOf(event, eventIds[index] ?? "", aggregate))
    : [];

  let hasWritten = false;
  for (const resolution of decision.resolutions ?? []) {
    if (rows.discrepancies.resolve(resolution, { orderId, now })) hasWritten = true;
  }
  for (const discrepancy of decision.discrepancies ?? []) {
    if (rows.discrepancies.open(discrepancy, { orderId, now })) hasWritten = true;
  }
  let wakeAt: number | undefined;
  for (const task of [...(decision.tasks ?? []), ...deliveries]) {
    const written = rows.tasks.add(task);
    if (written === undefined) continue;
    hasWritten = true;
    if (written.wakeAt !== undefined) wakeAt = Math.min(written.wakeAt, wakeAt ?? written.wakeAt);
  }
  if (hasWritten && !isSure) raise();
  return wakeAt;
}
