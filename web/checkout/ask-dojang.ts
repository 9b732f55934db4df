import type { CheckoutState } from "../../src/http/checkout-schemas.ts";

const ASK_FOR_MS_MAX = 60_000;
const RETRY_S_MAX = 30;

export interface Ids {
  readonly imp_uid: string;
  readonly merchant_uid: string;
}

/** The word of Dojang's answer to one payment; `pending` too where it cannot be reached. */
export async function completeOnce(ids: Ids): Promise<{ readonly word: string; readonly retryMs: number }> {
  const response = await fetch("/payments/complete", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(ids),
  }).catch(() => undefined);
  const seconds = Math.min(Number(response?.headers.get("retry-after")) || 2, RETRY_S_MAX);
  const isLater =
    response === undefined || response.status === 202 || response.status === 429 || response.status >= 500;
  const answer = isLater ? undefined : await response.json().catch(() => undefined);
  return { word: String(answer?.status ?? "pending"), retryMs: seconds * 1000 };
}

/**
 * Has Dojang verify a payment, and asks again while it is looking or cannot be reached. Giving up loses nothing: Dojang hears of
 * the payment from the gateway too.
 */
export async function verify(ids: Ids): Promise<string> {
  const giveUpAt = performance.now() + ASK_FOR_MS_MAX;
  for (;;) {
    const { word, retryMs } = await completeOnce(ids);
    if (word !== "pending" || performance.now() + retryMs > giveUpAt) return word;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** The order as it is now; undefined where the server cannot be reached. */
export async function readState(merchantUid: string): Promise<CheckoutState | undefined> {
  const response = await fetch(`/checkout/${merchantUid}/state`, { cache: "no-store" }).catch(
    () => undefined,
  );
  return response?.ok
    ? ((await response.json().catch(() => undefined)) as CheckoutState | undefined)
    : undefined;
}
