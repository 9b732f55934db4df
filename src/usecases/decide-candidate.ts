import type { FoundBy } from "../domain/found-by.ts";
import { verifyTask } from "../domain/look-tasks.ts";
import type { ListedPayment } from "../gateway/gateway.ts";
import type { OrderView } from "../storage/store.ts";
import type { Deps } from "./deps.ts";
import { isWorldsFault } from "./is-worlds-fault.ts";
import { NO_COUNTS, type SweepCounts } from "./sweep-counts.ts";
import { type VerifyResult, verifyPayment } from "./verify-payment.ts";

/** What one order became by a payment that a list named. */
export interface SweepFinding {
  readonly orderId: string;
  readonly paymentId: string;
  readonly what: string;
}

export interface CandidateOptions {
  /** Past this moment candidates are handed to tasks of their own instead of waiting for each. */
  readonly handOverAt?: number;
  /** Default: sweep. */
  readonly foundBy?: FoundBy;
  readonly onFinding?: (finding: SweepFinding) => void;
}

/**
 * Decides one payment that a list named, and tells what that changed. Where the gateway does not give this one payment, a
 * task goes on asking for it: one payment that cannot be had, or not be decided by a fault of ours, never holds up the rest.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function decideCandidate(
  deps: Deps,
  { orderId, paymentId }: ListedPayment,
  { handOverAt = Number.POSITIVE_INFINITY, foundBy = "sweep", onFinding }: CandidateOptions,
): Promise<SweepCounts> {
  const before = await deps.store.readOrder(orderId);
  const isInTime = deps.clock.now() < handOverAt;
  const result = isInTime ? await verify(deps, { orderId, paymentId, foundBy }) : undefined;
  if (result?.kind !== "decided" && result?.kind !== "unknown_payment") {
    await deps.store.addTasks([verifyTask(paymentId, { dueAt: deps.clock.now(), orderId, foundBy })]);
    return { ...NO_COUNTS, handedOver: 1 };
  }
  const after = await deps.store.readOrder(orderId);
  if (after === undefined) return orphanCounts(deps, { orderId, paymentId, onFinding });
  for (const what of differences(before, after)) onFinding?.({ orderId, paymentId, what });
  const isPaidByIt = after.order.paidBy === paymentId;
  const hasMoved = before?.order.status !== after.order.status;
  return {
    ...NO_COUNTS,
    applied: isPaidByIt && before?.order.paidBy === undefined ? 1 : 0,
    accounts:
      before?.order.account?.paymentId !== paymentId && after.order.account?.paymentId === paymentId ? 1 : 0,
    refunded: isPaidByIt && (hasMoved || hasMoreRefunded(before, after)) && isRefunded(after) ? 1 : 0,
    discrepancies: newDiscrepancies(before, after).length,
  };
}

/** Undefined, with an alarm, when it met a fault of ours. */
async function verify(
  deps: Deps,
  { orderId, paymentId, foundBy }: { orderId: string; paymentId: string; foundBy: FoundBy },
): Promise<VerifyResult | undefined> {
  try {
    return await verifyPayment(deps, { paymentId, foundBy });
  } catch (fault) {
    if (isWorldsFault(fault)) throw fault;
    deps.log.alarm("candidate_threw", { imp_uid: paymentId, merchant_uid: orderId, fault });
    return undefined;
  }
}

/** A payment of an order of ours that is not here: it is stored, with a discrepancy, when money moved. */
async function orphanCounts(
  { store }: Deps,
  {
    orderId,
    paymentId,
    onFinding,
  }: { orderId: string; paymentId: string; onFinding: CandidateOptions["onFinding"] },
): Promise<SweepCounts> {
  const isStored = (await store.readPaymentMarks([paymentId])).has(paymentId);
  if (!isStored) return NO_COUNTS;
  onFinding?.({ orderId, paymentId, what: "orphan: no such order here" });
  return { ...NO_COUNTS, discrepancies: 1 };
}

function differences(before: OrderView | undefined, after: OrderView): string[] {
  const from = before?.order.status ?? "none";
  const to = after.order.status;
  return [
    ...(from === to ? [] : [`${from} -> ${to}`]),
    ...newDiscrepancies(before, after).map(({ kind }) => `discrepancy ${kind}`),
  ];
}

function newDiscrepancies(before: OrderView | undefined, after: OrderView) {
  const known = new Set(before?.discrepancies.map(({ id }) => id));
  return after.discrepancies.filter(({ id }) => !known.has(id));
}

function isRefunded({ order }: OrderView): boolean {
  return order.status === "refunded" || order.status === "partially_refunded";
}

function hasMoreRefunded(before: OrderView | undefined, after: OrderView): boolean {
  return after.order.refunded.amountMinor > (before?.order.refunded.amountMinor ?? 0);
}
