import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { phpJson, phpJsonString, RawJson } from "./php-json.ts";

describe("phpJsonString()", () => {
  test("escapes slashes, quotes, control characters and everything beyond ASCII", () => {
    assert.equal(
      phpJsonString('a/b"\\\n\u0001é한😀'),
      '"a\\/b\\"\\\\\\n\\u0001\\u00e9\\ud55c\\ud83d\\ude00"',
    );
  });

  test("is read back as the same text, and is ASCII", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = phpJsonString(text);
        return JSON.parse(json) === text && /^[\x20-\x7e]*$/.test(json);
      }),
    );
  });
});

describe("phpJson()", () => {
  test("sorts keys at every depth, leaves undefined out and raw text alone", () => {
    const value = { b: [1, { d: null, c: true }], a: new RawJson("1e3"), e: undefined };
    assert.equal(phpJson(value), '{"a":1e3,"b":[1,{"c":true,"d":null}]}');
  });
});
