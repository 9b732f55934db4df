// Goal: with a private port, what only the shop may reach is not on the buyers' port at all, and the other way round.
// Method: every route on both ports; a 404 under the one, any other answer under the other. R56: the router's own list against a table.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { freePort } from "../process/server-process.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";
import { listRoutes } from "../support/list-routes.ts";
import { until } from "../support/until.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator, env: { DOJANG_PRIVATE_PORT: "0" } });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

interface Route {
  readonly method: string;
  readonly path: string;
  readonly isPrivate: boolean;
  readonly status: number;
}

const ROUTES: readonly Route[] = [
  { method: "POST", path: "/payments/complete", isPrivate: false, status: 400 },
  { method: "GET", path: "/payments/redirect", isPrivate: false, status: 404 },
  { method: "POST", path: "/webhooks/iamport", isPrivate: false, status: 400 },
  { method: "GET", path: "/checkout/dj_no_such_order", isPrivate: false, status: 404 },
  { method: "GET", path: "/checkout/dj_no_such_order/state", isPrivate: false, status: 404 },
  { method: "GET", path: "/healthz", isPrivate: false, status: 200 },
  { method: "GET", path: "/readyz", isPrivate: false, status: 200 },
  { method: "GET", path: "/v1/orders", isPrivate: true, status: 200 },
  { method: "POST", path: "/v1/orders", isPrivate: true, status: 400 },
  { method: "GET", path: "/v1/customers/user-1", isPrivate: true, status: 404 },
  { method: "GET", path: "/docs", isPrivate: true, status: 200 },
  { method: "GET", path: "/console", isPrivate: true, status: 200 },
  { method: "GET", path: "/console/orders", isPrivate: true, status: 200 },
  { method: "GET", path: "/console/api/session", isPrivate: true, status: 401 },
  { method: "POST", path: "/console/api/session", isPrivate: true, status: 403 },
  { method: "POST", path: "/console/host", isPrivate: true, status: 401 },
  { method: "GET", path: "/docs/json", isPrivate: true, status: 200 },
  { method: "GET", path: "/openapi.json", isPrivate: true, status: 200 },
];

const NOWHERE = "There is nothing at this address";

async function ask(base: string, { method, path }: Route): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${TEST_API_KEY}`, "content-type": "application/json" };
  const response = await fetch(base + path, {
    method,
    headers,
    ...(method === "POST" ? { body: "{}" } : {}),
  });
  return { status: response.status, text: await response.text() };
}

describe("DOJANG_PRIVATE_PORT", () => {
  test("opens a second port", () => {
    assert.notEqual(dojang.dojang.url, dojang.dojang.privateUrl);
  });

  for (const route of ROUTES) {
    const { method, path, isPrivate, status } = route;
    const [here, there] = isPrivate ? ["private", "public"] : ["public", "private"];
    test(`serves ${method} ${path} on the ${here} port and not on the ${there} one`, async () => {
      const [own, other] = isPrivate
        ? [dojang.dojang.privateUrl, dojang.dojang.url]
        : [dojang.dojang.url, dojang.dojang.privateUrl];
      const served = await ask(own, route);
      assert.equal(served.status, status, served.text);
      assert.equal(served.text.includes(NOWHERE), false);
      const refused = await ask(other, route);
      assert.equal(refused.status, 404);
      assert.ok(refused.text.includes(NOWHERE));
    });
  }

  test("/readyz answers only once the shop's side is served too", async () => {
    const [port, privatePort] = [await freePort(), await freePort()];
    const env = { PORT: String(port), DOJANG_PRIVATE_PORT: String(privatePort) };
    const starting = startTestDojang({ emulator, env });
    const address = `http://127.0.0.1:${port}/readyz`;
    const ready = await until("the buyers' side answers", () => fetch(address).catch(() => undefined));
    const shop = await fetch(`http://127.0.0.1:${privatePort}/v1/orders`).catch(() => undefined);
    await using _ = await starting;
    assert.deepEqual([ready.status, shop?.status], [200, 401]);
  });

  test("gives buyers the public address as checkout_url", async () => {
    const { body } = await dojang.order();
    assert.ok(body.checkout_url.startsWith(`${dojang.dojang.url}/checkout/`), body.checkout_url);
  });
});

describe("Without DOJANG_PRIVATE_PORT", () => {
  test("one port serves both sides", async () => {
    await using one = await startTestDojang({ emulator });
    assert.equal(one.dojang.url, one.dojang.privateUrl);
    for (const route of ROUTES) {
      const { status, text } = await ask(one.url, route);
      assert.equal(status, route.status, `${route.method} ${route.path} ${text}`);
      assert.equal(text.includes(NOWHERE), false, route.path);
    }
  });
});

/** What the library for CORS and the page for "nothing here" add. */
const FALLBACK = ["GET *", "HEAD *"];

const PUBLIC = [
  ...FALLBACK,
  "GET /checkout/:merchant_uid",
  "GET /checkout/:merchant_uid/state",
  "GET /healthz",
  "GET /payments/redirect",
  "GET /readyz",
  "OPTIONS /payments/complete*",
  "POST /payments/complete",
  "POST /payments/confirm",
  "POST /webhooks/iamport",
];

/** Without the console's, which test/http/console-roles.test.ts lists with the role of each. */
const PRIVATE = [
  ...FALLBACK,
  ...["/docs", "/docs/", "/docs/*", "/docs/json", "/docs/yaml", "/openapi.json"].map((path) => `GET ${path}`),
  ...["/docs/static/index.html", "/docs/static/swagger-initializer.js"].map((path) => `GET ${path}`),
  "HEAD /docs/*",
  "GET /v1/audit",
  "GET /v1/customers/:id",
  "GET /v1/deliveries",
  "GET /v1/discrepancies",
  "GET /v1/orders",
  "GET /v1/orders/:merchant_uid",
  "GET /v1/orders/:merchant_uid/audit",
  "GET /v1/orders/:merchant_uid/timeline",
  "GET /v1/reconcile/:id",
  "GET /v1/reports/daily",
  "GET /v1/tasks",
  "POST /v1/deliveries/:id/retry",
  "POST /v1/discrepancies/:id/resolve",
  "POST /v1/events/enable",
  "POST /v1/events/test",
  "POST /v1/orders",
  "POST /v1/orders/:merchant_uid/cancel",
  "POST /v1/orders/:merchant_uid/refunds",
  "POST /v1/orders/:merchant_uid/verify",
  "POST /v1/reconcile",
  "POST /v1/tasks/:key/retry",
];

describe("The routes of a live server", () => {
  test("R56-a for buyers and the gateway are these, and no others", async () => {
    assert.deepEqual(await listRoutes(dojang, { side: "public", isSandbox: false }), PUBLIC.toSorted());
  });

  test("R56-a for the shop are these, and no others", async () => {
    const routes = await listRoutes(dojang, { side: "private", isSandbox: false });
    assert.deepEqual(
      routes.filter((route) => !route.includes(" /console")),
      PRIVATE.toSorted(),
    );
  });
});
