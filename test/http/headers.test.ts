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
let closedUid: string;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  merchantUid = (await dojang.order()).body.merchant_uid;
  closedUid = (await dojang.order()).body.merchant_uid;
  await dojang.request("POST", `/v1/orders/${closedUid}/cancel`, { body: { reason: "x" } });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const API_POLICY = "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'";
const SECURITY: Readonly<Record<string, string>> = {
  "content-security-policy": API_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};
/** A page of ours that loads nothing of anybody else's. */
const PLAIN = {
  "content-security-policy": [
    "default-src 'none'",
    ...["script", "style", "font", "img", "connect"].map((kind) => `${kind}-src 'self'`),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join(";"),
};
/** A page that opens i'mport's window: its script, its frame and what they call are let in, and no text of the page is run. */
const payable = (origin: string) => ({
  "content-security-policy": [
    "default-src 'none'",
    `script-src 'self' ${origin}`,
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self'",
    `img-src 'self' data: ${origin}`,
    `connect-src 'self' ${origin}`,
    "base-uri 'none'",
    `form-action ${origin}`,
    "frame-ancestors 'none'",
    `frame-src ${origin}`,
  ].join(";"),
  "cross-origin-opener-policy": "same-origin-allow-popups",
  "referrer-policy": "strict-origin",
});
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
  /** Headers that differ from every other answer's. */
  readonly own?: () => Readonly<Record<string, string>>;
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
  { method: "GET", path: () => "/payments/redirect", status: 404, type: PAGE, own: () => PLAIN },
  {
    method: "POST",
    path: () => "/webhooks/iamport",
    rawBody: '{"imp_uid":"imp_1"}',
    status: 200,
    type: JSON_TYPE,
  },
  { method: "POST", path: () => "/webhooks/iamport", rawBody: "{}", status: 400, type: PROBLEM },
  {
    method: "GET",
    path: () => `/checkout/${merchantUid}`,
    status: 200,
    type: PAGE,
    own: () => payable(emulator.url),
  },
  { method: "GET", path: () => `/checkout/${closedUid}`, status: 200, type: PAGE, own: () => PLAIN },
  { method: "GET", path: () => "/checkout/dj_no_such_order", status: 404, type: PAGE, own: () => PLAIN },
  { method: "GET", path: () => `/checkout/${merchantUid}/state`, status: 200, type: JSON_TYPE },
  { method: "GET", path: () => "/checkout/dj_no_such_order/state", status: 404, type: PROBLEM },
  { method: "GET", path: () => "/assets/nothing.js", status: 404, type: PROBLEM },
  { method: "GET", path: () => "/assets/..%2fmanifest.json", status: 404, type: PROBLEM },
  { method: "GET", path: () => "/console/api/session", status: 401, type: PROBLEM },
  { method: "POST", path: () => "/console/api/session", rawBody: "{}", status: 403, type: PROBLEM },
  { method: "GET", path: () => "/console/api/nothing", status: 404, type: PROBLEM },
  { method: "GET", path: () => "/healthz", status: 200, type: JSON_TYPE },
  { method: "GET", path: () => "/readyz", status: 200, type: JSON_TYPE },
  { method: "GET", path: () => "/openapi.json", status: 200, type: JSON_TYPE },
  { method: "GET", path: () => "/", status: 404, type: PROBLEM },
  { method: "GET", path: () => "/v1/nothing", status: 404, type: PROBLEM },
  { method: "PUT", path: () => "/v1/orders", rawBody: "{}", status: 404, type: PROBLEM },
  { method: "DELETE", path: () => "/payments/complete", status: 404, type: PROBLEM },
  { method: "GET", path: () => "/v1/orders/a%ZZ", status: 400, type: PROBLEM },
  { method: "GET", path: () => `/v1/orders/${"x".repeat(4000)}`, status: 404, type: PROBLEM },
  {
    method: "GET",
    path: () => `/checkout/${"x".repeat(4000)}`,
    status: 404,
    type: PAGE,
    own: () => PLAIN,
  },
];

function assertHeaders({ headers }: Answer, own: Readonly<Record<string, string>> = {}): void {
  for (const [name, expected] of Object.entries({ ...SECURITY, ...own })) {
    assert.equal(headers.get(name) ?? "", expected, name);
  }
  for (const name of BANNERS) assert.equal(headers.get(name), null, name);
}

describe("every answer", () => {
  for (const { method, path, status, type, rawBody, isShop, own } of ROWS) {
    test(`of ${method} ${path().slice(0, 60)} with ${status} carries its type and the security headers`, async () => {
      const options = {
        ...(rawBody === undefined ? {} : { rawBody }),
        ...(isShop === undefined ? {} : { isShop }),
      };
      const answer = await dojang.request(method, path(), options);
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.headers.get("content-type"), type);
      assertHeaders(answer, own?.());
    });
  }

  test("of what a page loads is to be kept for a year, and carries the security headers", async () => {
    const { text: page } = await dojang.request("GET", `/checkout/${merchantUid}`);
    const paths = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");
    assert.ok(paths.some((path) => path.endsWith(".js")) && paths.some((path) => path.endsWith(".css")));
    for (const path of paths) {
      const answer = await dojang.request("GET", path, { headers: { "accept-encoding": "br" } });
      assert.equal(answer.status, 200, path);
      assertHeaders(answer, { "cache-control": "public, max-age=31536000, immutable" });
      if (/\.(js|css)$/.test(path)) assert.equal(answer.headers.get("content-encoding"), "br", path);
    }
  });

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
