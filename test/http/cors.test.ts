import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";

const SHOP = "https://shop.example.com";
let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({
    emulator,
    env: { DOJANG_ALLOWED_ORIGINS: `${SHOP},https://m.example.com` },
  });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const preflight = (path: string, origin: string) =>
  dojang.request("OPTIONS", path, {
    isShop: false,
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
const ALLOW = "access-control-allow-origin";

describe("CORS on /payments/complete", () => {
  for (const origin of [SHOP, "https://m.example.com"]) {
    test(`lets a page of ${origin} ask and read the answer`, async () => {
      const asked = await preflight("/payments/complete", origin);
      assert.equal(asked.status, 204);
      assert.equal(asked.headers.get(ALLOW), origin);
      assert.equal(asked.headers.get("access-control-allow-methods"), "POST");
      assert.equal(asked.headers.get("access-control-allow-headers"), "content-type");
      assert.equal(asked.headers.get("access-control-allow-credentials"), null);
      const body = { imp_uid: "imp_000000000001", merchant_uid: "dj_no_such_order" };
      const answer = await dojang.request("POST", "/payments/complete", { body, headers: { origin } });
      assert.equal(answer.status, 404);
      assert.equal(answer.headers.get(ALLOW), origin);
      assert.equal(answer.headers.get("access-control-expose-headers"), "retry-after");
      assert.match(answer.headers.get("vary") ?? "", /Origin/);
    });
  }

  test("lets an allowed page read a refusal, too", async () => {
    const answer = await dojang.request("POST", "/payments/complete", {
      rawBody: "{",
      headers: { origin: SHOP },
    });
    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get(ALLOW), SHOP);
  });

  const OTHERS = [
    "https://evil.example",
    "http://shop.example.com",
    "https://shop.example.com.evil.example",
    "https://SHOP.example.com:8443",
    "null",
  ];
  for (const origin of OTHERS) {
    test(`allows nothing to a page of ${origin}`, async () => {
      const asked = await preflight("/payments/complete", origin);
      assert.equal(asked.headers.get(ALLOW), null);
      assert.equal(asked.headers.get("access-control-allow-methods"), null);
      const answer = await dojang.request("POST", "/payments/complete", { body: {}, headers: { origin } });
      assert.equal(answer.headers.get(ALLOW), null);
    });
  }

  test("answers a server, which has no origin, without CORS headers", async () => {
    const answer = await dojang.request("POST", "/payments/complete", { body: {} });
    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get(ALLOW), null);
  });
});

describe("CORS elsewhere", () => {
  for (const path of ["/v1/orders", "/webhooks/iamport", "/healthz", "/payments/redirect", "/openapi.json"]) {
    test(`gives no page leave to use ${path}`, async () => {
      const asked = await preflight(path, SHOP);
      assert.equal(asked.status, 404);
      assert.equal(asked.headers.get(ALLOW), null);
      const answer = await dojang.request("GET", path, { headers: { origin: SHOP } });
      assert.equal(answer.headers.get(ALLOW), null);
    });
  }
});
