import { Webhook } from "standardwebhooks";

export interface Signable {
  readonly id: string;
  readonly body: string;
  /** Of this attempt. Milliseconds since the epoch. */
  readonly sentAt: number;
}

/**
 * The three headers of Standard Webhooks 1.0.0, symmetric: one `v1,` signature for each live secret, so that a shop can change its own
 * at any time while two are live. Source: standard-webhooks.md, "Signature scheme".
 */
export function signEvent({ id, body, sentAt }: Signable, secrets: readonly Uint8Array[]) {
  const time = new Date(sentAt);
  const signatures = secrets.map((secret) => new Webhook(secret, { format: "raw" }).sign(id, time, body));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(sentAt / 1000)),
    "webhook-signature": signatures.join(" "),
  };
}
