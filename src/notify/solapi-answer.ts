import type { SendResult } from "./notifier.ts";

/** Letters only: it can hold neither a phone number nor a key with a digit. */
const ERROR_CODE = /^[A-Za-z]{1,40}$/;
const STATUS_CODE = /^[0-9]{4}$/;

/**
 * What an answer of the send call means for one message.
 *
 * 200 lists the messages that were not accepted; 4xx refuses the request as a whole with an `errorCode`.
 * Source: Solapi SDK 6.0.1, `send()` and its response schema. 503 is a refusal to work; after any other 5xx the
 * message may be on its way.
 */
export function readSolapiAnswer(status: number, text: string): SendResult {
  if (status === 200) return readAccepted(text);
  if (status === 503 || status === 429 || status === 408 || (status >= 300 && status < 400)) {
    return { kind: "unavailable", reason: `http_${status}` };
  }
  if (status >= 400 && status < 500)
    return { kind: "refused", reason: refusalReason(status, readObject(text)) };
  return { kind: "outcome_unknown", reason: `http_${status}` };
}

function readAccepted(text: string): SendResult {
  const answer = readObject(text);
  const failed = answer["failedMessageList"];
  if (typeof answer["groupInfo"] !== "object" || !Array.isArray(failed)) {
    return { kind: "outcome_unknown", reason: "bad_answer" };
  }
  if (failed.length === 0) return { kind: "sent" };
  const code: unknown = failed[0]?.statusCode;
  const isKnown = typeof code === "string" && STATUS_CODE.test(code);
  return { kind: "refused", reason: isKnown ? `status_${code}` : "status_unreadable" };
}

function refusalReason(status: number, answer: Readonly<Record<string, unknown>>): string {
  const code = answer["errorCode"];
  return typeof code === "string" && ERROR_CODE.test(code) ? code : `http_${status}`;
}

/** The answer as an object; an empty one for anything else. */
function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // Not JSON: an answer that says nothing.
    return {};
  }
}

/** Failures in which no request can have left. */
const NOT_SENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|UND_ERR_DESTROYED|ERR_TLS.*|ERR_SSL.*|CERT_.*|UNABLE_TO_.*|SELF_SIGNED_.*|DEPTH_ZERO_.*)$/;

/** What a failed call means. Where nobody can tell whether the request left, it may have. */
export function solapiTrouble(error: unknown, isPastDeadline: boolean): SendResult {
  if (isPastDeadline) return { kind: "outcome_unknown", reason: "timeout" };
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && NOT_SENT.test(code)
    ? { kind: "unavailable", reason: "connect_failed" }
    : { kind: "outcome_unknown", reason: "connection_lost" };
}
