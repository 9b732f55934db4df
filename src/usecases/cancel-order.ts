import { type CancelInput, type CancelOutcome, decideCancel } from "../domain/decide-cancel.ts";
import type { Order } from "../domain/order.ts";
import type { Deps } from "./deps.ts";
import { verifyOrder } from "./verify-order.ts";

/**
 * Closes an order that nobody paid. The gateway is looked at first, so that an order that has just been paid is not cancelled; where
 * it cannot be asked in time the order is cancelled all the same, and money that shows later becomes a discrepancy.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function cancelOrder(
  deps: Deps,
  { orderId, actor, reason }: Pick<CancelInput, "actor" | "reason"> & Pick<Order, "orderId">,
): Promise<CancelOutcome> {
  const order = (await deps.store.readOrder(orderId))?.order;
  if (order === undefined) return { kind: "not_found" };
  const ids = { merchant_uid: orderId };
  if (order.status === "pending" || order.status === "awaiting_deposit") {
    const looked = await verifyOrder(deps, orderId);
    if (looked.kind !== "verified" && looked.kind !== "not_found")
      deps.log.warn("cancelled_without_a_look", { ...ids, reason: looked.reason });
  }
  const outcome = await deps.store.transact({ orderId }, (aggregate) =>
    decideCancel({ aggregate, actor, reason }),
  );
  if (outcome.kind === "cancelled") deps.log.info("order_cancelled", ids);
  return outcome;
}
