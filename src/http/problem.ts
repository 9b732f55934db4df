import type { Socket } from "node:net";
import type { FastifyError, FastifyReply } from "fastify";
import { DojangError, ERRORS, type ErrorCode } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Refusal, refusalOf } from "./refuse-at-once.ts";

const PROBLEM_TYPE = "application/problem+json; charset=utf-8";
/** Seconds after which a caller may come back. */
const RETRY_AFTER_S = 1;

/** Errors of the framework that are the caller's, by Fastify's code. All others of its own are ours. */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_VALIDATION: "invalid_request",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_CTP_EMPTY_TYPE: "unsupported_media_type",
  FST_ERR_CTP_BODY_TOO_LARGE: "payload_too_large",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "malformed_request",
  FST_ERR_CTP_EMPTY_JSON_BODY: "malformed_request",
  FST_ERR_BAD_URL: "malformed_request",
  // A path with . or .. in it, below a folder of files.
  FST_STATIC_FORBIDDEN_PATH: "not_found",
};

/**
 * Turns whatever was thrown into one of our errors. What is neither the caller's nor the world's is a fault of our own: it is
 * logged with its stack and becomes a bare `internal_error`, of which nothing is shown.
 */
export function asDojangError(thrown: unknown, log: Log): DojangError {
  if (thrown instanceof DojangError && thrown.code !== "internal_error") return thrown;
  const error = (thrown ?? {}) as Partial<FastifyError>;
  const code = FRAMEWORK_CODES[error.code ?? ""];
  if (code === "invalid_request") return new DojangError(code, describeValidation(error));
  if (code !== undefined) return new DojangError(code, ERRORS[code].title);
  // Fastify gives this status to what cuts a body off: the caller went away. Any other lost connection is one of ours.
  if (error.code === "ECONNRESET" && error.statusCode === 400)
    return new DojangError("malformed_request", "Cannot read the request: its body ended too early");
  log.alarm("request_failed", { fault: thrown });
  return new DojangError("internal_error", ERRORS.internal_error.title);
}

/** RFC 9457 problem details, with our code and what the caller may do. */
export function sendProblem(reply: FastifyReply, error: DojangError): FastifyReply {
  const { status } = ERRORS[error.code];
  if (status === 503 && !reply.hasHeader("retry-after")) reply.header("retry-after", String(RETRY_AFTER_S));
  if (error.code === "unauthorized") reply.header("www-authenticate", "Bearer");
  return reply.code(status).type(PROBLEM_TYPE).send(problemText(error));
}

/**
 * What came was no HTTP, too slow or too long: answered on the bare connection, which then ends.
 *
 * @param isBegun whether an answer to an earlier request is on its way there: then nothing may be written into it
 */
export function sendConnectionProblem(
  { code }: NodeJS.ErrnoException,
  { socket, isBegun }: { readonly socket: Socket; readonly isBegun: boolean },
): void {
  if (!socket.writable || isBegun) {
    socket.destroy();
    return;
  }
  const error =
    code === "HPE_HEADER_OVERFLOW"
      ? new DojangError("payload_too_large", "Cannot read the request: its headers are too long")
      : new DojangError(
          "malformed_request",
          "Cannot read the request: expected HTTP/1.1, sent without a pause",
        );
  const body = problemText(error);
  const head = [
    "HTTP/1.1 400 Bad Request",
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** An overload's answer that is written by hand. */
export function problemRefusal(error: DojangError): Refusal {
  return refusalOf(PROBLEM_TYPE, problemText(error));
}

function problemText({ code, message }: DojangError): string {
  const { title, status, retry } = ERRORS[code];
  return JSON.stringify({ type: `urn:dojang:error:${code}`, title, status, code, detail: message, retry });
}

/** Where and what was expected. What was seen is not repeated: it may be personal. */
function describeValidation(error: Partial<FastifyError>): string {
  const first = error.validation?.[0];
  const place = `${error.validationContext ?? "request"}${first?.instancePath ?? ""}`;
  const params = first?.params as { additionalProperty?: unknown } | undefined;
  if (first?.keyword === "additionalProperties") {
    return `Cannot read ${place}: it has a field that is not documented${nameOf(params?.additionalProperty)}`;
  }
  const field = first?.instancePath?.split("/").at(-1) ?? "";
  const expected = first?.keyword === "pattern" ? PATTERNS_IN_WORDS[field] : undefined;
  if (expected !== undefined) return `Cannot read ${place}: expected ${expected}`;
  return `Cannot read ${place}: it ${first?.message ?? "is not of the documented form"}`;
}

/** What a field's regular expression means, for people. */
const PATTERNS_IN_WORDS: Readonly<Record<string, string>> = {
  imp_uid: "an id of i'mport, such as imp_123456789012",
  merchant_uid: "8 to 40 of A-Z, a-z, 0-9, _ and -",
  name: "one line of text",
  email: "a mail address",
  tel: "a phone number, such as 010-1234-5678",
  bank: "the PG's code of a bank, such as 88",
  account: "6 to 20 digits",
  holder: "one line of text, not of blanks alone",
  reason: "one line of text, not of blanks alone",
};

function nameOf(property: unknown): string {
  return typeof property === "string" && /^[a-z_]{1,40}$/.test(property) ? ` (${property})` : "";
}
