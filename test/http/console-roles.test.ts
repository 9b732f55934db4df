// Goal: nobody does in the console what the role does not allow, and no route is forgotten. Method: every route of the running server,
// read off its router, against one table; each asked by every role, and by nobody.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { askConsole, type Console, signedIn } from "../support/console.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { listRoutes } from "../support/list-routes.ts";
import { assertProblem } from "./answers.ts";

const ROLES = ["viewer", "operator", "admin"] as const;
type Role = (typeof ROLES)[number] | "newcomer" | "anyone";

/** The least role of each route under /console/api. */
const ROUTES: Readonly<Record<string, Role>> = {
  "POST /session": "anyone",
  "GET /session": "newcomer",
  "POST /session/end": "newcomer",
  "POST /session/end-all": "newcomer",
  "POST /session/password": "newcomer",
  "GET /figures": "viewer",
  "GET /live": "viewer",
  "POST /orders/search": "viewer",
  "GET /orders/:merchant_uid/payments/:imp_uid/raw": "viewer",
  "POST /orders/:merchant_uid/payments/:imp_uid/raw": "operator",
  "POST /orders/:merchant_uid/customer": "operator",
  "POST /orders/:merchant_uid/notice": "operator",
  "POST /orders/export": "operator",
  "GET /operators": "admin",
  "POST /operators": "admin",
  "POST /operators/:name": "admin",
  "POST /operators/:name/password": "admin",
  "GET /api-keys": "admin",
  "POST /api-keys": "admin",
  "POST /api-keys/:id/revoke": "admin",
  "GET /v1/orders": "viewer",
  "POST /v1/orders": "operator",
  "GET /v1/orders/:merchant_uid": "viewer",
  "GET /v1/orders/:merchant_uid/timeline": "viewer",
  "GET /v1/orders/:merchant_uid/audit": "viewer",
  "POST /v1/orders/:merchant_uid/verify": "operator",
  "POST /v1/orders/:merchant_uid/refunds": "operator",
  "POST /v1/orders/:merchant_uid/cancel": "operator",
  "GET /v1/discrepancies": "viewer",
  "POST /v1/discrepancies/:id/resolve": "operator",
  "GET /v1/deliveries": "viewer",
  "POST /v1/deliveries/:id/retry": "operator",
  "GET /v1/audit": "viewer",
  "GET /v1/reports/daily": "viewer",
  "POST /v1/reconcile": "operator",
  "GET /v1/reconcile/:id": "viewer",
  "GET /v1/tasks": "viewer",
  "POST /v1/tasks/:key/retry": "operator",
  "POST /v1/events/test": "operator",
  "POST /v1/events/enable": "operator",
};
/** These would end or never end: they are asked elsewhere. */
const NOT_ASKED_ALLOWED = ["POST /session/end", "POST /session/end-all", "GET /live"];

let emulator: Emulator;
let dojang: TestDojang;
let people: readonly Console[];
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  people = await Promise.all(ROLES.map((role) => signedIn(dojang, role)));
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

/** The routes under /console/api, as the router lists them. */
async function consoleRoutes(): Promise<readonly string[]> {
  const prefix = / \/console\/api/;
  const routes = await listRoutes(dojang, { side: "private", isSandbox: true });
  return routes.filter((route) => prefix.test(route)).map((route) => route.replace(prefix, " "));
}

const isAllowed = (role: (typeof ROLES)[number], least: Role) =>
  least === "anyone" || least === "newcomer" || ROLES.indexOf(role) >= ROLES.indexOf(least);
const pathOf = (route: string) => (route.split(" ")[1] ?? "").replaceAll(/:\w+/g, "no_such_thing_here");

describe("The console's routes", () => {
  test("R56-c are those of the table, each with its role", async () => {
    assert.deepEqual([...(await consoleRoutes())].sort(), Object.keys(ROUTES).sort());
  });

  for (const [route, least] of Object.entries(ROUTES)) {
    const [method = ""] = route.split(" ");
    test(`R56-c ${route} is for ${least}`, async () => {
      if (least !== "anyone")
        assertProblem(await askConsole(dojang, method, { path: pathOf(route) }), "session_required");
      for (const { name, ask } of people) {
        const role = name as (typeof ROLES)[number];
        if (isAllowed(role, least) && NOT_ASKED_ALLOWED.includes(route)) continue;
        const answer = await ask(method, pathOf(route));
        if (!isAllowed(role, least)) assertProblem(answer, "role_required");
        else assert.notEqual(answer.body?.code, "role_required", answer.text);
        assert.equal(answer.status < 500, true, `${name}: ${answer.text}`);
      }
    });
  }

  test("take no API key for a session, and no session for an API key", async () => {
    const headers = { authorization: "Bearer test-api-key-of-the-shop-0001" };
    assertProblem(await askConsole(dojang, "GET", { path: "/v1/orders", headers }), "session_required");
    const cookie = people[2]?.cookie ?? "";
    const answer = await dojang.request("GET", "/v1/orders", { isShop: false, headers: { cookie } });
    assertProblem(answer, "unauthorized");
  });

  test("are not in the shop's API reference", async () => {
    const { paths } = (await dojang.request("GET", "/openapi.json")).body;
    assert.deepEqual(
      Object.keys(paths).filter((path) => path.startsWith("/console")),
      [],
    );
  });
});

