import assert from "node:assert/strict";
import type { ErrorCode } from "../../src/errors.ts";
import { ERRORS } from "../../src/errors.ts";
import type { Answer, TestDojang } from "../support/dojang.ts";

/** An RFC 9457 problem with this code, its status from the table, and nothing beside the documented members. */
export function assertProblem(answer: Answer, code: ErrorCode): void {
  assert.equal(answer.body?.code, code, answer.text);
  assert.equal(answer.status, ERRORS[code].status);
  assert.equal(answer.headers.get("content-type"), "application/problem+json; charset=utf-8");
  assert.deepEqual(Object.keys(answer.body), ["type", "title", "status", "code", "detail", "retry"]);
  assert.equal(answer.body.type, `urn:dojang:error:${code}`);
  assert.equal(answer.body.title, ERRORS[code].title);
  assert.equal(answer.body.status, answer.status);
  assert.equal(answer.body.retry, ERRORS[code].retry);
  assert.ok(answer.body.detail.length > 0);
}

/** How many orders the server holds, up to 100. */
export async function countOrders(dojang: TestDojang): Promise<number> {
  return (await dojang.dojang.deps.store.listOrders({ limit: 100 })).orders.length;
}

/** Ids of the shop's own that do not repeat within a file. */
export function freshUid(): string {
  lastUid += 1;
  return `shop-order-${String(lastUid).padStart(6, "0")}`;
}
let lastUid = 0;
