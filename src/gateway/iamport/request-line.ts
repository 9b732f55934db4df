import assert from "node:assert/strict";
import type { ListQuery } from "../gateway.ts";

/** Every request that this client can send. Nothing else leaves, whatever a caller passes in. */
const REQUEST_LINES: readonly RegExp[] = [
  /^POST \/users\/getToken$/,
  /^GET \/payments\/imps?_[A-Za-z0-9_-]{1,27}(?:\?include_sandbox=true)?$/,
  /^GET \/payments\/findAll\/[A-Za-z0-9_-]{1,40}\?page=1&limit=1000&sorting=-started$/,
  /^GET \/payments\/status\/(?:ready|paid|cancelled)\?from=\d{1,12}&to=\d{1,12}&limit=1000&page=1$/,
  /^GET \/users\/pg$/,
  /^POST \/payments\/cancel$/,
  /^(?:POST|PUT) \/payments\/prepare$/,
  /^GET \/payments\/prepare\/[A-Za-z0-9_-]{1,40}$/,
  /^DELETE \/vbanks\/imps?_[A-Za-z0-9_-]{1,27}$/,
];

/** Documented as at most 32 characters; `imp_` or `imps_` and digits in every sample. */
const PAYMENT_ID = /^imps?_[A-Za-z0-9_-]{1,27}$/;

export interface RequestLine {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
}

export function isPaymentId(text: string): boolean {
  return PAYMENT_ID.test(text);
}

export const loginLine = requestLine("POST", "/users/getToken");
export const registerPreparedLine = requestLine("POST", "/payments/prepare");
export const changePreparedLine = requestLine("PUT", "/payments/prepare");
export const channelsLine = requestLine("GET", "/users/pg");
/** Which payment is named in the body, by imp_uid alone. */
export const cancelLine = requestLine("POST", "/payments/cancel");

/** `include_sandbox` is documented on this call alone. It is a setting, never an input. */
export function paymentLine(paymentId: string, includeSandbox: boolean): RequestLine {
  const query = includeSandbox ? "?include_sandbox=true" : "";
  return requestLine("GET", `/payments/${encodeURIComponent(paymentId)}${query}`);
}

export function attemptsLine(orderId: string): RequestLine {
  const id = encodeURIComponent(orderId);
  return requestLine("GET", `/payments/findAll/${id}?page=1&limit=1000&sorting=-started`);
}

export function listLine({ status, from, to }: ListQuery): RequestLine {
  return requestLine("GET", `/payments/status/${status}?from=${from}&to=${to}&limit=1000&page=1`);
}

export function preparedLine(orderId: string): RequestLine {
  return requestLine("GET", `/payments/prepare/${encodeURIComponent(orderId)}`);
}

export function accountLine(paymentId: string): RequestLine {
  return requestLine("DELETE", `/vbanks/${encodeURIComponent(paymentId)}`);
}

/** @throws {AssertionError} when an id or a time of another shape got this far: a bug of ours. The id is not repeated. */
function requestLine(method: RequestLine["method"], path: string): RequestLine {
  const line = `${method} ${path}`;
  assert.ok(
    REQUEST_LINES.some((allowed) => allowed.test(line)),
    "Cannot build a request line: expected ids and times of the documented shape",
  );
  return { method, path };
}