describe("R40 a request from another site", () => {
  const foreign: Readonly<Record<string, Record<string, string>>> = {
    "R40-a another origin": { origin: "https://evil.example" },
    "R40-b no origin": { origin: "" },
    "R40-c the null origin": { origin: "null" },
    "R40-d our name in another place": { origin: "https://evil.example/#127.0.0.1" },
    "R40-e another port of this machine": { origin: "http://127.0.0.1:1" },
    "R40-f a browser that says cross-site": { "sec-fetch-site": "cross-site" },
    "R40-g a browser that says same-site": { "sec-fetch-site": "same-site" },
  };
  for (const [what, headers] of Object.entries(foreign))
    test(`${what} changes nothing`, async () => {
      const body = { name: "mallory", role: "admin" };
      const answer = await people[2]?.ask("POST", "/operators", { body, headers });
      assertProblem(answer as never, "foreign_origin");
      const answers = await askConsole(dojang, "POST", {
        path: "/session",
        body: { name: "a", password: "b" },
        headers,
      });
      assertProblem(answers, "foreign_origin");
      assert.equal(await dojang.dojang.deps.store.console.readOperator("mallory"), undefined);
    });

  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
    test(`R40-h a body of type ${type} is not read`, async () => {
      const answer = await people[2]?.ask("POST", "/operators", {
        rawBody: '{"name":"mallory","role":"admin"}',
        headers: { "content-type": type },
      });
      assertProblem(answer as never, "unsupported_media_type");
    });
});

describe("An operator", () => {
  const admin = () => people[2] as Console;
  test("that is disabled is signed out at once", async () => {
    const other = await signedIn(dojang, "operator", "disabled-one");
    assert.equal(
      (await admin().ask("POST", "/operators/disabled-one", { body: { disabled: true } })).status,
      204,
    );
    assertProblem(await other.ask("GET", "/session"), "session_required");
    const { data } = (await admin().ask("GET", "/operators")).body;
    const found = data.find(({ name }: { name: string }) => name === "disabled-one");
    assert.equal(typeof found.disabled_at, "string");
    assert.equal(JSON.stringify(data).includes("hash"), false);
  });

  test("that loses a role loses it at once", async () => {
    const other = await signedIn(dojang, "admin", "once-admin");
    assert.equal(
      (await admin().ask("POST", "/operators/once-admin", { body: { role: "viewer" } })).status,
      204,
    );
    assertProblem(await other.ask("GET", "/session"), "session_required");
  });

  test("gets a name that cannot be taken for another's", async () => {
    for (const name of [
      "default",
      "dojang",
      "key_1",
      "Kim",
      "kim lee",
      "k",
      "<script>",
      "",
      "x".repeat(41),
      "ｋｉｍ",
    ])
      assertProblem(
        await admin().ask("POST", "/operators", { body: { name, role: "viewer" } }),
        "invalid_operator_name",
      );
    assertProblem(
      await admin().ask("POST", "/operators", { body: { name: "viewer", role: "viewer" } }),
      "operator_exists",
    );
    assert.equal(
      (await admin().ask("POST", "/operators", { body: { name: "김철수", role: "viewer" } })).status,
      201,
    );
  });

  test("who is the last admin stays one", async () => {
    const body = { role: "viewer" };
    assertProblem(await admin().ask("POST", "/operators/admin", { body }), "last_admin");
    assertProblem(await admin().ask("POST", "/operators/nobody-here", { body }), "not_found");
  });

  test("is named by the audit, with what was done", async () => {
    const { data } = (await admin().ask("GET", "/v1/audit?limit=100")).body;
    const added = data.filter(({ action }: { action: string }) => action === "operator.added");
    assert.deepEqual(added.find(({ subject }: { subject: string }) => subject === "김철수")?.actor, "admin");
  });
});

describe("An API key made in the console", () => {
  test("opens /v1 until it is revoked, is shown once, and names its caller", async () => {
    const [, , { ask }] = people as [Console, Console, Console];
    const made = await ask("POST", "/api-keys", { body: { name: "ERP" } });
    assert.equal(made.status, 201);
    const { secret, id } = made.body;
    assert.match(secret, /^djk_[\w-]{43}$/);
    const call = (key: string) =>
      dojang.request("POST", "/v1/events/enable", {
        isShop: false,
        headers: { authorization: `Bearer ${key}` },
      });
    assert.equal((await call(secret)).status, 200);
    assertProblem(await call(`${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}`), "unauthorized");
    const { acts } = await dojang.dojang.deps.store.listActs({ limit: 1 });
    assert.equal(acts[0]?.actor, id);
    const list = await ask("GET", "/api-keys");
    assert.equal(list.text.includes(secret), false);
    assert.equal((await ask("POST", `/api-keys/${id}/revoke`)).status, 204);
    assertProblem(await call(secret), "unauthorized");
    assertProblem(await ask("POST", `/api-keys/${id}/revoke`), "not_found");
  });
});
