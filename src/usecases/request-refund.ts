import { decideRefund, type RefundOutcome, type RefundRequest } from "../domain/decide-refund.ts";
import type { RefundAccount } from "../domain/refund.ts";
import type { Deps } from "./deps.ts";
import type { RefundFacts } from "./refund-ids.ts";

/** What the shop sent, read and checked. */
export type RefundWanted = Omit<RefundRequest, "refundId" | "fingerprint" | "actor"> & {
  readonly orderId: string;
  readonly idempotency: { readonly apiKeyId: string; readonly key: string };
};

/**
 * Accepts a refund of the payment that paid the order: written durably, sent later by its task. The same Idempotency-Key with the
 * same request always meets the same refund.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`: the same request again is safe
 */
export async function requestRefund(deps: Deps, wanted: RefundWanted): Promise<RefundOutcome> {
  const { orderId, idempotency, ...wish } = wanted;
  const { apiKeyId, key } = idempotency;
  const request: RefundRequest = {
    ...wish,
    refundId: deps.refundIds.ofRequest({ orderId, apiKeyId, key }),
    fingerprint: deps.refundIds.fingerprint(factsOf(wish)),
    actor: apiKeyId,
  };
  const outcome = await deps.store.transact({ orderId }, (aggregate) => decideRefund(aggregate, request));
  if (outcome.kind === "accepted") {
    const { paymentId, refundId } = outcome.refund;
    deps.log.info("refund_requested", { merchant_uid: orderId, imp_uid: paymentId, refund_id: refundId });
  }
  return outcome;
}

function factsOf(wish: Omit<RefundWanted, "orderId" | "idempotency">): RefundFacts {
  const { amount, taxFree, vatAmount, reason, requester, retainsPromotion, account } = wish;
  return {
    amount: amount === "all" ? amount : amount.amountMinor,
    taxFree: taxFree?.amountMinor,
    vatAmount: vatAmount?.amountMinor,
    reason,
    requester,
    retainsPromotion,
    ...accountFacts(account),
  };
}

export function accountFacts(account: RefundAccount | undefined): RefundFacts {
  return { bank: account?.bank, number: account?.number, holder: account?.holder, tel: account?.tel };
}
