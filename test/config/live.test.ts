// Goal: a live server cannot be started on a setting that is missing, weak, public or in the clear. Method: one good set
// of settings, and one row per way to spoil it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { DEVELOPMENT_API_KEY, EMULATOR_KEYS, readConfig } from "../../src/config.ts";
import { ConfigError, type Env } from "../../src/env.ts";

const LIVE: Env = {
  DOJANG_MODE: "live",
  DOJANG_PRIVATE_PORT: "3001",
  IMP_KEY: "8901234567",
  IMP_SECRET: "vendor-secret",
  DOJANG_API_KEY: randomBytes(24).toString("base64url"),
  DOJANG_DATA_KEY: randomBytes(32).toString("base64"),
};
const OWN_API_KEY = "Set DOJANG_API_KEY to a key of your own: this one is printed in the repository";
const OWN_IMP_KEYS =
  "Set IMP_KEY and IMP_SECRET to your i'mport account's: the emulator's do not count in live";
const HTTPS_GATEWAY = "Set IMP_API_URL to an https address: live keys never travel in the clear";
const LOOPBACK_GATEWAY =
  "Set DOJANG_ALLOW_LOOPBACK_GATEWAY=1 to use a gateway on loopback in live, or IMP_API_URL to an https address";
const NO_PRIVATE_PORT =
  "Set DOJANG_PRIVATE_PORT: in live, /v1 must not share the buyers' port (or set DOJANG_ALLOW_ONE_PORT=1)";

