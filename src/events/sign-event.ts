import { createHmac } from "node:crypto";

export interface Signable {
  readonly id: string;
  readonly body: string;
  /** Of this attempt. Milliseconds since the epoch. */
  readonly sentAt: number;
}

/**
 * The three headers of Standard Webhooks 1.0.0, symmetric: HMAC-SHA256 over `{id}.{seconds}.{body}`, one `v1,` signature for each live
 * secret, so that a shop can change its own at any time while two are live. Source: standard-webhooks.md, "Signature scheme".
 */
export function signEvent({ id, body, sentAt }: Signable, secrets: readonly Uint8Array[]) {
  const seconds = String(Math.floor(sentAt / 1000));
  const content = `${id}.${seconds}.${body}`;
  const sign = (secret: Uint8Array) => createHmac("sha256", secret).update(content).digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": secrets.map((secret) => `v1,${sign(secret)}`).join(" "),
  };
}
