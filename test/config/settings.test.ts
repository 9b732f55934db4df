// Goal: every setting of docs/operations.md has the default it says, takes a good value, and refuses each bad one with
// one line that says what to set. Method: one table over readConfig; nothing is started.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readConfig } from "../../src/config.ts";
import { ConfigError, type Env } from "../../src/env.ts";
import { SETTINGS } from "./settings-table.ts";

for (const { name, read, byDefault, good, bad, isEmptyRefused = false, beside = {} } of SETTINGS) {
  describe(`readConfig() on ${name}`, () => {
    test(`is ${JSON.stringify(byDefault) ?? "nothing"} when unset${isEmptyRefused ? "" : " or empty"}`, () => {
      assert.deepEqual(read(readConfig(beside)), byDefault);
      if (!isEmptyRefused) assert.deepEqual(read(readConfig({ ...beside, [name]: " " })), byDefault);
    });
    for (const [value, expected] of good) {
      test(`reads ${JSON.stringify(value)}`, () => {
        assert.deepEqual(read(readConfig({ ...beside, [name]: value })), expected);
      });
    }
    for (const [value, line] of bad) {
      test(`refuses ${JSON.stringify(value)} in one line`, () => {
        assert.equal(refusalOf({ ...beside, [name]: value }), line);
        assert.equal(line.includes("\n"), false);
      });
    }
  });
}

describe("readConfig()", () => {
  test("says in one line what is wrong, whatever control characters a value has", () => {
    for (const name of [
      "DOJANG_MODE",
      "PORT",
      "DOJANG_ALLOWED_ORIGINS",
      "DOJANG_PAY_WITHIN",
      "DOJANG_RETURN_DAILY_AMOUNT",
    ])
      assert.match(refusalOf({ [name]: "a\n\u001b[2Jb" }), /: saw a\\u000a\\u001b\[2Jb$/, name);
    assert.match(refusalOf({ DOJANG_ALLOWED_CHANNELS: "a\u0000b" }), /: saw a\\u0000b$/);
  });
});

function refusalOf(env: Env): string {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  return "not refused";
}
