/** What the shop's page asked for. All of it comes from a browser; the emulator behind /window/api decides. */
export interface Order {
  readonly params: Readonly<Record<string, unknown>>;
  readonly request_id?: string;
}

/** What the emulator says of a window that it opened. */
export interface Opened {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly name: string;
  readonly amount: string;
  readonly currency: string;
  readonly sandbox: boolean;
  readonly channel_name: string;
  readonly method: Method;
  readonly easy_pay: string;
  readonly vbank_due: string;
  readonly cards: readonly Choice[];
  readonly easy_pays: readonly Choice[];
  readonly banks: readonly Choice[];
}

export type Method = "card" | "easy" | "trans" | "vbank" | "phone";
export type Choice = readonly [value: string, text: string];

export interface Outcome {
  readonly callback: Readonly<Record<string, unknown>>;
  readonly redirect_url?: string;
}

export const redirects = new URLSearchParams(location.search).get("flow") === "redirect";
let shopOrigin = "";

/** The order: behind the # where the whole page left the shop, else by message from the shop's page, once. */
export function receiveOrder(onOrder: (order: Order | undefined) => void): void {
  if (redirects) {
    onOrder(readFragment());
    return;
  }
  let isTaken = false;
  addEventListener("message", (event) => {
    if (isTaken || event.source !== window.parent) return;
    const message = JSON.parse(event.data);
    if (message.action !== "payment") return;
    isTaken = true;
    shopOrigin = event.origin;
    onOrder(message.data?.params ? message.data : undefined);
  });
  if (window.parent === window) onOrder(undefined);
  else window.parent.postMessage(JSON.stringify({ action: "loaded", from: "iamport-emulator" }), "*");
}

/** No server sees what stands behind the #. */
function readFragment(): Order | undefined {
  try {
    const order = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    return order?.params ? order : undefined;
  } catch {
    return undefined;
  }
}

/** Hands the outcome to the shop. @returns false where there is no shop to hand it to */
export function leave(order: Order, { callback, redirect_url: redirectUrl }: Outcome): boolean {
  if (redirectUrl !== undefined) {
    location.assign(redirectUrl);
    return true;
  }
  if (redirects) return false;
  const data = { ...callback, request_id: order.request_id };
  window.parent.postMessage(JSON.stringify({ action: "done", data, from: "iamport-emulator" }), shopOrigin);
  return true;
}

/** Asks the emulator. A refusal is its own words; `undefined` says that nobody answered. */
export async function ask<Answer>(
  path: "open" | "finish",
  body: object,
): Promise<{ readonly answer: Answer } | { readonly refusal: string | undefined }> {
  const response = await fetch(`/window/api/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, redirects }),
  }).catch(() => undefined);
  const answer = await response?.json().catch(() => undefined);
  return response?.ok ? { answer } : { refusal: answer?.message };
}
