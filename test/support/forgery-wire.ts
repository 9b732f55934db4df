import assert from "node:assert/strict";
import type { Answer } from "./dojang.ts";

/** Every word that `/payments/complete` may answer. */
export type Word = keyof typeof DOCUMENTED;

const ECHOED = ["merchant_uid", "message", "status"];

/** Code, fields and (where the wire fixes it) text of each answer. */
const DOCUMENTED = {
  success: { code: 200, fields: ECHOED, message: "General payment successful" },
  vbankIssued: {
    code: 200,
    fields: [...ECHOED, "vbank_date", "vbank_holder", "vbank_name", "vbank_num"],
    message: "Virtual account issued successfully",
  },
  pending: { code: 202, fields: ECHOED, message: undefined },
  forgery: { code: 400, fields: ECHOED, message: "Forged/falsified payment attempted" },
  invalidRequest: { code: 400, fields: ["message", "status"], message: undefined },
  failed: { code: 402, fields: ECHOED, message: undefined },
  notFound: { code: 404, fields: ECHOED, message: undefined },
  closed: { code: 409, fields: ECHOED, message: undefined },
} as const;

/** The answer is the documented one for this word: code, status, exactly the documented fields, no word more. */
export function assertOneAnswer(answer: Answer, expected: { word: Word; merchantUid?: string }): void {
  const { word, merchantUid } = expected;
  const { code, fields, message } = DOCUMENTED[word];
  assert.equal(`${answer.status} ${answer.body?.status}`, `${code} ${word}`, answer.text);
  assert.deepEqual(Object.keys(answer.body).sort(), [...fields], "no field but the documented ones");
  if (message !== undefined) assert.equal(answer.body.message, message);
  assert.match(answer.body.message, /^\P{C}+$/u);
  if (fields !== DOCUMENTED.invalidRequest.fields && merchantUid !== undefined) {
    assert.equal(answer.body.merchant_uid, merchantUid);
  }
  assert.equal(answer.headers.get("retry-after"), word === "pending" ? "2" : null);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json; charset=utf-8$/i);
  assert.equal(answer.headers.get("cache-control"), "no-store");
}

/**
 * Invariant I20, as far as this server has reason to ask: no other request may ever leave. A live server asks for no test
 * payment.
 */
const ALLOWED_LINES = [
  /^POST \/users\/getToken$/,
  /^GET \/payments\/imps?_[A-Za-z0-9_-]{1,27}$/,
  /^GET \/payments\/findAll\/[A-Za-z0-9_-]{1,40}\?[a-z=&0-9-]*$/,
  /^GET \/payments\/status\/(?:ready|paid|cancelled)\?[a-z=&0-9]*$/,
  /^GET \/users\/pg$/,
  /^POST \/payments\/cancel$/,
  /^(POST|PUT) \/payments\/prepare$/,
  /^GET \/payments\/prepare\/[A-Za-z0-9_-]{1,40}$/,
  /^DELETE \/vbanks\/imps?_[A-Za-z0-9_-]{1,27}$/,
];
const ALLOWED_IN_SANDBOX = /^GET \/payments\/imps?_[A-Za-z0-9_-]{1,27}\?include_sandbox=true$/;

export function assertOnlyAllowedLines(lines: readonly string[], { isLive }: { isLive: boolean }): void {
  const allowed = isLive ? ALLOWED_LINES : [...ALLOWED_LINES, ALLOWED_IN_SANDBOX];
  for (const line of lines)
    assert.ok(
      allowed.some((pattern) => pattern.test(line)),
      `${line} must never leave`,
    );
}
