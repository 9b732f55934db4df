import { isJsonObject, JsonNumber, type JsonObject } from "../../domain/strict-json.ts";
import { readEnvelope, textAt } from "./envelope.ts";
import type { Answer } from "./exchange.ts";
import { type Reason, unavailable } from "./trouble.ts";

/** A token as issued, with times on our clock. */
export interface AccessToken {
  readonly kind: "token";
  readonly value: string;
  readonly refreshAt: number;
  readonly expiresAt: number;
  /** The gateway's clock when it answered, in milliseconds. */
  readonly gatewayNow: number;
}

/** What goes into a header: visible ASCII. 40 hex digits in every sample. */
const TOKEN = /^[\x21-\x7e]{1,512}$/;
const SECONDS = /^[1-9][0-9]{0,11}$/;
const LIFETIME_MS_MIN = 10_000;
const LIFETIME_MS_MAX = 60 * 60_000;
/**
 * How long before its end a token is asked for again. Inside the last minute on purpose: before it the gateway gives
 * the same token with the same end, in it the same token with 5 more minutes.
 * Source: v1 API, /users/getToken. The spread keeps several servers from asking at once.
 */
const LEAD_MS = 50_000;
const LEAD_SPREAD_MS = 20_000;

/**
 * Reads the answer of a login. The lifetime comes from the gateway's own `now` and `expired_at` and counts from the
 * moment our request left, so neither clock needs to be right. Absurd lifetimes are bounded to 10 s .. 1 h.
 */
export function readAccessToken(
  answer: Answer,
  local: { readonly sentAt: number; readonly random: () => number },
): AccessToken | ReturnType<typeof unavailable> {
  const envelope = readEnvelope(answer);
  if (!envelope.ok) return unavailable(`login_${envelope.reason}`);
  if (!envelope.isSuccess) return unavailable("login_refused_by_code");
  const { response } = envelope;
  if (!isJsonObject(response)) return unavailable(BAD);
  const value = textAt(response, "access_token");
  const now = secondsAt(response, "now");
  const end = secondsAt(response, "expired_at");
  if (value === undefined || !TOKEN.test(value) || now === undefined || end === undefined)
    return unavailable(BAD);
  const lifetimeMs = Math.min(Math.max((end - now) * 1000, LIFETIME_MS_MIN), LIFETIME_MS_MAX);
  const leadMs = Math.min(LEAD_MS - local.random() * LEAD_SPREAD_MS, lifetimeMs / 2);
  const expiresAt = local.sentAt + lifetimeMs;
  return { kind: "token", value, expiresAt, refreshAt: expiresAt - leadMs, gatewayNow: now * 1000 };
}

const BAD: `login_${Reason}` = "login_bad_envelope";

function secondsAt(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return value instanceof JsonNumber && SECONDS.test(value.numberText) ? Number(value.numberText) : undefined;
}
