// Goal: more requests than the thread can serve get their 503 at once, the least urgent first, and slow answers of others refuse nobody.
// Method: the routes of the real server with a busy share that the test sets; a store that does not answer keeps requests under way.
import assert from "node:assert/strict";
import { type AddressInfo, connect } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { createAdmission } from "../../src/http/admission.ts";
import { buildApp } from "../../src/http/app.ts";
import { openApiKeys } from "../../src/http/auth.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

const LIMIT = 16;
const ORIGIN = "https://shop.example.com";
let emulator: Emulator;
let dojang: TestDojang;
let app: FastifyInstance;
let url: string;
let busyShare = 0;
let underWay = 0;
let gate = Promise.withResolvers<void>();

before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  const { store } = dojang.dojang.deps;
  const held = async () => {
    underWay += 1;
    await gate.promise;
    underWay -= 1;
    return false;
  };
  const deps = {
    ...dojang.dojang.deps,
    store: new Proxy(store, {
      get(target, name) {
        if (name === "hasOrder") return held;
        if (name === "readOrder") return () => held().then(() => undefined);
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
  };
  app = await buildApp(
    {
      deps,
      apiKeys: openApiKeys({ default: TEST_API_KEY }, async () => undefined),
      publicUrl: () => dojang.url,
      shopSign: {},
      allowedOrigins: () => [ORIGIN],
      isSandbox: true,
      trustedProxyHops: 0,
      rateLimit: "off",
      admission: createAdmission(LIMIT, () => busyShare),
    },
    ["public", "private"],
  );
  await app.listen({ host: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
after(async () => {
  gate.resolve();
  await app.close();
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});
beforeEach(() => {
  busyShare = 0;
});

const post = (path: string, body: object) =>
  fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: ORIGIN },
    body: JSON.stringify(body),
  });
const complete = () =>
  post("/payments/complete", { imp_uid: "imp_000000000001", merchant_uid: "dj_no_such_order" });
const webhook = () =>
  post("/webhooks/iamport", { imp_uid: "imp_000000000001", merchant_uid: "no-such-order" });
const page = () => fetch(`${url}/checkout/dj_no_such_order`);
const shop = () =>
  fetch(`${url}/v1/orders/dj_no_such_order`, { headers: { authorization: `Bearer ${TEST_API_KEY}` } });

/** Brings so many requests under way, and ends them. */
async function hold(count: number, ask: () => Promise<Response>) {
  const from = underWay;
  const answers = Array.from({ length: count }, ask);
  await until("all are under way", () => underWay === from + count);
  return async () => {
    gate.resolve();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    await until("none is under way", () => underWay === 0);
    gate = Promise.withResolvers();
    return statuses;
  };
}

describe("createAdmission()", () => {
  test("turns away pages first, then the shop, then buyers; a webhook is taken still", async () => {
    const end = await hold(LIMIT / 2, complete);
    busyShare = 1;
    assert.equal((await page()).status, 503);
    const endShop = await hold(LIMIT / 4, shop);
    assert.equal((await shop()).status, 503);
    const endMore = await hold(LIMIT / 4, complete);
    assert.equal((await complete()).status, 503);
    const endWebhooks = await hold(LIMIT / 2, webhook);
    assert.equal((await webhook()).status, 503);
    assert.deepEqual(await end(), Array(LIMIT / 2).fill(404));
    assert.deepEqual(await endShop(), Array(LIMIT / 4).fill(404));
    assert.deepEqual(await endMore(), Array(LIMIT / 4).fill(404));
    assert.deepEqual(await endWebhooks(), Array(LIMIT / 2).fill(200));
    const endLast = await hold(1, page);
    assert.deepEqual(await endLast(), [404], "taken again once they are served");
  });

  test("refuses a page's call in the guide's shape, readable from the shop's origin, with Retry-After", async () => {
    const end = await hold(LIMIT, complete);
    busyShare = 1;
    const refused = await complete();
    assert.equal(refused.status, 503);
    const { headers } = refused;
    assert.deepEqual([headers.get("retry-after"), headers.get("cache-control")], ["1", "no-store"]);
    assert.equal(headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal(headers.get("access-control-expose-headers"), "retry-after");
    assert.equal(((await refused.json()) as { status: string }).status, "unavailable");
    const shopAnswer = await shop();
    assert.match(String(shopAnswer.headers.get("content-type")), /^application\/problem\+json/);
    assert.equal(((await shopAnswer.json()) as { code: string }).code, "overloaded");
    assert.equal(shopAnswer.headers.get("retry-after"), "1");
    await end();
  });

  test("answers its health whatever is under way", async () => {
    const end = await hold(LIMIT, complete);
    busyShare = 1;
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    await end();
  });

  test("refuses nobody while the thread has time left: others are slow then", async () => {
    busyShare = 0.89;
    const end = await hold(LIMIT * 4, complete);
    assert.deepEqual(await end(), Array(LIMIT * 4).fill(404));
  });

  test("forgets a request whose caller went away", async () => {
    const lost = new AbortController();
    const answers = Array.from({ length: LIMIT }, () =>
      fetch(`${url}/checkout/dj_no_such_order`, { signal: lost.signal }).catch(() => undefined),
    );
    await until("all are under way", () => underWay === LIMIT);
    lost.abort();
    await Promise.all(answers);
    gate.resolve();
    await until("none is under way", () => underWay === 0);
    gate = Promise.withResolvers();
    busyShare = 1;
    const end = await hold(LIMIT / 2, page);
    assert.deepEqual(await end(), Array(LIMIT / 2).fill(404));
  });

  // Goal: whoever dribbles takes nobody's place. Method: more bodies than the limit are begun and never sent, then buyers ask.
  test("counts no request whose body has not come", async () => {
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nhost: dojang\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n{`;
    let begun = 0;
    const count = () => {
      begun += 1;
    };
    app.server.on("request", count);
    const sockets = Array.from({ length: 2 * LIMIT }, (_, index) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      socket.write(head(index % 2 === 0 ? "/webhooks/iamport" : "/payments/complete"));
      return socket;
    });
    await until("all are begun", () => begun === sockets.length);
    app.server.off("request", count);
    busyShare = 1;
    const end = await hold(LIMIT, complete);
    assert.equal((await complete()).status, 503, "those that are whole are counted");
    assert.deepEqual(await end(), Array(LIMIT).fill(404));
    for (const socket of sockets) socket.destroy();
  });

  test("counts a request that says it has no body", async () => {
    const headers = { authorization: `Bearer ${TEST_API_KEY}` };
    const verify = () => fetch(`${url}/v1/orders/dj_no_such_order/verify`, { method: "POST", headers });
    const full = (LIMIT * 3) / 4;
    const end = await hold(full, verify);
    busyShare = 1;
    let status: number | undefined;
    const answered = shop().then((answer) => {
      status = answer.status;
    });
    await until("one more is answered, or under way", () => status !== undefined || underWay > full);
    assert.equal(status, 503);
    assert.deepEqual(await end(), Array(full).fill(404));
    await answered;
  });

  test("leaves webhooks room when all others wait for a slow gateway", async () => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    // As many as may be under way, whatever the thread does: one behind the other, so that they need no connection each.
    socket.write("GET /checkout/dj_no_such_order HTTP/1.1\r\nhost: dojang\r\n\r\n".repeat(4096));
    await until("all are under way", () => underWay === 4096);
    for (const ask of [page, shop, complete]) assert.equal((await ask()).status, 503);
    const told = webhook();
    await until("it is under way", () => underWay === 4097);
    socket.destroy();
    gate.resolve();
    assert.equal((await told).status, 200);
    await until("none is under way", () => underWay === 0);
    gate = Promise.withResolvers();
  });

  test("counts no request that was answered before its body came", async () => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const answers = socket.setEncoding("utf8")[Symbol.asyncIterator]();
    const refused =
      "POST /payments/complete HTTP/1.1\r\nhost: dojang\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n";
    for (let index = 0; index < LIMIT; index += 1) {
      socket.write(refused);
      assert.match((await answers.next()).value, /^HTTP\/1\.1 4/);
      socket.write("{}");
    }
    socket.destroy();
    busyShare = 1;
    const end = await hold(LIMIT, complete);
    assert.deepEqual(await end(), Array(LIMIT).fill(404));
  });
});
