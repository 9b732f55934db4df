import fc from "fast-check";
import { isJsonObject, JsonNumber, type JsonValue, readJson } from "../../../src/domain/strict-json.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";
import { readSecond, type SecondValue } from "../oracles/second-json.ts";

const DEPTH_MAX = 32;

/** `readJson` accepts what `JSON.parse` accepts, less repeated keys and depths beyond 32, and both see the same. */
export const strictJson: FuzzTarget = {
  name: "strict-json",
  sources: ["/src/domain/strict-json.ts"],
  seeds: [
    '{"code":0,"message":null,"response":{"imp_uid":"imp_1","amount":1000.0,"list":[1,-2e3,true,false]}}',
    '{"a":1,"a":1}',
    '{"\\u0061":"\\ud83d\\ude00","__proto__":{"a":null}}',
    `${"[".repeat(32)}${"]".repeat(32)}`,
    `${"[".repeat(33)}${"]".repeat(33)}`,
    " \t\r\n[ ] ",
  ],
  dictionary: [
    ...'{}[],:" \\\t\n',
    "true",
    "false",
    "null",
    '""',
    "\\u0061",
    "\\ud800",
    "\\\\",
    '\\"',
    '"a":',
    '"__proto__":',
    "[[[[[[[[",
    "]]]]]]]]",
    '{"a":',
    "\uFEFF",
    "\u2028",
  ],
  grammar: fc.oneof(fc.json({ maxDepth: 5 }), fc.json({ maxDepth: 2, noUnicodeString: false })),
  run(input) {
    const text = input.toString("utf8");
    const reading = readJson(text);
    const second = readSecond(text);
    if (second === undefined) {
      expect(!reading.ok, "readJson() accepts what JSON.parse refuses", () => text);
      return reading.fault;
    }
    const { hasRepeatedKey, depth } = second;
    const isDeep = depth > DEPTH_MAX;
    if (!reading.ok) {
      const isTrue =
        reading.fault === "duplicate_key" ? hasRepeatedKey : reading.fault === "too_deep" && isDeep;
      expect(isTrue, "readJson() refuses JSON for a fault that it has not", () => [reading.fault, text]);
      return reading.fault;
    }
    expect(!hasRepeatedKey, "readJson() accepts a repeated key", () => text);
    expect(!isDeep, "readJson() accepts more depth than 32", () => text);
    expect(
      isSame(reading.value, second.value),
      "readJson() sees another value than a second reader",
      () => text,
    );
    return `ok ${depth}`;
  },
};

/** Whether both readers see the same value; a number is its text. */
export function isSame(one: JsonValue | undefined, other: SecondValue | undefined): boolean {
  if (one instanceof JsonNumber)
    return (
      typeof other === "object" && other !== null && "number" in other && other.number === one.numberText
    );
  if (Array.isArray(one)) {
    const list = one as readonly JsonValue[];
    return (
      Array.isArray(other) &&
      list.length === other.length &&
      list.every((item, at) => isSame(item, other[at]))
    );
  }
  if (!isJsonObject(one)) return one === other;
  const keys = Object.keys(one);
  return (
    other instanceof Map &&
    keys.length === other.size &&
    keys.every((key) => other.has(key) && isSame(one[key], other.get(key)))
  );
}
