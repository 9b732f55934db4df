import type { Refusal } from "./model-state.ts";
import type { PaymentRecord } from "./payment-record.ts";
import { phpJson, phpJsonString } from "./php-json.ts";

/** One answer of the REST API, not yet sent. */
export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** The single payment that the body shows, so that an override can show it differently. */
  readonly payment?: PaymentRecord;
}

/** Success: code 0 and a message of null, keys in order. Source: docs/iamport-v1.md 2. */
export function envelopeText(responseJson: string): string {
  return `{"code":0,"message":null,"response":${responseJson}}`;
}

export function answerWith(response: unknown, status = 200): Answer {
  return { status, body: envelopeText(phpJson(response)) };
}

export function answerRefusal(refusal: Refusal): Answer {
  return answerError(refusal.status, refusal.code, refusal.message);
}

export function answerError(status: number, code: number, message: string): Answer {
  return { status, body: `{"code":${code},"message":${phpJsonString(message)},"response":null}` };
}
