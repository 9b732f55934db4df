// Goal: the example shop ships on a signed `order.paid` and on nothing else. Method: events signed by the test, then the whole sandbox as
// `npm start` starts it, paid by the emulator's admin API. No browser is needed.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { EVENTS_PATH, startShop } from "../../examples/shop/server.ts";
import { readConfig } from "../../src/config.ts";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openLog } from "../../src/log.ts";
import { startSandbox } from "../../src/sandbox.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

const KEY = Buffer.alloc(32, 5);
const COOKIE = `customer=c_${"a".repeat(32)}`;
const FORM = {
  product: "inkstone",
  quantity: 1,
  pay_method: "card",
  buyer_name: "홍길동",
  buyer_tel: "010-1234-5678",
  buyer_email: "hong@example.com",
};

async function ask(shopUrl: string, path: string, body?: unknown) {
  const response = await fetch(shopUrl + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { cookie: COOKIE, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  return (await response.json()) as any;
}

describe("POST /dojang/events", () => {
  let emulator: Emulator;
  let dojang: TestDojang;
  let shop: Awaited<ReturnType<typeof startShop>>;
  before(async () => {
    emulator = await startEmulator();
    dojang = await startTestDojang({ emulator });
    shop = await startShop({
      host: "127.0.0.1",
      port: 0,
      dojangUrl: dojang.url,
      dojangApiKey: TEST_API_KEY,
      sdkUrl: `${emulator.url}/v1/iamport.js`,
      userCode: emulator.userCode,
      eventsSecret: `whsec_${KEY.toString("base64")}`,
    });
  });
  after(async () => {
    await shop.close();
    await dojang[Symbol.asyncDispose]();
    await emulator.close();
  });

  const order = async (): Promise<string> => (await ask(shop.url, "/api/checkout", FORM)).merchant_uid;
  const shippedAt = async (id: string) => (await ask(shop.url, `/api/orders/${id}`)).shipped_at;

  let ids = 0;
  /** Posts an event, signed as Dojang signs unless something is changed. */
  async function tell(
    merchant_uid: string | undefined,
    {
      type = "order.paid",
      id = `evt_${++ids}`,
      sequence = 2,
      key = KEY,
      ageS = 0,
      headers = {} as Record<string, string>,
      sent = "",
    } = {},
  ): Promise<number> {
    const event = { type, timestamp: new Date().toISOString(), data: { merchant_uid, sequence } };
    const body = JSON.stringify(event);
    const timestamp = String(Math.floor(Date.now() / 1000) - ageS);
    const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
    const response = await fetch(shop.url + EVENTS_PATH, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${signature}`,
        ...headers,
      },
      body: body + sent,
    });
    return response.status;
  }

  test("ships on order.paid, once", async () => {
    const id = await order();
    assert.equal(await shippedAt(id), null);
    assert.equal(await tell(id), 204);
    const at = await shippedAt(id);
    assert.equal(new Date(at).toISOString(), at);
    assert.equal(await tell(id), 204);
    assert.equal(await shippedAt(id), at);
  });

  test("tells the buyer of each event once, in the order's own order, and of nothing that is an operator's", async () => {
    const id = await order();
    await tell(id, { type: "order.paid", id: "evt_paid", sequence: 3 });
    await tell(id, { type: "discrepancy.opened", sequence: 3 });
    await tell(id, { type: "order.awaiting_deposit", sequence: 2 });
    await tell(id, { type: "order.paid", id: "evt_paid", sequence: 3 });
    const types = async (path: string) => {
      const answer = await ask(shop.url, path);
      const shown = Array.isArray(answer) ? answer.find(({ merchant_uid }) => merchant_uid === id) : answer;
      return shown.told.map(({ type }: { type: string }) => type);
    };
    for (const path of ["/api/orders", `/api/orders/${id}`])
      assert.deepEqual(await types(path), ["order.awaiting_deposit", "order.paid"]);
  });

  test("takes a test event, and any other that it does not know, and does nothing", async () => {
    assert.equal(await tell(undefined, { type: "dojang.test" }), 204);
    const id = await order();
    assert.equal(await tell(id, { type: "order.something_new" }), 204);
    assert.equal(await shippedAt(id), null);
  });

  test("ships on nothing else", async () => {
    const id = await order();
    for (const type of ["order.awaiting_deposit", "payment.rejected", "order.refunded", "order.paid.not"])
      assert.equal(await tell(id, { type }), 204);
    assert.equal(await shippedAt(id), null);
  });

  const FORGED = {
    "another key": { key: Buffer.alloc(32, 6) },
    "an old timestamp": { ageS: 301 },
    "a timestamp from the future": { ageS: -301 },
    "a changed body": { sent: " " },
    "another id": { headers: { "webhook-id": "evt_other" } },
    "no signature": { headers: { "webhook-signature": "" } },
    "a signature of another scheme": { headers: { "webhook-signature": "v1a,AAAA" } },
    "no timestamp": { headers: { "webhook-timestamp": "" } },
    "too much": { sent: " ".repeat(70_000) },
  };
  for (const [what, forged] of Object.entries(FORGED)) {
    test(`refuses an event with ${what}`, async () => {
      const id = await order();
      assert.equal(await tell(id, forged), 401);
      assert.equal(await shippedAt(id), null);
    });
  }

  test("finds the true signature beside that of another secret", async () => {
    const id = await order();
    const event = { type: "order.paid", timestamp: new Date().toISOString(), data: { merchant_uid: id } };
    const body = JSON.stringify(event);
    const seconds = Math.floor(Date.now() / 1000);
    const sign = (key: Buffer) =>
      new Webhook(key, { format: "raw" }).sign("evt_two", new Date(seconds * 1000), body);
    const response = await fetch(shop.url + EVENTS_PATH, {
      method: "POST",
      headers: {
        "webhook-id": "evt_two",
        "webhook-timestamp": String(seconds),
        "webhook-signature": `${sign(Buffer.alloc(32, 6))} ${sign(KEY)}`,
      },
      body,
    });
    assert.equal(response.status, 204);
    assert.notEqual(await shippedAt(id), null);
  });
});

describe("the sandbox", () => {
  test("ships an order of the example shop that the emulator was paid for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dojang-shop-events-"));
    const config = readConfig({
      PORT: "0",
      DATABASE_URL: `sqlite:${join(folder, "dojang.db")}`,
      DOJANG_LOG_LEVEL: "silent",
    });
    const sandbox = await startSandbox(config, {
      log: openLog("silent"),
      onFatal: (error) => {
        throw error;
      },
    });
    try {
      const { merchant_uid, amount } = await ask(sandbox.shopUrl, "/api/checkout", FORM);
      const paid = await fetch(`${sandbox.emulatorUrl}/admin/api/payments`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ merchant_uid, amount, sandbox: true, notify: true }),
      });
      assert.equal(paid.status, 201);
      const { status } = await until("the shop has shipped", async () => {
        const order = await ask(sandbox.shopUrl, `/api/orders/${merchant_uid}`);
        return order.shipped_at !== null && order;
      });
      assert.equal(status, "paid");
    } finally {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
