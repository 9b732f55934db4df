import { decideCompletion } from "../../src/domain/decide-completion.ts";
import { decideRegistration } from "../../src/domain/decide-registration.ts";
import type { PaymentSnapshot } from "../../src/domain/payment.ts";
import type { Policy } from "../../src/domain/policy.ts";
import type { Store } from "../../src/storage/store.ts";
import { BUYER, sampleAt } from "../samples.ts";

const POLICY: Policy = { isSandbox: false, promotions: new Set(), channels: "any" };
const DAY_MS = 24 * 60 * 60 * 1000;
/** As long as an answer of the gateway about one card payment. */
const RAW = "x".repeat(1_500);

export async function register(store: Store, { series, index }: Numbered): Promise<void> {
  const { merchantUid: orderId, amount } = sampleAt(series, index);
  await store.transact({ orderId }, (aggregate) =>
    decideRegistration(aggregate, {
      orderId,
      name: "감귤 5kg",
      amount: { amountMinor: amount, currency: "KRW" },
      customer: { id: `c-${index}`, ...BUYER },
      payBy: aggregate.now + DAY_MS,
      isPayByGiven: false,
      prepare: "off",
    }),
  );
}

/** Decides and writes the first completion of an order, as `/payments/complete` does once the gateway has answered. */
export async function complete(store: Store, { series, index }: Numbered): Promise<void> {
  const seen = snapshot(series, index);
  const { orderId, paymentId } = seen;
  const pgTransaction = { provider: "nice", id: `tid-${paymentId}` };
  const outcome = await store.transact({ orderId, paymentId, pgTransaction }, (aggregate) =>
    decideCompletion({ aggregate, seen, policy: POLICY, isOurId: true, foundBy: "browser" }),
  );
  if (outcome.kind !== "success") throw new Error(`${orderId} was answered ${outcome.kind}`);
}

interface Numbered {
  readonly series: number;
  readonly index: number;
}

function snapshot(series: number, index: number): PaymentSnapshot {
  const { merchantUid: orderId, impUid: paymentId, amount } = sampleAt(series, index);
  const now = Date.now();
  return {
    ...{ orderId, paymentId, status: "paid", statusText: "paid", currency: "KRW", sandbox: false },
    amount: { text: String(amount), money: { amountMinor: amount, currency: "KRW" } },
    cancelled: { text: "0", money: { amountMinor: 0, currency: "KRW" } },
    ...{ cancelCount: 0, cancellations: [], faults: [], raw: RAW },
    ...{ payMethod: "card", pgProvider: "nice", pgMerchantId: "nictest04m" },
    pgTransactionId: `tid-${paymentId}`,
    ...{ startedAt: now - 60_000, paidAt: now - 1_000, fetchStartedAt: now, fetchEndedAt: now },
  };
}
