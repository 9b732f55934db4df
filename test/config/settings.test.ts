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

function refusalOf(env: Env): string {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  return "not refused";
}
