import { decideRegistration, type NewOrder, type RegisterOutcome } from "../domain/decide-registration.ts";
import type { Deps } from "./deps.ts";

/** What the shop sent, read and checked; without the id and the defaults. */
export type Registration = Omit<NewOrder, "orderId" | "payBy" | "isPayByGiven" | "prepare"> & {
  readonly orderId?: string;
  readonly payBy?: number;
  readonly idempotency?: { readonly apiKeyId: string; readonly key: string };
};

/**
 * Registers the order of record. Without an id of the shop's one is minted, or derived from the Idempotency-Key so that
 * a retry meets the same order.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function registerOrder(deps: Deps, registration: Registration): Promise<RegisterOutcome> {
  const { orderId: given, payBy, idempotency, ...fields } = registration;
  const derived = idempotency && deps.orderIds.derive(idempotency.apiKeyId, idempotency.key);
  const orderId = given ?? derived ?? deps.orderIds.mint();
  return deps.store.transact({ orderId }, (aggregate) =>
    decideRegistration(aggregate, {
      ...fields,
      orderId,
      payBy: payBy ?? aggregate.now + deps.payWithinMs,
      isPayByGiven: payBy !== undefined,
      prepare: deps.prepare,
    }),
  );
}
