import type { PaymentRecord } from "./payment-record.ts";

export type WebhookFormat = "json" | "form";

/** How one webhook differs from the true one (the lever `webhooks.send`). */
export interface WebhookVariant {
  /** The body as it is: bytes of any kind. */
  readonly body?: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent so many times, one after another; 1. */
  readonly copies?: number;
  /** Sent so many copies at a time; 1. */
  readonly parallel?: number;
  /** Sent so much later by the gateway's time; 0. */
  readonly delayMs?: number;
  readonly url?: string;
  readonly format?: WebhookFormat;
  /** Other values of the three fields, or more fields, than the payment has. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The loopback address it comes from: "127.0.0.2". */
  readonly sourceAddress?: string;
}

/** What goes out, and where to. */
export interface WebhookMessage {
  readonly imp_uid: string;
  readonly url: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Writes one webhook: imp_uid, merchant_uid and status, no amount, no signature (docs/iamport-v1.md 8.2). */
export function composeWebhook(given: {
  impUid: string;
  payment: PaymentRecord | undefined;
  variant: WebhookVariant;
  url: string;
  format: WebhookFormat;
  userAgent: string;
}): WebhookMessage {
  const { impUid, payment, variant, url, format, userAgent } = given;
  const fields = {
    imp_uid: impUid,
    merchant_uid: payment?.merchant_uid ?? "",
    status: payment?.status ?? "paid",
    ...variant.fields,
  };
  const contentType =
    variant.contentType ?? (format === "json" ? "application/json" : "application/x-www-form-urlencoded");
  const named = userAgent === "" ? {} : { "user-agent": userAgent };
  return {
    imp_uid: impUid,
    url,
    contentType,
    headers: { "content-type": contentType, ...named, ...variant.headers },
    body: variant.body ?? (format === "json" ? JSON.stringify(fields) : formText(fields)),
  };
}

function formText(fields: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(pairs).toString();
}
