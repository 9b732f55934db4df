import { verifyTask } from "../domain/look-tasks.ts";
import type { CloseAccountResult } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";

/**
 * Asks the gateway to close a virtual account that must take no deposit any more. Best effort: not every PG can, so a
 * refusal is an answer. A closed account is looked at again, which records it as failed.
 *
 * @throws {DojangError} any `storage_*` code
 */
export async function closeAccount(
  deps: Deps,
  { orderId, paymentId }: { orderId: string; paymentId: string },
): Promise<CloseAccountResult> {
  const result = await deps.gateway.closeAccount(paymentId);
  const ids = { merchant_uid: orderId, imp_uid: paymentId };
  if (result.kind === "refused") deps.log.warn("account_not_closed", { ...ids, reason: result.reason });
  if (result.kind === "closed") {
    await deps.store.addTasks([verifyTask(paymentId, { dueAt: deps.clock.now(), orderId, foundBy: "look" })]);
  }
  return result;
}
