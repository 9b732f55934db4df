import { decideMissing } from "../domain/decide-missing.ts";
import type { FetchResult, GatewayTrouble } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";

export type FetchPaymentResult =
  | Extract<FetchResult, { kind: "found" }>
  /** `recheckAt`: a payment that is stored here is missing, and this is when to ask again. */
  | { readonly kind: "not_found"; readonly recheckAt?: number }
  | GatewayTrouble;

/**
 * Fetches one payment from the gateway. One that is stored here and that the gateway does not know is noted as missing; one that was
 * never stored leaves no trace.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function fetchPayment(deps: Deps, paymentId: string): Promise<FetchPaymentResult> {
  const { gateway, store, clock, log } = deps;
  const askedAt = clock.now();
  const fetched = await gateway.fetchPayment(paymentId);
  if (fetched.kind !== "not_found") return fetched;
  const orderId = await store.findOrderOfPayment(paymentId);
  if (orderId === undefined) return fetched;
  const outcome = await store.transact({ orderId, paymentId }, (aggregate) =>
    decideMissing({ aggregate, paymentId, askedAt }),
  );
  if (outcome.recheckAt !== undefined)
    log.warn("payment_missing", { imp_uid: paymentId, merchant_uid: orderId });
  return { ...fetched, ...outcome };
}
