import type { GatewayTrouble } from "../gateway.ts";

/** Fixed words: no reason ever holds a byte that the gateway or a caller wrote. */
export type Reason =
  /** The library's breaker is open, or its one trial call is under way. */
  | "breaker_open"
  /** All slots and the whole queue are taken. */
  | "too_many_calls"
  | "closed"
  /** The deadline passed while the call waited for a slot, a login or a connection. */
  | "not_sent_in_time"
  | "connect_failed"
  | "tls_refused"
  /** Sent; the deadline passed before the whole answer was there. */
  | "timeout"
  /** Sent; the connection ended, or stopped being HTTP, before the whole answer was there. */
  | "connection_lost"
  | "too_large"
  | "compressed"
  | "not_json_type"
  | "not_utf8"
  | "malformed_json"
  | "duplicate_key"
  | "too_deep"
  /** Not `{code, message, response}` with a response of the documented kind. */
  | "bad_envelope"
  /** HTTP 200 with a `code` other than 0. */
  | "refused_by_code"
  /** The answer is about another payment than the one asked for. */
  | "other_payment"
  /** The status of an answer that cannot be used: `http_503`. */
  | `http_${number}`
  /** The key pair is refused. */
  | "key_refused"
  /** A token just issued to us is refused: the address list or the Tier does not allow us. */
  | "token_refused";

export type Unavailable = Extract<GatewayTrouble, { kind: "unavailable" }>;

export function unavailable(reason: Reason | `login_${Reason}`): Unavailable {
  return { kind: "unavailable", reason };
}

export function outcomeUnknown(reason: Reason): GatewayTrouble {
  return { kind: "outcome_unknown", reason };
}

export function misconfigured(reason: "key_refused" | "token_refused"): GatewayTrouble {
  return { kind: "misconfigured", reason };
}

/** Trouble in the login means that the call itself never left, whatever became of the login. */
export function loginTrouble(trouble: GatewayTrouble): GatewayTrouble {
  return unavailable(`login_${trouble.reason as Reason}`);
}

const TRANSPORT = /^(?:login_)?(?:connect_failed|tls_refused|timeout|connection_lost|http_5\d\d|http_429)$/;

/** Whether a trouble says that the gateway or the way to it is down, rather than that one answer was odd. */
export function isTransportTrouble({ reason }: GatewayTrouble): boolean {
  return TRANSPORT.test(reason);
}

export function isTrouble(result: { readonly kind?: string }): result is GatewayTrouble {
  return (
    result.kind === "unavailable" || result.kind === "outcome_unknown" || result.kind === "misconfigured"
  );
}
