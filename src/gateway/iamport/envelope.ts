import {
  isJsonObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  readJson,
} from "../../domain/strict-json.ts";
import type { Answer } from "./exchange.ts";
import type { Reason } from "./trouble.ts";

/** i'mport's frame around every answer. Source: docs/iamport-v1.md 2: `{code, message, response}`. */
export type EnvelopeReading =
  | {
      readonly ok: true;
      readonly isSuccess: boolean;
      readonly response: JsonValue;
      /** Anybody's words: for cancellations alone, where a PG says why it refuses. "" where there are none. */
      readonly message: string;
      readonly text: string;
    }
  | { readonly ok: false; readonly reason: Reason };

const ZERO = /^-?0(?:\.0+)?$/;

/**
 * Reads the frame: one JSON object with a number `code` and a `response`. Success is `code` 0; HTTP 200 can carry
 * another code and is a refusal then. Nobody knows what `message` repeats.
 */
export function readEnvelope(answer: Answer): EnvelopeReading {
  if (!answer.body.ok) return answer.body;
  const { text } = answer.body;
  const reading = readJson(text);
  if (!reading.ok) {
    return { ok: false, reason: reading.fault === "malformed" ? "malformed_json" : reading.fault };
  }
  const envelope = reading.value;
  if (!isJsonObject(envelope)) return { ok: false, reason: "bad_envelope" };
  const code = envelope["code"];
  if (!(code instanceof JsonNumber)) return { ok: false, reason: "bad_envelope" };
  const message = textAt(envelope, "message") ?? "";
  const isSuccess = ZERO.test(code.numberText);
  return { ok: true, isSuccess, response: envelope["response"] ?? null, message, text };
}

/** Whether the gateway itself said no: a frame with another code than 0. A proxy's error page is none. */
export function isGatewayRefusal(answer: Answer): boolean {
  const envelope = readEnvelope(answer);
  return envelope.ok && !envelope.isSuccess;
}

/** The text under a key, where there is one: null, "" and every other type are "nothing here". */
export function textAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}
