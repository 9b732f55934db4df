import { missingCause } from "../../domain/decide-missing.ts";
import type { Aggregate } from "../../domain/decision.ts";
import type { Draft } from "../rows/seal-context.ts";
import type { Target } from "../store.ts";
import type { Rows } from "./rows.ts";

/** Reads what one decision may need, inside of its transaction. */
export function loadAggregate(rows: Rows, target: Target, now: number): Draft<Aggregate> {
  const { orderId, pgTransaction } = target;
  const discrepancy =
    target.discrepancyId === undefined ? undefined : rows.discrepancies.read(target.discrepancyId);
  const paymentId = target.paymentId ?? discrepancy?.paymentId;
  const root = rows.roots.read(orderId);
  const aggregate: Draft<Aggregate> = {
    orderId,
    now,
    version: root?.version ?? 0,
    attemptCount: root?.attemptCount ?? 0,
    payments: [],
    refunds: [],
    causes: [],
  };
  // Whatever exists under an id hangs on its root.
  if (root !== undefined) {
    const order = rows.orders.read(orderId);
    if (order !== undefined) aggregate.order = order;
    // Payments that came before their order are few (money moved in each), and its registration wants them all.
    aggregate.payments =
      order === undefined
        ? rows.payments.readAll(orderId)
        : rows.payments.readForDecision(orderId, paymentId);
    aggregate.refunds = rows.refunds.readAll(orderId);
    aggregate.causes = rows.discrepancies.readCauses(orderId, paymentId);
    const findOpen = (cause: string) =>
      aggregate.causes.includes(cause) ? rows.discrepancies.findOpen(orderId, cause) : undefined;
    const orphanId = findOpen(`orphan:${paymentId}`);
    if (orphanId !== undefined) aggregate.openOrphanId = orphanId;
    const missing = aggregate.payments.find((payment) => payment.paymentId === paymentId);
    if (missing?.missingSeenAt !== undefined) {
      const id = findOpen(missingCause(missing.paymentId, missing.missingSeenAt));
      if (id !== undefined) aggregate.openMissingId = id;
    }
  }
  if (discrepancy !== undefined && discrepancy.orderId === orderId) {
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
  if (pgTransaction !== undefined) {
    const same = rows.payments.findSameTransaction({ ...pgTransaction, besides: paymentId });
    if (same !== undefined) aggregate.sameTransaction = same;
  }
  return aggregate;
}
