import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startShop } from "../../examples/shop/server.ts";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";

let emulator: Emulator;
let dojang: TestDojang;
let shop: Awaited<ReturnType<typeof startShop>>;

before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  shop = await openShopAt(dojang.url, TEST_API_KEY);
});
after(async () => {
  await shop.close();
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const openShopAt = (dojangUrl: string, dojangApiKey: string) =>
  startShop({
    host: "127.0.0.1",
    port: 0,
    dojangUrl,
    dojangApiKey,
    sdkUrl: `${emulator.url}/v1/iamport.js`,
    userCode: emulator.userCode,
  });

const FORM = {
  product: "inkstone",
  quantity: 2,
  pay_method: "card",
  buyer_name: "홍길동",
  buyer_tel: "010-1234-5678",
  buyer_email: "hong@example.com",
};
const ALICE = `customer=c_${"a".repeat(32)}`;
const BOB = `customer=c_${"b".repeat(32)}`;

async function ask(path: string, { at = shop.url, cookie = ALICE, body = undefined as unknown } = {}) {
  const response = await fetch(at + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { cookie, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  return { status: response.status, body: (await response.json()) as any };
}

describe("The shop's server", () => {
  test("decides the price itself, whatever the page says", async () => {
    const { status, body } = await ask("/api/checkout", { body: { ...FORM, amount: 1, price: 1 } });
    assert.equal(status, 200);
    assert.equal(body.amount, 96_000);
    assert.equal((await dojang.read(body.merchant_uid)).body.amount, 96_000);
  });

  test("shows an order to its own buyer only", async () => {
    const { body } = await ask("/api/checkout", { body: FORM });
    const path = `/api/orders/${body.merchant_uid}`;
    assert.equal((await ask(path)).body.status, "pending");
    assert.deepEqual(await ask(path, { cookie: BOB }), { status: 404, body: { error: "order_not_found" } });
    assert.deepEqual((await ask("/api/orders", { cookie: BOB })).body, []);
  });

  test("sends the buyer's details to no other page than the buyer's", async () => {
    const { body } = await ask("/api/checkout", { body: FORM });
    const { body: order } = await ask(`/api/orders/${body.merchant_uid}`);
    assert.equal("customer" in order, false);
  });

  const REFUSED = [
    ["product_unknown", { product: "gold" }],
    ["product_unknown", { product: "__proto__" }],
    ["quantity_invalid", { quantity: 0 }],
    ["quantity_invalid", { quantity: 1.5 }],
    ["quantity_invalid", { quantity: 21 }],
    ["pay_method_invalid", { pay_method: "cash" }],
    ["buyer_name_invalid", { buyer_name: " " }],
    ["buyer_tel_invalid", { buyer_tel: "call me" }],
    ["buyer_email_invalid", { buyer_email: "nobody" }],
  ] as const;
  for (const [code, wrong] of REFUSED) {
    test(`answers ${code} to ${JSON.stringify(wrong)}`, async () => {
      const answer = await ask("/api/checkout", { body: { ...FORM, ...wrong } });
      assert.deepEqual(answer, { status: 400, body: { error: code } });
    });
  }

  test("says that the key is wrong when Dojang refuses it", async () => {
    const other = await openShopAt(dojang.url, "a-key-that-nobody-knows");
    try {
      const answer = await ask("/api/checkout", { at: other.url, body: FORM });
      assert.deepEqual(answer, { status: 502, body: { error: "unauthorized" } });
    } finally {
      await other.close();
    }
  });

  test("says that it is not Dojang when something else answers there", async () => {
    const other = await openShopAt(emulator.url, TEST_API_KEY);
    try {
      const answer = await ask("/api/checkout", { at: other.url, body: FORM });
      assert.deepEqual(answer, { status: 502, body: { error: "dojang_not_understood" } });
    } finally {
      await other.close();
    }
  });

  test("sends a browser that came by another name to the one that Dojang knows", async () => {
    const { port } = new URL(shop.url);
    const response = await fetch(`http://localhost:${port}/orders`, { redirect: "manual" });
    assert.equal(response.status, 307);
    assert.equal(response.headers.get("location"), `${shop.url}/orders`);
  });

  test("serves no file outside its own folder", async () => {
    for (const path of [
      "/assets/../server.ts",
      "/assets/%2e%2e/server.ts",
      "/server.ts",
      "/assets//etc/passwd",
    ]) {
      const response = await fetch(shop.url + path);
      assert.equal(response.status, 404, path);
      assert.equal((await response.text()).includes("startShop"), false, path);
    }
  });
});
