import type { GatewayTrouble } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";
import { lookAtOrder } from "./look-at-order.ts";
import { isWholeLook, verifyPayment } from "./verify-payment.ts";
import { withinBudget } from "./within-budget.ts";

/** How long a caller waits for the gateway before it hears that nothing was learned. */
export const LOOK_BUDGET_MS = 5000;

export type VerifyOrderResult =
  | { readonly kind: "verified" }
  | { readonly kind: "not_found" }
  | GatewayTrouble;

/**
 * A fresh look at one order: every attempt that the gateway lists, and the payment that paid it by its id, whatever the list says.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function verifyOrder(deps: Deps, orderId: string): Promise<VerifyOrderResult> {
  if (!(await deps.store.hasOrder(orderId))) return { kind: "not_found" };
  const result = await withinBudget(deps.clock, { budgetMs: LOOK_BUDGET_MS, work: look(deps, orderId) });
  return result ?? { kind: "outcome_unknown", reason: "too_slow" };
}

async function look(deps: Deps, orderId: string): Promise<VerifyOrderResult> {
  const looked = await lookAtOrder(deps, { orderId, foundBy: "verify" });
  if (looked.kind !== "looked") return looked;
  const paidBy = (await deps.store.readOrder(orderId))?.order.paidBy;
  if (paidBy === undefined) return { kind: "verified" };
  const verified = await verifyPayment(deps, { paymentId: paidBy, foundBy: "verify" });
  if (isWholeLook(verified, orderId)) return { kind: "verified" };
  if (verified.kind === "decided" || verified.kind === "unknown_payment")
    return { kind: "unavailable", reason: "payment_not_shown" };
  return verified;
}
