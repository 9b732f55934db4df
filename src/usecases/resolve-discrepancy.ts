import { alarmsOf } from "../domain/alarms.ts";
import { decideResolution, type ResolveOutcome } from "../domain/decide-resolution.ts";
import type { Resolution } from "../domain/decision.ts";
import type { Payment } from "../domain/payment.ts";
import type { Policy } from "../domain/policy.ts";
import type { RefundAccount } from "../domain/refund.ts";
import type { GatewayTrouble } from "../gateway/gateway.ts";
import type { StoredDiscrepancy } from "../storage/store.ts";
import type { Deps } from "./deps.ts";
import { reportAlarms } from "./report-alarms.ts";
import { accountFacts } from "./request-refund.ts";
import { LOOK_BUDGET_MS } from "./verify-order.ts";
import { NO_POLICY, verifyPayment } from "./verify-payment.ts";
import { withinBudget } from "./within-budget.ts";

/** What only accepting needs; it is never asked for anything else. */
const NO_RULES: Policy = { isSandbox: false, channels: new Set(), promotions: new Set() };

export type ResolveRequest = Resolution & {
  /** Where money of a virtual account goes back to, for the action `refund`. */
  readonly refundAccount?: RefundAccount;
};

/**
 * Ends a discrepancy. A payment is looked at once more right before it is accepted: it may have been given back meanwhile.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function resolveDiscrepancy(
  deps: Deps,
  { refundAccount: account, ...resolution }: ResolveRequest,
): Promise<ResolveOutcome | GatewayTrouble> {
  const { discrepancyId, action } = resolution;
  const discrepancy = await deps.store.readDiscrepancy(discrepancyId);
  if (discrepancy === undefined) return { kind: "not_found" };
  const rules =
    action === "accept" && discrepancy.resolvedAt === undefined
      ? await withinBudget(deps.clock, { budgetMs: LOOK_BUDGET_MS, work: lookAgain(deps, discrepancy) })
      : NO_RULES;
  if (rules === undefined) return { kind: "outcome_unknown", reason: "too_slow" };
  if ("kind" in rules) return rules;
  const target = { orderId: discrepancy.orderId, discrepancyId };
  const refund = {
    refundId: deps.refundIds.ofDiscrepancy(discrepancyId),
    fingerprint: deps.refundIds.fingerprint({ discrepancyId, ...accountFacts(account) }),
    ...(account === undefined ? {} : { account }),
  };
  const { outcome, alarms } = await deps.store.transact(target, (aggregate) => {
    const decision = decideResolution({ aggregate, resolution, policy: rules, refund });
    return { ...decision, outcome: { outcome: decision.outcome, alarms: alarmsOf(decision) } };
  });
  reportAlarms(deps, target, alarms);
  if (outcome.kind === "resolved")
    deps.log.info("discrepancy_resolved", {
      merchant_uid: discrepancy.orderId,
      kind: discrepancy.kind,
      reason: action,
    });
  return outcome;
}

/** What may be accepted of the payment, once the gateway has shown it again. */
async function lookAgain(
  deps: Deps,
  { orderId, paymentId }: StoredDiscrepancy,
): Promise<Policy | GatewayTrouble> {
  if (paymentId === undefined) return NO_RULES;
  const looked = await verifyPayment(deps, { paymentId, foundBy: "operator" });
  if (looked.kind === "unknown_payment") return { kind: "unavailable", reason: "payment_not_shown" };
  if (looked.kind !== "decided") return looked;
  const stored = await storedPayment(deps, orderId, paymentId);
  return stored === undefined ? NO_RULES : ((await deps.policyFor(stored)) ?? NO_POLICY);
}

async function storedPayment({ store }: Deps, orderId: string, asked: string): Promise<Payment | undefined> {
  return (await store.readOrder(orderId))?.payments.find(({ paymentId }) => paymentId === asked);
}
