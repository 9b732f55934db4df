import { decideExpiry, type ExpiryOutcome } from "../domain/decide-expiry.ts";
import type { FoundBy } from "../domain/found-by.ts";
import type { Payment } from "../domain/payment.ts";
import type { Attempt, GatewayTrouble } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";
import { verifyPayment } from "./verify-payment.ts";

/** While the gateway's clock and ours differ by more than this, nothing expires. */
export const CLOCK_OFFSET_MS_MAX = 2 * 60 * 1000;

export type LookResult = { readonly kind: "looked"; readonly expiry: ExpiryOutcome } | GatewayTrouble;

/**
 * Looks at every attempt that the gateway knows for one order, each by id, decides each, and closes the order when its
 * time has passed. Finds what no browser and no webhook told.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function lookAtOrder(
  deps: Deps,
  { orderId, foundBy = "look" }: { readonly orderId: string; readonly foundBy?: FoundBy },
): Promise<LookResult> {
  const startedAt = deps.clock.now();
  let hasUnreadable = false;
  let isOneMissing = false;
  const attempts = await deps.gateway.findAttempts(orderId);
  if (attempts.kind !== "found") return attempts;
  const stored = new Map(
    (await deps.store.readOrder(orderId))?.payments.map((payment) => [payment.paymentId, payment]),
  );
  const listed = attempts.attempts.filter((attempt) =>
    isWorthFetching(attempt, stored.get(attempt.paymentId)),
  );
  const unlisted = unlistedOf(attempts.attempts, stored);
  for (const paymentId of [...listed.map((attempt) => attempt.paymentId), ...unlisted]) {
    const result = await verifyPayment(deps, { paymentId, foundBy });
    if (result.kind !== "decided" && result.kind !== "unknown_payment") return result;
    isOneMissing ||= result.kind === "unknown_payment";
    hasUnreadable ||=
      result.kind === "decided" &&
      result.outcome.kind === "pending" &&
      result.outcome.reason === "unreadable";
  }
  const offsetMs = deps.gateway.clockOffsetMs();
  const isClockTrusted = offsetMs !== undefined && Math.abs(offsetMs) <= CLOCK_OFFSET_MS_MAX;
  const expiry = await deps.store.transact({ orderId }, (aggregate) =>
    // An attempt that nobody can read may be money: such a look closes nothing.
    decideExpiry({
      aggregate,
      isClockTrusted,
      isOneMissing,
      ...(hasUnreadable ? {} : { lookedAt: startedAt }),
    }),
  );
  if (expiry.isExpired) deps.log.info("order_expired", { merchant_uid: orderId });
  return { kind: "looked", expiry };
}

/** Stored payments that paid the order, or that a buyer may still pay into, and that the list does not show. */
function unlistedOf(attempts: readonly Attempt[], stored: ReadonlyMap<string, Payment>): readonly string[] {
  const listed = new Set(attempts.map(({ paymentId }) => paymentId));
  const isHoped = ({ verdict, status }: Payment) =>
    verdict === "applied" || (verdict === "held" && status === "pending");
  return [...stored.values()]
    .filter((payment) => isHoped(payment) && !listed.has(payment.paymentId))
    .map(({ paymentId }) => paymentId);
}

/**
 * Whether the list says anything that is not stored and judged already. Opened windows and failures without a stored row
 * are passed over: anyone who knows the order's id can make thousands of them.
 */
function isWorthFetching(
  { status, hasAccount, cancelledText }: Attempt,
  stored: Payment | undefined,
): boolean {
  if (stored === undefined || stored.verdict === "observed") {
    return (
      status === "paid" ||
      status === "cancelled" ||
      status === "unknown" ||
      (status === "pending" && hasAccount)
    );
  }
  const isMissing = stored.missingSeenAt !== undefined;
  return isMissing || stored.status !== status || stored.cancelled.text !== cancelledText;
}
