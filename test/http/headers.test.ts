import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { type Answer, startTestDojang, type TestDojang } from "../support/dojang.ts";
import { assertProblem } from "./answers.ts";

let emulator: Emulator;
let dojang: TestDojang;
let merchantUid: string;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  merchantUid = (await dojang.order()).body.merchant_uid;
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const SECURITY: Readonly<Record<string, string | RegExp>> = {
  "content-security-policy":
    /^default-src 'none';style-src 'sha256-[^']+';frame-ancestors 'none';base-uri 'none';form-action 'none'$/,
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};
/** What would tell a stranger which software to attack. */
const BANNERS = ["server", "x-powered-by", "via"];

const JSON_TYPE = "application/json; charset=utf-8";
const PROBLEM = "application/problem+json; charset=utf-8";
const PAGE = "text/html; charset=utf-8";

interface Row {
  readonly method: string;
  readonly path: () => string;
  readonly status: number;
  readonly type: string;
  readonly rawBody?: string;
  readonly isShop?: boolean;
}

const ROWS: readonly Row[] = [
  {
    method: "POST",
    path: () => "/v1/orders",
    rawBody: '{"name":"a","amount":1}',
    status: 201,
    type: JSON_TYPE,
  },
  { method: "POST", path: () => "/v1/orders", rawBody: "{", status: 400, type: PROBLEM },
  { method: "GET", path: () => `/v1/orders/${merchantUid}`, status: 200, type: JSON_TYPE },
  { method: "GET", path: () => "/v1/orders/dj_no_such_order", status: 404, type: PROBLEM },
  { method: "GET", path: () => "/v1/orders", status: 200, type: JSON_TYPE },
  { method: "GET", path: () => "/v1/orders", isShop: false, status: 401, type: PROBLEM },
  { method: "GET", path: () => "/v1/customers/nobody", status: 404, type: PROBLEM },
  { method: "POST", path: () => "/payments/complete", rawBody: "{}", status: 400, type: JSON_TYPE },
  { method: "GET", path: () => "/payments/redirect", status: 404, type: PAGE },
  {
    method: "POST",
    path: () => "/webhooks/iamport",
    rawBody: '{"imp_uid":"imp_1"}',
    status: 200,
    type: JSON_TYPE,
  },
  { method: "POST", path: () => "/webhooks/iamport", rawBody: "{}", status: 400, type: PROBLEM },
  { method: "GET", path: () => `/checkout/${merchantUid}`, status: 200, type: PAGE },
  { method: "GET", path: () => "/checkout/dj_no_such_order", status: 404, type: PAGE },
  { method: "GET", path: () => "/healthz", status: 200, type: JSON_TYPE },
  { method: "GET", path: () => "/readyz", status: 200, type: JSON_TYPE },
  { method: "GET", path: () => "/openapi.json", status: 200, type: JSON_TYPE },
  { method: "GET", path: () => "/", status: 404, type: PROBLEM },
  { method: "GET", path: () => "/v1/nothing", status: 404, type: PROBLEM },
  { method: "PUT", path: () => "/v1/orders", rawBody: "{}", status: 404, type: PROBLEM },
  { method: "DELETE", path: () => "/payments/complete", status: 404, type: PROBLEM },
  { method: "GET", path: () => "/v1/orders/a%ZZ", status: 400, type: PROBLEM },
  { method: "GET", path: () => `/v1/orders/${"x".repeat(4000)}`, status: 404, type: PROBLEM },
  { method: "GET", path: () => `/checkout/${"x".repeat(4000)}`, status: 404, type: PAGE },
];

function assertHeaders({ headers }: Answer): void {
  for (const [name, expected] of Object.entries(SECURITY)) {
    const seen = headers.get(name) ?? "";
    if (typeof expected === "string") assert.equal(seen, expected, name);
    else assert.match(seen, expected, name);
  }
  for (const name of BANNERS) assert.equal(headers.get(name), null, name);
}

describe("every answer", () => {
  for (const { method, path, status, type, rawBody, isShop } of ROWS) {
    test(`of ${method} ${path().slice(0, 60)} with ${status} carries its type and the security headers`, async () => {
      const options = {
        ...(rawBody === undefined ? {} : { rawBody }),
        ...(isShop === undefined ? {} : { isShop }),
      };
      const answer = await dojang.request(method, path(), options);
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.headers.get("content-type"), type);
      assertHeaders(answer);
    });
  }

  test("to a path that cannot be read is a problem that repeats nothing of it", async () => {
    const answer = await dojang.request("GET", "/v1/orders/%ff%fe-secret");
    assertProblem(answer, "malformed_request");
    assert.equal(answer.text.includes("secret"), false);
  });

  test("to what is no HTTP is a problem, and the connection ends", async () => {
    const { port } = new URL(dojang.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\nbroken header\r\n\r\n");
    const answer = await text(socket);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /\r\ncontent-type: application\/problem\+json; charset=utf-8\r\n/i);
    assert.equal(JSON.parse(answer.split("\r\n\r\n")[1] ?? "").code, "malformed_request");
  });

  test("to headers without end is a problem, and the connection ends", async () => {
    const { port } = new URL(dojang.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`);
    const answer = await text(socket);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.equal(JSON.parse(answer.split("\r\n\r\n")[1] ?? "").code, "payload_too_large");
  });
});

describe("an answer about an unknown address", () => {
  test("is a problem that says so", async () => {
    assertProblem(await dojang.request("GET", "/nothing/here"), "not_found");
  });
});
