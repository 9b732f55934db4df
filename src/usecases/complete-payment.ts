import type { NewTask } from "../domain/decision.ts";
import { lookTask, verifyTask } from "../domain/look-tasks.ts";
import type { CompleteOutcome, PendingReason } from "../domain/outcome.ts";
import type { PaymentSnapshot } from "../domain/payment.ts";
import type { Policy } from "../domain/policy.ts";
import type { GatewayTrouble } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";
import { fetchPayment } from "./fetch-payment.ts";
import { decidePayment, NO_POLICY } from "./verify-payment.ts";
import { withinBudget } from "./within-budget.ts";

/** What a browser says: two ids, neither believed. */
export interface Claim {
  readonly paymentId: string;
  readonly orderId: string;
}

/** A pending answer makes Dojang look by itself, but one order at most this often. */
const LOOK_AGAIN_MS = 5000;
const VERIFY_AGAIN_MS = 1000;

/**
 * Verifies the payment that a browser names and applies it, exactly once, within the budget. Knowing the order's id is
 * the buyer's right to ask; an id that is not here, or not the payment's own, is answered alike and changes nothing.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`: the buyer asks again
 */
export async function completePayment(deps: Deps, claim: Claim): Promise<CompleteOutcome> {
  if (!(await deps.store.hasOrder(claim.orderId))) return { kind: "not_found" };
  const looked = await withinBudget(deps.clock, { budgetMs: deps.completeBudgetMs, work: look(deps, claim) });
  if (looked === undefined) return goOnAsking(deps, claim, "too_slow");
  if (looked.kind === "not_found") return goOnAsking(deps, claim, "not_found_yet");
  if (looked.kind === "other_order") {
    return refuseSwap(deps, claim);
  }
  if (looked.kind !== "seen") return goOnAsking(deps, claim, "gateway_trouble");
  const outcome = await decidePayment(deps, { ...looked, foundBy: "browser" });
  if (outcome.kind === "pending") await deps.store.addTasks([lookAgain(deps, claim)]);
  return outcome;
}

/** What a browser's claim comes to at the gateway. */
type Looked =
  | { readonly kind: "seen"; readonly seen: PaymentSnapshot; readonly policy: Policy }
  /** The payment is not the claimed order's. */
  | { readonly kind: "other_order" }
  | { readonly kind: "not_found" }
  | GatewayTrouble;

/** All that the gateway is asked for one claim, so that one budget holds for it: the payment, and what may be accepted of it. */
async function look(deps: Deps, { paymentId, orderId }: Claim): Promise<Looked> {
  const fetched = await fetchPayment(deps, paymentId);
  if (fetched.kind !== "found") return fetched;
  const { payment: seen } = fetched;
  if (seen.orderId !== orderId) return { kind: "other_order" };
  const policy = await deps.policyFor(seen);
  return policy === undefined ? NO_POLICY : { kind: "seen", seen, policy };
}

/** The payment is another order's, and nothing is written. Only one that paid this order once keeps its answer for ever. */
async function refuseSwap({ store, log }: Deps, { paymentId, orderId }: Claim): Promise<CompleteOutcome> {
  const ids = { imp_uid: paymentId, merchant_uid: orderId };
  const view = await store.readOrder(orderId);
  if (view?.order.paidBy === paymentId) {
    log.alarm("payment_changed_its_order", ids);
    return { kind: "success" };
  }
  log.warn("order_swap_refused", ids);
  return { kind: "not_found" };
}

/** The gateway could not tell. An applied payment keeps its answer; for any other the asking goes on without the buyer. */
async function goOnAsking(deps: Deps, claim: Claim, reason: PendingReason): Promise<CompleteOutcome> {
  const view = await deps.store.readOrder(claim.orderId);
  if (view === undefined) return { kind: "not_found" };
  const { status, paidBy } = view.order;
  if (paidBy === claim.paymentId) return { kind: "success" };
  if (reason === "not_found_yet" && status !== "pending" && status !== "awaiting_deposit") {
    return { kind: "closed", reason: paidBy === undefined ? "order_closed" : "paid_by_another" };
  }
  const { paymentId, orderId } = claim;
  const dueAt = deps.clock.now() + VERIFY_AGAIN_MS;
  const verify = verifyTask(paymentId, { dueAt, orderId, foundBy: "browser" });
  const look = lookAgain(deps, claim);
  await deps.store.addTasks(reason === "not_found_yet" ? [look] : [verify, look]);
  return { kind: "pending", reason };
}

function lookAgain({ clock }: Deps, { orderId }: Claim): NewTask {
  return lookTask(orderId, clock.now() + LOOK_AGAIN_MS);
}
