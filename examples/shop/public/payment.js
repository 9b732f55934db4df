// The two steps that every shop on i'mport needs in the browser. This file is the one to copy.

/** Loads i'mport's SDK and tells it whose shop this is. */
export async function loadSdk({ sdkUrl, userCode }) {
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = sdkUrl;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () =>
      reject(Object.assign(new Error("No SDK"), { code: "sdk_unreachable" })),
    );
    document.head.append(script);
  });
  window.IMP.init(userCode);
}

/**
 * Opens the payment window and waits for what it says. That is a hint, never proof: anyone can edit this page.
 * On a phone the whole page leaves, and the buyer comes back to /result by way of Dojang instead.
 */
export const openPaymentWindow = (payment) =>
  new Promise((resolve) => window.IMP.request_pay(payment, resolve));

const ASK_FOR_MS_MAX = 60_000;

/**
 * Has Dojang verify the payment, and answers with its word: success, vbankIssued, pending, failed, forgery,
 * closed or notFound. Asks again while Dojang is still looking or cannot be reached; giving up loses nothing,
 * because Dojang hears of the payment from the gateway too.
 */
export async function verifyWithDojang({ dojangUrl, impUid, merchantUid }) {
  const giveUpAt = Date.now() + ASK_FOR_MS_MAX;
  while (Date.now() < giveUpAt) {
    const response = await fetch(`${dojangUrl}/payments/complete`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ imp_uid: impUid, merchant_uid: merchantUid }),
    }).catch(() => null);
    const askAgain =
      !response || response.status === 202 || response.status === 429 || response.status >= 500;
    if (!askAgain) return (await response.json()).status;
    const seconds = Number(response?.headers.get("retry-after")) || 2;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
  return "pending";
}
