import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isJsonObject, JsonNumber, type JsonValue, readJson } from "./strict-json.ts";

/** The value as `JSON.parse` would give it. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.numberText);
  if (Array.isArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  const entries = Object.keys(value).map((key) => [key, plain(value[key] ?? null)] as const);
  return Object.fromEntries(entries);
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Counts the keys that a valid JSON text writes, repeated ones too: the colons outside its strings. */
function keysWritten(text: string): number {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
}

function keysHeld(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce((sum: number, each) => sum + keysHeld(each), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

const seed = Number(process.env["FC_SEED"] ?? Date.now() % 2 ** 31);
const RUNS = { seed, numRuns: 2000 };
const jsonText = fc.oneof(fc.json({ maxDepth: 4 }), fc.json({ noUnicodeString: false }));

describe(`readJson() (seed ${seed})`, () => {
  test("readJson() reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(jsonText, fc.constantFrom(undefined, 1, "\t \r\n"), (text, space) => {
        const spaced = JSON.stringify(JSON.parse(text), null, space);
        const reading = readJson(spaced);
        assert.ok(reading.ok, spaced);
        assert.deepEqual(plain(reading.value), JSON.parse(spaced));
      }),
      RUNS,
    );
  });

  // Goal: no text is accepted that the platform refuses, and none refused but for a repeated key or its depth.
  // Method: break a valid text at one place and let JSON.parse be the judge.
  test("readJson() agrees with JSON.parse on broken texts", () => {
    const shard = fc.constantFrom(...'"\\{}[]:,.-+eE019 \u0000\n\u2028ntu/a'.split(""), '"a":1,', "\\u0061");
    fc.assert(
      fc.property(jsonText, fc.nat(), fc.nat(3), shard, (text, place, cut, put) => {
        const at = place % (text.length + 1);
        const broken = text.slice(0, at) + put + text.slice(at + cut);
        const reading = readJson(broken);
        const judged = parsed(broken);
        if (reading.ok) {
          assert.deepEqual(judged, { value: plain(reading.value) });
        } else if (judged !== undefined) {
          assert.equal(reading.fault, "duplicate_key");
          assert.ok(keysWritten(broken) > keysHeld(judged.value), broken);
        }
      }),
      { ...RUNS, numRuns: 10_000 },
    );
  });

  test("readJson() refuses a key that is written twice, however it is spelled", () => {
    for (const text of [
      '{"a":1,"a":2}',
      '{"a":1,"a":1}',
      '{"a":1,"\\u0061":1}',
      '{"x":[{"b":null,"c":0,"b":null}]}',
      '{"__proto__":1,"__proto__":1}',
      '{"":0,"":0}',
    ]) {
      assert.deepEqual(readJson(text), { ok: false, fault: "duplicate_key" }, text);
    }
    assert.equal(readJson('{"a":{"a":1},"b":{"a":1}}').ok, true);
  });

  test("readJson() keeps the source text of every number", () => {
    for (const text of [
      "1000.0",
      "1e3",
      "-0",
      "1000.0000000000000001",
      "9007199254740993",
      "1e400",
      "0.10",
    ]) {
      assert.deepEqual(readJson(` ${text} `), { ok: true, value: new JsonNumber(text) });
    }
    for (const text of ["01", "+1", "1.", ".5", "1e", "1e+", "-", "NaN", "Infinity", "0x1", "1_0", "--1"]) {
      assert.deepEqual(readJson(text), { ok: false, fault: "malformed" }, text);
    }
  });

  test("readJson() gives objects without a prototype", () => {
    const reading = readJson('{"__proto__":{"isPaid":true},"constructor":1}');
    assert.ok(reading.ok && isJsonObject(reading.value));
    assert.equal(Object.getPrototypeOf(reading.value), null);
    assert.deepEqual(Object.keys(reading.value), ["__proto__", "constructor"]);
    assert.equal(reading.value["isPaid"], undefined);
    assert.equal(reading.value["toString"], undefined);
  });

  test("readJson() refuses texts deeper than 32 and those that are not one value", () => {
    assert.equal(readJson("[".repeat(32) + "]".repeat(32)).ok, true);
    assert.deepEqual(readJson("[".repeat(33) + "]".repeat(33)), { ok: false, fault: "too_deep" });
    assert.deepEqual(readJson('{"a":'.repeat(100_000)), { ok: false, fault: "too_deep" });
    for (const text of [
      "",
      " ",
      "{}{}",
      "[1,]",
      '{"a":1,}',
      "\ufeff{}",
      "{a:1}",
      "'a'",
      "tru",
      "[1 2]",
      "[1,,2]",
      '{"a":}',
      '{"a"1}',
      '{"a":1 "b":2}',
      '{"a',
      '"\\',
      '"\\x"',
      '{"\\x":1}',
      '["\\x"]',
      '"\n"',
    ]) {
      assert.deepEqual(readJson(text), { ok: false, fault: "malformed" }, JSON.stringify(text));
    }
  });
});
