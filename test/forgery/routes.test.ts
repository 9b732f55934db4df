// R56: routes that nobody should reach. Goal: what a server answers to is what is listed here, and nothing more. Method: the router's own
// list of a live server, side by side, against a table; a new route is a new line here.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld } from "../support/forgery.ts";
import { listRoutes } from "../support/list-routes.ts";

const world = await openWorld({ mode: "live" });
after(() => world.close());

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
    const routes = await listRoutes(world.dojang, { side: "public", isSandbox: false });
    assert.deepEqual(routes, PUBLIC.toSorted());
  });

  test("R56-a for the shop are these, and no others", async () => {
    const routes = await listRoutes(world.dojang, { side: "private", isSandbox: false });
    assert.deepEqual(
      routes.filter((route) => !route.includes(" /console")),
      PRIVATE.toSorted(),
    );
  });
});
