import { alarmsOf } from "../domain/alarms.ts";
import { decideCompletion } from "../domain/decide-completion.ts";
import type { FoundBy } from "../domain/found-by.ts";
import type { CompleteOutcome } from "../domain/outcome.ts";
import type { PaymentSnapshot } from "../domain/payment.ts";
import type { Policy } from "../domain/policy.ts";
import type { GatewayTrouble } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";
import { fetchPayment } from "./fetch-payment.ts";
import { reportAlarms } from "./report-alarms.ts";

export type VerifyResult =
  | { readonly kind: "decided"; readonly outcome: CompleteOutcome; readonly seen: PaymentSnapshot }
  /** The gateway knows no such payment. `recheckAt`: it did once, and this is when to ask again. */
  | { readonly kind: "unknown_payment"; readonly recheckAt?: number }
  | GatewayTrouble;

/**
 * Fetches one payment from the gateway and decides it against the order that it names. A webhook, a poll and a look
 * before shipping come through here; a browser too, with its own order id checked first.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function verifyPayment(
  deps: Deps,
  { paymentId, foundBy }: { readonly paymentId: string; readonly foundBy: FoundBy },
): Promise<VerifyResult> {
  const fetched = await fetchPayment(deps, paymentId);
  if (fetched.kind === "not_found") return { ...fetched, kind: "unknown_payment" };
  if (fetched.kind !== "found") return fetched;
  const policy = await deps.policyFor(fetched.payment);
  if (policy === undefined) return NO_POLICY;
  const { payment: seen } = fetched;
  return { kind: "decided", outcome: await decidePayment(deps, { seen, policy, foundBy }), seen };
}

/**
 * Whether the look brought one whole answer about this order's payment. An applied payment keeps its outcome whatever the gateway
 * says of it later, so the outcome alone is no reason to ship.
 */
export function isWholeLook(result: VerifyResult, orderId: string): boolean {
  if (result.kind !== "decided") return false;
  const { seen } = result;
  return seen.orderId === orderId && seen.faults.length === 0 && seen.status !== "unknown";
}

/** Nobody knows yet which channels may be paid through: then nothing is decided. */
export const NO_POLICY: GatewayTrouble = { kind: "unavailable", reason: "channel_table_unknown" };

/**
 * Decides a fetched payment under its own order, in one transaction. A foreign payment is `not_found`.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function decidePayment(
  deps: Deps,
  { seen, policy, foundBy }: { seen: PaymentSnapshot; policy: Policy; foundBy: FoundBy },
): Promise<CompleteOutcome> {
  const { orderId, paymentId, pgProvider, pgTransactionId } = seen;
  const isOurId = deps.orderIds.isOurs(orderId);
  // A foreign order has no root here: i'mport accounts often serve other systems too, and those leave no trace.
  if (!isOurId && !(await deps.store.hasOrder(orderId))) return { kind: "not_found" };
  const hasTransaction = pgProvider !== undefined && pgTransactionId !== undefined;
  const pgTransaction = hasTransaction ? { provider: pgProvider, id: pgTransactionId } : undefined;
  const target = { orderId, paymentId, ...(pgTransaction === undefined ? {} : { pgTransaction }) };
  const { outcome, alarms } = await deps.store.transact(target, (aggregate) => {
    const decision = decideCompletion({ aggregate, seen, policy, isOurId, foundBy });
    return { ...decision, outcome: { outcome: decision.outcome, alarms: alarmsOf(decision) } };
  });
  reportAlarms(deps, { orderId }, alarms);
  reportOutcome(deps, seen, outcome);
  return outcome;
}

/** An answer that cannot be read raises an alarm whatever the outcome: it may hide a cancellation of an applied payment. */
function reportOutcome({ log }: Deps, seen: PaymentSnapshot, outcome: CompleteOutcome): void {
  const ids = { imp_uid: seen.paymentId, merchant_uid: seen.orderId };
  const isUnreadable = outcome.kind === "pending" && outcome.reason === "unreadable";
  if (isUnreadable || seen.faults.length > 0 || seen.status === "unknown") {
    const reason =
      seen.faults.length > 0 ? `fields ${seen.faults.join(" ")}` : "unknown status or lesser answer";
    log.alarm("gateway_answer_unreadable", { ...ids, reason });
  }
  if (outcome.kind === "forgery" || outcome.kind === "closed") {
    log.warn("payment_refused", { ...ids, reason: outcome.kind === "closed" ? outcome.reason : "forgery" });
  } else {
    log.debug("payment_decided", { ...ids, reason: outcome.kind });
  }
}
