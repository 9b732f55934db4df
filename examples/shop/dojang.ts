import { Webhook } from "standardwebhooks";
import type { STATES } from "./pages.ts";

/** The fields of Dojang's order that this shop reads; there are more. */
export interface Order {
  merchant_uid: string;
  status: keyof typeof STATES;
  name: string;
  amount: number;
  customer: { id: string } | null;
  metadata: { product?: string };
  checkout_url: string;
  virtual_account: { vbank_name: string; vbank_num: string; vbank_date: string } | null;
  refunded_amount: number;
}

const ANSWER_WITHIN_MS = 10_000;

/** Asks Dojang's `/v1`; a POST where there is a body. A 404 is undefined. @throws when Dojang cannot be reached or refuses */
export const openDojang =
  ({ url, apiKey }: { url: string; apiKey: string }) =>
  async <Answer>(path: string, body?: object): Promise<Answer | undefined> => {
    const response = await fetch(`${url}/v1${path}`, {
      ...(body && { method: "POST", body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${apiKey}`, ...(body && { "content-type": "application/json" }) },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`Dojang refused: HTTP ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  };

/** What Dojang signed within the last five minutes, of a body as it came. Of anything else undefined: no stranger is told why. */
export function readSigned(request: { headers: object; body: unknown }, secret: string) {
  try {
    const headers = request.headers as Record<string, string>;
    const event = new Webhook(secret).verify(String(request.body), headers);
    return event as { type: string; data: { merchant_uid?: string } };
  } catch {
    return undefined;
  }
}
