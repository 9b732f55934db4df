/** A payment as the emulator's books show it; there are more fields. */
export interface Payment {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly name: string;
  readonly apply_num: string | null;
  readonly status: "ready" | "paid" | "failed" | "cancelled";
  readonly pay_method: string;
  readonly amount: string;
  readonly cancel_amount: string;
  readonly currency: string;
  readonly pg_provider: string;
  readonly pg_id: string;
  readonly sandbox: boolean;
  readonly started_at: number;
  readonly paid_at: number;
  readonly vbank_name: string | null;
  readonly vbank_num: string | null;
  readonly vbank_date: number;
  readonly fail_reason: string | null;
}

export interface SentWebhook {
  readonly at: number;
  readonly url: string;
  readonly body: string;
  readonly status?: number;
  readonly error?: string;
}

export interface ReceivedRequest {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface Levers {
  readonly now: number;
  readonly delayMs: number;
  readonly webhooks: { readonly url: string | null; readonly format: string; readonly auto: boolean };
}

export type SwitchValue = boolean | number | string;
export type Switches = Readonly<Record<string, SwitchValue>>;
/** What each switch may be set to, as JSON Schema says it. */
export type SwitchValues = Readonly<Record<string, { readonly enum?: readonly string[] }>>;

/** The emulator said no, in its own words; an empty message says that nobody answered. */
export class Refusal extends Error {}

/** @throws {Refusal} */
export const read = <Answer>(path: string) => ask<Answer>(path);

/** @throws {Refusal} */
export const pull = (path: string, body: object) =>
  ask<unknown>(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function ask<Answer>(path: string, options?: RequestInit): Promise<Answer> {
  const response = await fetch(`/admin/api${path}`, options).catch(() => undefined);
  const answer = await response?.json().catch(() => undefined);
  if (response?.ok) return answer as Answer;
  throw new Refusal(answer?.message ?? answer?.error ?? "");
}