const REFUSED: readonly (readonly [what: string, spoilt: Env, line: string])[] = [
  ["no private port", { DOJANG_PRIVATE_PORT: undefined }, NO_PRIVATE_PORT],
  [
    "one port without the exact word",
    { DOJANG_PRIVATE_PORT: undefined, DOJANG_ALLOW_ONE_PORT: "true" },
    NO_PRIVATE_PORT,
  ],
  [
    "no IMP_KEY",
    { IMP_KEY: undefined },
    "Set IMP_KEY (or IMP_KEY_FILE) to the REST API key of your i'mport account",
  ],
  [
    "no IMP_SECRET",
    { IMP_SECRET: "" },
    "Set IMP_SECRET (or IMP_SECRET_FILE) to the REST API secret of your i'mport account",
  ],
  [
    "no IMP_KEY although a gateway is named",
    { IMP_KEY: undefined, IMP_API_URL: "https://gateway.example.com" },
    "Set IMP_KEY (or IMP_KEY_FILE) to the REST API key of your i'mport account",
  ],
  ["the emulator's key", { IMP_KEY: EMULATOR_KEYS.impKey }, OWN_IMP_KEYS],
  ["the emulator's secret", { IMP_SECRET: EMULATOR_KEYS.impSecret }, OWN_IMP_KEYS],
  ["http to the gateway", { IMP_API_URL: "http://api.iamport.kr" }, HTTPS_GATEWAY],
  [
    "http to the gateway, with loopback allowed",
    { IMP_API_URL: "http://10.0.0.1", DOJANG_ALLOW_LOOPBACK_GATEWAY: "1" },
    HTTPS_GATEWAY,
  ],
  [
    "http to a name that only looks like loopback",
    { IMP_API_URL: "http://127.0.0.1.example.com" },
    HTTPS_GATEWAY,
  ],
  ["a loopback gateway", { IMP_API_URL: "http://127.0.0.1:4000" }, LOOPBACK_GATEWAY],
  [
    "no API key",
    { DOJANG_API_KEY: undefined },
    "Set DOJANG_API_KEY (or DOJANG_API_KEY_FILE) to a random text of at least 24 characters",
  ],
  [
    "a short API key",
    { DOJANG_API_KEY: "x".repeat(23) },
    "Set DOJANG_API_KEY to at least 24 characters: it has 23",
  ],
  ["the printed API key", { DOJANG_API_KEY: DEVELOPMENT_API_KEY }, OWN_API_KEY],
  [
    "no data key",
    { DOJANG_DATA_KEY: undefined },
    "Set DOJANG_DATA_KEY (or DOJANG_DATA_KEY_FILE) to 32 random bytes in base64: openssl rand -base64 32",
  ],
  [
    "a data key that is not random",
    { DOJANG_DATA_KEY: Buffer.alloc(32).toString("base64") },
    "Set DOJANG_DATA_KEY to random bytes: openssl rand -base64 32",
  ],
  [
    "no public address while listening everywhere",
    { HOST: "0.0.0.0" },
    "Set DOJANG_PUBLIC_URL to the https address where buyers reach this server",
  ],
  [
    "a public address in the clear",
    { DOJANG_PUBLIC_URL: "http://pay.example.com" },
    "Set DOJANG_PUBLIC_URL to an https address: buyers must not pay over plain http",
  ],
  [
    "money that goes back at once",
    { DOJANG_RETURN_AFTER: "599s" },
    "Set DOJANG_RETURN_AFTER to 10m or more: in live, money never goes back at once",
  ],
  [
    "certificates that nobody verifies",
    { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    "Unset NODE_TLS_REJECT_UNAUTHORIZED: a live server must verify the gateway's certificate",
  ],
];

describe("readConfig() in live", () => {
  for (const [what, spoilt, line] of REFUSED) {
    test(`${line === OWN_API_KEY || line === OWN_IMP_KEYS ? "R54-b" : "R55-a"} refuses ${what}`, () => {
      assert.throws(
        () => readConfig({ ...LIVE, ...spoilt }),
        (error) => {
          assert.ok(error instanceof ConfigError, String(error));
          assert.equal(error.message, line);
          return true;
        },
      );
    });
  }

  test("takes the good settings, and i'mport's own address by default", () => {
    const config = readConfig(LIVE);
    assert.equal(config.mode, "live");
    assert.deepEqual(config.gateway, {
      baseUrl: "https://api.iamport.kr",
      impKey: LIVE["IMP_KEY"],
      impSecret: LIVE["IMP_SECRET"],
    });
    assert.equal(config.isApiKeyGenerated, false);
    assert.equal(config.allowedChannels, undefined);
  });

  test("takes the vendor's key and secret as short as they are", () => {
    assert.equal(readConfig({ ...LIVE, IMP_KEY: "1", IMP_SECRET: "2" }).gateway?.impKey, "1");
  });

  for (const host of ["127.0.0.1:4000", "localhost:4000", "[::1]:4000", "127.1.2.3"]) {
    test(`takes a gateway on ${host} once that is allowed`, () => {
      const env = { ...LIVE, IMP_API_URL: `http://${host}`, DOJANG_ALLOW_LOOPBACK_GATEWAY: "1" };
      assert.equal(readConfig(env).gateway?.baseUrl, `http://${host}`);
    });
  }

  test("takes one port once that is allowed", () => {
    const env = { ...LIVE, DOJANG_PRIVATE_PORT: undefined, DOJANG_ALLOW_ONE_PORT: "1" };
    assert.equal(readConfig(env).privatePort, undefined);
  });

  for (const host of ["127.0.0.1", "localhost", "::1"]) {
    test(`needs no public address while it listens on ${host} alone`, () => {
      assert.equal(readConfig({ ...LIVE, HOST: host }).publicUrl, undefined);
    });
  }

  test("takes a public address on loopback in the clear", () => {
    const env = { ...LIVE, DOJANG_PUBLIC_URL: "http://127.0.0.1:3000" };
    assert.equal(readConfig(env).publicUrl, "http://127.0.0.1:3000");
  });
});

describe("readConfig() in sandbox", () => {
  test("needs nothing, and leaves the gateway to the emulator", () => {
    const config = readConfig({});
    assert.equal(config.gateway, undefined);
    assert.equal(config.apiKey, DEVELOPMENT_API_KEY);
    assert.equal(config.isApiKeyGenerated, true);
  });

  test("uses the emulator's keys at a named gateway without keys", () => {
    const { gateway } = readConfig({ IMP_API_URL: "http://127.0.0.1:4000" });
    assert.deepEqual(gateway, { baseUrl: "http://127.0.0.1:4000", ...EMULATOR_KEYS });
  });

  test("wants both halves of a key pair", () => {
    assert.throws(() => readConfig({ IMP_KEY: "k" }), /^ConfigError: Set IMP_SECRET \(or IMP_SECRET_FILE\)/);
    assert.throws(() => readConfig({ IMP_SECRET: "s" }), /^ConfigError: Set IMP_KEY \(or IMP_KEY_FILE\)/);
  });

  test("wants all that solapi needs", () => {
    assert.throws(
      () => readConfig({ DOJANG_SMS: "solapi", SOLAPI_API_KEY: "k", SOLAPI_FROM: "02" }),
      /^ConfigError: Set SOLAPI_API_KEY, SOLAPI_API_SECRET and SOLAPI_FROM for DOJANG_SMS=solapi$/,
    );
  });
});
