import { decideExpiry, type ExpiryOutcome } from "../domain/decide-expiry.ts";
import type { GatewayTrouble } from "../gateway/gateway.ts";
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
export async function lookAtOrder(deps: Deps, orderId: string): Promise<LookResult> {
  const lookedAt = deps.clock.now();
  const attempts = await deps.gateway.findAttempts(orderId);
  if (attempts.kind !== "found") return attempts;
  for (const paymentId of attempts.paymentIds) {
    const result = await verifyPayment(deps, paymentId);
    if (result.kind !== "decided" && result.kind !== "unknown_payment") return result;
  }
  const offsetMs = deps.gateway.clockOffsetMs();
  const isClockTrusted = offsetMs !== undefined && Math.abs(offsetMs) <= CLOCK_OFFSET_MS_MAX;
  const expiry = await deps.store.transact({ orderId }, (aggregate) =>
    decideExpiry({ aggregate, lookedAt, isClockTrusted }),
  );
  if (expiry.isExpired) deps.log.info("order_expired", { merchant_uid: orderId });
  return { kind: "looked", expiry };
}
