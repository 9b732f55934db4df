// Goal: what must be true of every answer is true of every route's, whatever the method. Method: the router's own list of routes, each
// asked by every method, listed there or not, on a bare connection; C numbers are rows of docs/security.md.
import assert from "node:assert/strict";
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { type Console, pageHeaders, postSession, signedIn } from "../support/console.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";
import { listRoutes } from "../support/list-routes.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
/** Never ends by itself: test/http/console-live.test.ts. */
const NOT_ASKED = "/console/api/live";
/** What pages and i'mport read instead of a problem. */
const TOO_LARGE: Readonly<Record<string, string>> = {
  "/payments/complete": '"invalidRequest"',
  "/payments/confirm": "larger than this address takes",
};
const ECHO = "sentinel-of-a-header-0815";

interface Seen {
  readonly route: string;
  readonly isListed: boolean;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let emulator: Emulator;
let dojang: TestDojang;
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
const seen: Seen[] = [];
let admin: Console;
let known: readonly string[];

before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  admin = await signedIn(dojang, "admin");
  const { merchant_uid } = (await dojang.order()).body;
  const sides = { public: false, private: false };
  const listed = new Set<string>();
  for (const side of Object.keys(sides) as (keyof typeof sides)[])
    for (const route of await listRoutes(dojang, { side, isSandbox: true })) listed.add(route);
  known = [...listed];
  const paths = new Set(known.map((route) => route.slice(route.indexOf(" ") + 1)));
  const asks = [...paths].flatMap((path) => METHODS.map((method) => ({ method, path })));
  await Promise.all(
    asks
      .filter(({ path }) => path !== NOT_ASKED)
      .map(async ({ method, path }) => {
        const route = `${method} ${path}`;
        const filled = path
          .replace(/^\*/, "/*")
          .replaceAll(":merchant_uid", merchant_uid)
          .replaceAll(/:\w+|\*/g, "nothing");
        seen.push({
          route,
          isListed: known.some((one) => covers(one, route)),
          ...(await ask(method, filled, admin)),
        });
      }),
  );
});
after(async () => {
  agent.destroy();
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

/** With every right there is: the shop's key and, for what only reads, an admin's session. */
async function ask(method: string, path: string, { cookie }: Console) {
  const authorization = path.startsWith("/v1") ? { authorization: `Bearer ${TEST_API_KEY}` } : {};
  const session = method === "GET" ? { cookie, ...pageHeaders(dojang) } : {};
  const headers = { "x-echo": ECHO, ...authorization, ...session };
  const sent = request(`${dojang.url}${path}`, { method, headers, agent });
  sent.end();
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve).once("error", reject);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** Whether a route of the list is this one, or all below a folder. `GET *` is what answers that there is nothing. */
function covers(listed: string, route: string): boolean {
  return listed === route || (/\/.*\*$/.test(listed) && route.startsWith(listed.slice(0, -1)));
}

const withBody = () => seen.filter(({ body }) => body !== "");

describe("every route's answer", () => {
  test("C27 says its type, and of a text its charset", () => {
    assert.ok(withBody().length > 300, `only ${withBody().length} answers had a body`);
    const bad = withBody().filter(({ headers }) => {
      const type = headers["content-type"] ?? "";
      return !/; charset=utf-8\b/i.test(type) && !/^(image|font)\//.test(type);
    });
    assert.deepEqual(
      bad.map(({ route, status, headers }) => `${route}: ${status} ${headers["content-type"]}`),
      [],
    );
  });

  test("C28 to a method that is not the route's is nothing but a 404, and to TRACE without an echo", () => {
    const others = seen.filter(({ isListed }) => !isListed);
    assert.ok(others.length > 300, `only ${others.length} were asked`);
    const answered = others.filter(
      ({ route, status, body }) =>
        status !== 404 || !(route.startsWith("HEAD ") || JSON.parse(body).code === "not_found"),
    );
    assert.deepEqual(
      answered.map(({ route, status, body }) => `${route}: ${status} ${body.slice(0, 60)}`),
      [],
    );
    const own = seen.filter(({ isListed }) => isListed);
    assert.ok(own.length > 80, `only ${own.length} of the routes' own`);
    for (const { route, body } of seen) assert.ok(!body.includes(ECHO), route);
    // A folder of files answers HEAD by itself; no other route does.
    for (const { route } of own) assert.doesNotMatch(route, /^HEAD (?!\*|\/docs\/)/);
    const methods = new Set(own.map(({ route }) => route.split(" ")[0]));
    assert.deepEqual([...methods].toSorted(), ["GET", "HEAD", "OPTIONS", "POST"]);
  });

  test("C26 carries the headers that keep a browser in its place", () => {
    for (const { route, headers } of seen) {
      assert.equal(headers["x-content-type-options"], "nosniff", route);
      assert.match(String(headers["strict-transport-security"]), /^max-age=31536000/, route);
      assert.match(String(headers["content-security-policy"]), /frame-ancestors 'none'/, route);
      assert.ok(headers["referrer-policy"], route);
      assert.ok(headers["cache-control"], route);
    }
  });

  test("C48 names no software and no version of it", () => {
    for (const { route, headers, body, status } of seen) {
      for (const name of ["server", "x-powered-by", "via"]) assert.equal(headers[name], undefined, route);
      const said = JSON.stringify(headers) + (status >= 400 ? body : "");
      assert.doesNotMatch(said, /fastify|node\.?js|undici|sqlite|postgres|v?24\.\d+\.\d+/i, route);
    }
  });

  test("C30 refuses a body of one byte more than 64 KB, whoever sends it", async () => {
    const posts = known.filter((route) => route.startsWith("POST "));
    assert.ok(posts.length > 30, `only ${posts.length} take a body`);
    const body = `{"name":"${"x".repeat(65_537 - 11)}"}`;
    for (const route of posts) {
      const path = route.slice("POST ".length);
      const { status, text } = await dojang.request("POST", path, {
        rawBody: body,
        headers: { cookie: admin.cookie, ...pageHeaders(dojang) },
      });
      const code = TOO_LARGE[path] ?? '"payload_too_large"';
      assert.ok(status === 400 && text.includes(code), `${route}: ${status} ${text.slice(0, 90)}`);
    }
  });

  test("C39 that refuses access is told in the log, with why, where and from whom, and without the key", async () => {
    const from = dojang.logLines.length;
    const wrong = "sentinel-of-a-wrong-key";
    await dojang.request("GET", "/v1/orders", {
      isShop: false,
      headers: { authorization: `Bearer ${wrong}` },
    });
    const viewer = await signedIn(dojang, "viewer");
    await viewer.ask("POST", "/orders/export", { body: { reason: "x" } });
    await admin.ask("POST", "/operators", { body: {}, headers: { origin: "https://evil.example" } });
    await postSession(dojang, { name: "viewer", password: wrong });
    const lines = dojang.logLines.slice(from);
    const told = lines
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === "access_refused" || msg === "sign_in_refused")
      .map(({ msg, code, route, address, level }) => [msg, code, route, address, level]);
    const warn = 40;
    assert.deepEqual(told, [
      ["access_refused", "unauthorized", "/v1/orders", "127.0.0.1", warn],
      ["access_refused", "role_required", "/console/api/orders/export", "127.0.0.1", warn],
      ["access_refused", "foreign_origin", "/console/api/operators", "127.0.0.1", warn],
      ["sign_in_refused", undefined, undefined, "127.0.0.1", warn],
    ]);
    assert.ok(!lines.join("").includes(wrong));
  });
});
