import type { Aggregate, Decision } from "../../domain/decision.ts";
import { DojangError } from "../../errors.ts";

/** A known cause and a task that is there already write nothing, so those are not sure; without a root, no cause is known. */
export function surelyWrites(aggregate: Aggregate, decision: Decision<unknown>): boolean {
  if (decision.order !== undefined) return true;
  if (decision.payments !== undefined && decision.payments.length > 0) return true;
  if (decision.events !== undefined && decision.events.length > 0) return true;
  if (decision.refunds !== undefined && decision.refunds.length > 0) return true;
  if (decision.audit !== undefined && decision.audit.length > 0) return true;
  if (decision.attemptCount !== undefined && decision.attemptCount !== aggregate.attemptCount) return true;
  return aggregate.version === 0 && decision.discrepancies !== undefined && decision.discrepancies.length > 0;
}

/** @throws {DojangError} `internal_error` for a decision that would write rows of another order */
export function checkIds(orderId: string, decision: Decision<unknown>): void {
  const strays = [decision.order, ...(decision.payments ?? []), ...(decision.refunds ?? [])].filter(
    (row) => row !== undefined && row.orderId !== orderId,
  );
  if (strays.length === 0) return;
  throw new DojangError("internal_error", `Cannot write decision: expected rows of ${orderId} only`);
}
