import { decidePreparation, wantsPreparation } from "../domain/preparation.ts";
import type { GatewayTrouble } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";

export type PrepareOrderResult =
  | { readonly kind: "confirmed" }
  /** The gateway does not take the amount: an alarm is raised. */
  | { readonly kind: "refused" }
  /** Paid, closed, or done before. */
  | { readonly kind: "not_wanted" }
  | GatewayTrouble;

/**
 * Has the gateway hold one order's amount ahead of its window, and notes that it does where the buyer's page waits for that. May run
 * again at any time.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function prepareOrder(deps: Deps, orderId: string): Promise<PrepareOrderResult> {
  const order = (await deps.store.readOrder(orderId))?.order;
  if (order === undefined || !wantsPreparation(order)) return { kind: "not_wanted" };
  const result = await deps.gateway.prepareAmount(orderId, order.amount);
  if (result.kind !== "prepared" && result.kind !== "refused") return result;
  const preparation = result.kind === "prepared" ? "confirmed" : "refused";
  if (order.preparation !== undefined)
    await deps.store.transact({ orderId }, (aggregate) => decidePreparation(aggregate, preparation));
  if (result.kind === "refused")
    deps.log.alarm("preparation_refused", { merchant_uid: orderId, reason: result.reason });
  return { kind: preparation };
}
