// Goal: events go where the operator said, signed, and in live never by accident to this machine or in the clear.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readConfig } from "../../src/config.ts";
import { ConfigError, type Env } from "../../src/env.ts";

const ONE = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const TWO = `whsec_${Buffer.alloc(24, 2).toString("base64")}`;
const URL_SET = { DOJANG_EVENTS_URL: "https://shop.example.com/events", DOJANG_EVENTS_SECRET: ONE };
const LIVE = {
  DOJANG_MODE: "live",
  DOJANG_ALLOW_ONE_PORT: "1",
  IMP_KEY: "4711081547110815",
  IMP_SECRET: "a-secret-of-a-test",
  DOJANG_API_KEY: "an-api-key-of-a-test-0000001",
  DOJANG_DATA_KEY: Buffer.from("0123456789abcdef0123456789abcdef").toString("base64"),
};
const URL_FORM =
  "Set DOJANG_EVENTS_URL to the https address where the shop takes events, without user, query and fragment";
const URL_LIVE =
  "Set DOJANG_EVENTS_URL to an https address of another machine (or set DOJANG_ALLOW_LOCAL_EVENTS=1)";
const SECRET_COUNT = (count: number) =>
  `Set DOJANG_EVENTS_SECRET (or DOJANG_EVENTS_SECRET_FILE) to one secret, or two while rotating: it holds ${count}`;
const SECRET_FORM =
  "Set DOJANG_EVENTS_SECRET to whsec_ and 24 to 64 random bytes in base64: openssl rand -base64 32";

function refusalOf(env: Env): string {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  return "not refused";
}

describe("readConfig() on events", () => {
  test("tells nobody and wants payments seen again when nothing is set", () => {
    const { events, recheck } = readConfig({});
    assert.equal(events, undefined);
    assert.equal(recheck, "required");
  });

  test("reads an address with one secret, and with two while rotating", () => {
    const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(24, 2)];
    const read = (DOJANG_EVENTS_SECRET: string) =>
      readConfig({ ...URL_SET, DOJANG_EVENTS_SECRET }).events?.secrets;
    assert.deepEqual(read(ONE), [one]);
    for (const between of [" ", ",", ", ", "\n"]) assert.deepEqual(read(ONE + between + TWO), [one, two]);
  });

  test("reads the secret from a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "dojang-events-"));
    try {
      const path = join(folder, "secret");
      writeFileSync(path, `${ONE}\n${TWO}\n`);
      const { events } = readConfig({
        DOJANG_EVENTS_URL: "https://shop.example.com",
        DOJANG_EVENTS_SECRET_FILE: path,
      });
      assert.equal(events?.secrets.length, 2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("reads DOJANG_RECHECK", () => {
    assert.equal(readConfig({ DOJANG_RECHECK: "best_effort" }).recheck, "best_effort");
    assert.equal(
      refusalOf({ DOJANG_RECHECK: "never" }),
      "Set DOJANG_RECHECK to required or best_effort: saw never",
    );
  });

  const BAD: readonly (readonly [Env, string])[] = [
    [{ DOJANG_EVENTS_URL: "shop.example.com" }, URL_FORM],
    [{ DOJANG_EVENTS_URL: "ftp://shop.example.com" }, URL_FORM],
    [{ DOJANG_EVENTS_URL: "https://user:word@shop.example.com" }, URL_FORM],
    [{ DOJANG_EVENTS_URL: "https://shop.example.com/?key=1" }, URL_FORM],
    [{ DOJANG_EVENTS_SECRET: "" }, SECRET_COUNT(0)],
    [{ DOJANG_EVENTS_SECRET: `${ONE} ${TWO} ${ONE}` }, SECRET_COUNT(3)],
    [{ DOJANG_EVENTS_SECRET: "a-plain-word" }, SECRET_FORM],
    [{ DOJANG_EVENTS_SECRET: "whsec_c2hvcnQ=" }, SECRET_FORM],
    [{ DOJANG_EVENTS_SECRET: `whsec_${Buffer.alloc(65).toString("base64")}` }, SECRET_FORM],
  ];
  for (const [env, line] of BAD) {
    test(`refuses ${JSON.stringify(env)} in one line`, () => {
      assert.equal(refusalOf({ ...URL_SET, ...env }), line);
      assert.equal(refusalOf({ ...LIVE, ...URL_SET, ...env }), line);
    });
  }

  for (const url of [
    "http://shop.example.com",
    "https://localhost/e",
    "https://127.0.0.1",
    "https://[::1]:8443/e",
  ]) {
    test(`takes ${url} in sandbox, and in live with DOJANG_ALLOW_LOCAL_EVENTS=1 only`, () => {
      const env = { ...URL_SET, DOJANG_EVENTS_URL: url };
      assert.equal(readConfig(env).events?.allowsLocal, true);
      assert.equal(refusalOf({ ...LIVE, ...env }), URL_LIVE);
      assert.equal(readConfig({ ...LIVE, ...env, DOJANG_ALLOW_LOCAL_EVENTS: "1" }).events?.allowsLocal, true);
    });
  }

  test("reads the address that is asked before approval, with or without one for events", () => {
    const hook = { DOJANG_CONFIRM_HOOK_URL: "https://shop.example.com/confirm", DOJANG_EVENTS_SECRET: ONE };
    const { events, confirmHook } = readConfig(hook);
    assert.equal(events, undefined);
    assert.deepEqual(confirmHook, {
      url: "https://shop.example.com/confirm",
      secrets: [Buffer.alloc(32, 1)],
      allowsLocal: true,
    });
    assert.equal(readConfig({ ...LIVE, ...hook }).confirmHook?.allowsLocal, false);
    assert.equal(readConfig({ ...URL_SET, ...hook }).events?.url, "https://shop.example.com/events");
    const local = { ...hook, DOJANG_CONFIRM_HOOK_URL: "https://127.0.0.1/confirm" };
    assert.equal(
      refusalOf({ ...LIVE, ...local }),
      "Set DOJANG_CONFIRM_HOOK_URL to an https address of another machine (or set DOJANG_ALLOW_LOCAL_EVENTS=1)",
    );
    assert.equal(
      refusalOf({ ...hook, DOJANG_CONFIRM_HOOK_URL: "shop" }),
      "Set DOJANG_CONFIRM_HOOK_URL to the https address where the shop answers before a payment is approved, without user, query and fragment",
    );
    assert.equal(refusalOf({ ...hook, DOJANG_EVENTS_SECRET: "" }), SECRET_COUNT(0));
  });

  test("guards the address in live", () => {
    assert.equal(readConfig({ ...LIVE, ...URL_SET }).events?.allowsLocal, false);
  });
});
