import { decideReturn, type KeptReason, type ReturnDecision } from "../domain/decide-return.ts";
import type { PaymentSnapshot } from "../domain/payment.ts";
import type { Policy } from "../domain/policy.ts";
import type { Target } from "../storage/store.ts";
import type { Deps } from "./deps.ts";
import type { Allowance } from "./return-allowance.ts";
import { NO_POLICY, verifyPayment } from "./verify-payment.ts";

/** Money that was found to fit no order, by the cause of the discrepancy that says so. */
export interface StrayMoney {
  readonly orderId: string;
  readonly paymentId: string;
  readonly cause: string;
}

export type ReturnMoneyResult =
  /** It is on its way back, or stays where it is: nothing more is done by itself. */
  | { readonly kind: "done" }
  | { readonly kind: "wait"; readonly reason: string; readonly until: number }
  /** Nothing was learned: again after the backoff. */
  | { readonly kind: "retry"; readonly reason: string };

type Kept = KeptReason | "policy_is_hold" | Extract<Allowance, { kind: "never" }>["reason"];

/** A payment in doubt has time: nobody waits for an answer. */
const IN_DOUBT_MS = 60 * 60 * 1000;
/** Nothing is left to do for anybody, or it was the operator's own wish. */
const QUIET: readonly Kept[] = ["resolved", "paid_the_order", "pays_its_order", "policy_is_hold"];

/**
 * Gives back money that fits no order, once: looks at the payment, counts it against the day's limits, and writes the refund together
 * with the end of its discrepancy. What is written is sent by the refund's own task. Safe at any time and as often as one likes.
 *
 * For the worker alone: no request may come here.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function returnMoney(deps: Deps, stray: StrayMoney): Promise<ReturnMoneyResult> {
  const { mayReturn } = deps;
  if (mayReturn === undefined) return keep(deps, stray, "policy_is_hold");
  const discrepancyId = await findOpen(deps, stray);
  if (discrepancyId === undefined) return keep(deps, stray, "resolved");
  const looked = await look(deps, stray.paymentId);
  if (looked.kind !== "seen") return looked;
  const refund = {
    refundId: deps.refundIds.ofDiscrepancy(discrepancyId),
    fingerprint: deps.refundIds.fingerprint({ discrepancyId }),
  };
  const target = targetOf(stray, discrepancyId, looked.seen);
  const wanted = await deps.store.transact(target, (aggregate) =>
    decideReturn({ aggregate, ...looked, refund }),
  );
  if (wanted.kind !== "countable") return end(deps, stray, wanted);
  const { amount } = wanted;
  const allowance = await mayReturn({ discrepancyId, amount });
  if (allowance.kind === "never") return keep(deps, stray, allowance.reason);
  if (allowance.kind === "full") return waitForTomorrow(deps, stray, allowance);
  const decided = await deps.store.transact(target, (aggregate) =>
    decideReturn({ aggregate, ...looked, refund, counted: amount }),
  );
  if (decided.kind === "returned")
    deps.log.info("money_returned", { ...idsOf(stray), refund_id: refund.refundId, reason: stray.cause });
  return end(deps, stray, decided);
}

/** Undefined once anybody has decided on this payment's money, whichever discrepancy of it they ended. */
async function findOpen({ store }: Deps, stray: StrayMoney): Promise<string | undefined> {
  const { orderId, paymentId, cause } = stray;
  const all = (await store.readOrder(orderId))?.discrepancies ?? [];
  const ofPayment = all.filter((one) => one.paymentId === paymentId);
  if (ofPayment.some(({ resolvedAt }) => resolvedAt !== undefined)) return undefined;
  return ofPayment.find((one) => one.cause === cause)?.id;
}

type Looked =
  | { readonly kind: "seen"; readonly seen: PaymentSnapshot; readonly policy: Policy }
  | Exclude<ReturnMoneyResult, { kind: "done" }>;

async function look(deps: Deps, paymentId: string): Promise<Looked> {
  const result = await verifyPayment(deps, { paymentId, foundBy: "look" });
  if (result.kind === "unknown_payment") return inDoubt(deps, "payment_not_shown");
  if (result.kind !== "decided") return { kind: "retry", reason: result.reason };
  const { seen } = result;
  if (seen.faults.length > 0 || seen.status === "unknown") return inDoubt(deps, "payment_unreadable");
  const policy = await deps.policyFor(seen);
  return policy === undefined ? { kind: "retry", reason: NO_POLICY.reason } : { kind: "seen", seen, policy };
}

function targetOf({ orderId, paymentId }: StrayMoney, discrepancyId: string, seen: PaymentSnapshot): Target {
  const { pgProvider: provider, pgTransactionId: id } = seen;
  const target = { orderId, paymentId, discrepancyId };
  return provider === undefined || id === undefined ? target : { ...target, pgTransaction: { provider, id } };
}

function end(deps: Deps, stray: StrayMoney, decided: ReturnDecision): ReturnMoneyResult {
  switch (decided.kind) {
    case "returned":
      return { kind: "done" };
    case "kept":
      return keep(deps, stray, decided.reason);
    case "in_doubt":
      return inDoubt(deps, "payment_in_doubt");
    case "countable":
      throw new Error("Invariant violated: what was counted is returned, kept or in doubt");
  }
}

function inDoubt({ clock }: Deps, reason: string): Extract<ReturnMoneyResult, { kind: "wait" }> {
  return { kind: "wait", reason, until: clock.now() + IN_DOUBT_MS };
}

/** The discrepancy stays as it is, for an operator where it is open. */
function keep({ log }: Deps, stray: StrayMoney, reason: Kept): ReturnMoneyResult {
  if (QUIET.includes(reason)) log.info("money_kept", { ...idsOf(stray), reason });
  else log.alarm("money_kept", { ...idsOf(stray), reason });
  return { kind: "done" };
}

function waitForTomorrow(
  { log }: Deps,
  stray: StrayMoney,
  { until, isFirst }: Extract<Allowance, { kind: "full" }>,
): ReturnMoneyResult {
  const reason = "daily_limit";
  if (isFirst) log.alarm("money_return_limit", { ...idsOf(stray), reason });
  return { kind: "wait", reason, until };
}

function idsOf({ orderId, paymentId }: StrayMoney) {
  return { merchant_uid: orderId, imp_uid: paymentId };
}
