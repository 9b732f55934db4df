import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { EMULATOR_KEYS, readConfig } from "./config.ts";
import { paymentSdkOf } from "./payment-sdk.ts";

const LIVE = {
  DOJANG_MODE: "live",
  DOJANG_ALLOW_ONE_PORT: "1",
  DOJANG_API_KEY: "a".repeat(30),
  DOJANG_DATA_KEY: randomBytes(32).toString("base64"),
  DOJANG_PUBLIC_URL: "https://pay.example.com",
  IMP_KEY: "1234567890",
  IMP_SECRET: "s".repeat(30),
};
const VENDOR = "https://cdn.iamport.kr/v1/iamport.js";
const LOOPBACK = { baseUrl: "http://127.0.0.1:4000", ...EMULATOR_KEYS };

test("paymentSdkOf() takes the emulator's script in sandbox, and the vendor's wherever else the gateway is", () => {
  assert.deepEqual(paymentSdkOf(readConfig({}), LOOPBACK), {
    url: "http://127.0.0.1:4000/v1/iamport.js",
    userCode: "imp00000001",
    moreOrigins: [],
  });
  const remote = { ...LOOPBACK, baseUrl: "https://api.iamport.kr" };
  assert.equal(paymentSdkOf(readConfig({}), remote)?.url, VENDOR);
});

test("paymentSdkOf() has a live page load nothing from the buyer's own machine", () => {
  const config = readConfig({ ...LIVE, IMP_CODE: "imp12345678" });
  assert.equal(paymentSdkOf(config, LOOPBACK)?.url, VENDOR);
});

test("paymentSdkOf() is nothing in live where nobody said whose account it is", () => {
  assert.equal(paymentSdkOf(readConfig(LIVE), LOOPBACK), undefined);
});

test("paymentSdkOf() carries the channel, the sub-merchant and the origins of PGs", () => {
  const config = readConfig({
    ...LIVE,
    IMP_CODE: "imp12345678",
    IMP_CHANNEL_KEY: "channel-1",
    IMP_SDK_ORIGINS: "https://pg.example.com",
  });
  assert.deepEqual(paymentSdkOf(config, { ...LOOPBACK, tier: "AAA" }), {
    url: VENDOR,
    userCode: "imp12345678",
    tier: "AAA",
    channelKey: "channel-1",
    moreOrigins: ["https://pg.example.com"],
  });
});
