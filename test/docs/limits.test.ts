// C51. Goal: the limits that docs/security.md and docs/operations.md name are those that a server runs with. Method: the tables are read as
// text; the values come from a built server, from an answer's headers, and from what the code exports.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { readConfig } from "../../src/config.ts";
import { KEPT_ATTEMPTS_MAX } from "../../src/domain/attempts.ts";
import { APPROVAL_LEASE_MS } from "../../src/domain/decide-confirm.ts";
import { MISSING_AFTER_MS } from "../../src/domain/decide-missing.ts";
import { REFUNDS_MAX } from "../../src/domain/new-refund.ts";
import { SENDS_MAX } from "../../src/domain/refund-schedule.ts";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { GATEWAY_LIMITS } from "../../src/gateway/iamport/gateway-limits.ts";
import { TASK_CALLS_MAX } from "../../src/tasks/task-runner.ts";
import { PASSWORD_COST } from "../../src/usecases/passwords.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { openSide } from "../support/list-routes.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

let emulator: Emulator;
let dojang: TestDojang;
let side: FastifyInstance;
before(async () => {
  emulator = await startEmulator();
  // Empty is as good as not set: the limits of every day.
  dojang = await startTestDojang({ emulator, env: { DOJANG_RATE_LIMIT: "" } });
  side = await openSide(dojang, { side: "public", isSandbox: false });
});
after(async () => {
  await side.close();
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const seconds = (ms: number) => `${ms / 1000} s`;
const kilobytes = (bytes: number) => `${bytes / 1024} KB`;

async function requestsAMinute(method: string, path: string): Promise<string> {
  const body = method === "POST" ? { body: {} } : {};
  const { headers } = await dojang.request(method, path, body);
  return headers.get("x-ratelimit-limit") ?? "none";
}

test("C51 docs/security.md names the limits that a server runs with, and no other", async () => {
  const { server, initialConfig } = side;
  const { maxHeaderSize } = server as { maxHeaderSize?: number };
  const running: Readonly<Record<string, string>> = {
    "headers of a request, time": seconds(server.headersTimeout),
    "headers of a request, size": kilobytes(maxHeaderSize ?? 0),
    "a whole request, time": seconds(server.requestTimeout),
    "a body, unless its route says less": kilobytes(initialConfig.bodyLimit ?? 0),
    "requests a minute from one address: payments": await requestsAMinute("POST", "/payments/complete"),
    "requests a minute from one address: pages that wait": await requestsAMinute(
      "GET",
      "/checkout/nobody-here/state",
    ),
    "requests a minute from one address: webhooks": await requestsAMinute("POST", "/webhooks/iamport"),
    "requests a minute from one address: the shop": await requestsAMinute("GET", "/v1/orders"),
    "requests a minute from one address: the console": await requestsAMinute("GET", "/console/api/session"),
    "a question to the gateway, with its login": seconds(GATEWAY_LIMITS.deadlineMs),
    "a connection to the gateway, until it is there": seconds(GATEWAY_LIMITS.connectMs),
    "calls at the gateway at one time": String(GATEWAY_LIMITS.inFlightMax),
    "calls that wait for a place there": String(GATEWAY_LIMITS.queuedMax),
    "calls of tasks at one time": String(TASK_CALLS_MAX),
    "an answer about one payment": kilobytes(GATEWAY_LIMITS.paymentBytesMax),
    "an answer that is a list": kilobytes(GATEWAY_LIMITS.listBytesMax),
    "troubles in a row that open the breaker": String(GATEWAY_LIMITS.breakAfter),
    "an open breaker, until it tries": seconds(GATEWAY_LIMITS.breakMs),
    "payments kept of one order that did not pay it": String(KEPT_ATTEMPTS_MAX),
    "refunds of one order": String(REFUNDS_MAX),
    "sendings of one refund": String(SENDS_MAX),
    "an approval that keeps others out": seconds(APPROVAL_LEASE_MS),
    "a payment not shown, until an operator hears of it": seconds(MISSING_AFTER_MS),
    "scrypt of a password: N, r, p": `${PASSWORD_COST.cost}, ${PASSWORD_COST.block}, ${PASSWORD_COST.parallel}`,
  };
  const [, limits = ""] = read("docs/security.md").split("\n## Limits\n");
  const rows = [...limits.matchAll(/^\| (?!limit |---)(.+?) \| (.+?) \|$/gm)];
  assert.deepEqual(Object.fromEntries(rows.map(([, name, value]) => [name, value])), running);
});

test("C51 docs/operations.md names the defaults that nothing set leads to", () => {
  const config = readConfig({});
  const hours = (ms: number) => `${ms / 3_600_000}h`;
  const running: Readonly<Record<string, unknown>> = {
    DOJANG_WORKER_PORT: config.workerPort,
    DOJANG_DATABASE_CONNECTIONS: config.databaseConnections,
    DOJANG_COMPLETE_BUDGET_MS: config.completeBudgetMs,
    DOJANG_LOAD_LIMIT: config.loadLimit,
    DOJANG_TRUSTED_PROXY_HOPS: config.trustedProxyHops,
    DOJANG_PAY_WITHIN: hours(config.payWithinMs),
    DOJANG_PREPARE: config.prepare,
    DOJANG_RECHECK: config.recheck,
    DOJANG_LOG_LEVEL: config.logLevel,
    DOJANG_MODE: config.mode,
  };
  const rows = [...read("docs/operations.md").matchAll(/^\| `([A-Z_]+)` \| `([^`]+)` \|/gm)];
  const written = Object.fromEntries(rows.map(([, name, value]) => [name, value]));
  for (const [name, value] of Object.entries(running)) assert.equal(written[name], String(value), name);
});
