import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readRfc3339 } from "./rfc3339.ts";

const NOON = Date.UTC(2026, 10, 23, 12);

describe("readRfc3339()", () => {
  const READ: readonly (readonly [text: string, at: number])[] = [
    ["2026-11-23T12:00:00Z", NOON],
    ["2026-11-23t12:00:00z", NOON],
    ["2026-11-23T21:00:00+09:00", NOON],
    ["2026-11-23T07:30:00-04:30", NOON],
    ["2026-11-23T12:00:00.123456789Z", NOON + 123],
    ["2026-11-23T12:00:00.5Z", NOON + 500],
    ["2026-11-23T23:59:59Z", Date.UTC(2026, 10, 23, 23, 59, 59)],
    ["2026-11-24T11:00:00+23:00", NOON],
    ["2028-02-29T00:00:00Z", Date.UTC(2028, 1, 29)],
  ];
  for (const [text, at] of READ) {
    test(`readRfc3339() reads ${text}`, () => {
      assert.equal(readRfc3339(text), at);
    });
  }

  for (const text of [
    "",
    "2026-11-23",
    "2026-11-23T12:00:00",
    "2026-11-23 12:00:00Z",
    " 2026-11-23T12:00:00Z",
    "2026-11-23T12:00:00Z ",
    "2026-11-23T12:00Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T12:60:00Z",
    "2026-11-23T12:00:60Z",
    "2026-11-23T12:00:00.Z",
    "2026-11-23T12:00:00.1234567890Z",
    "2026-11-23T12:00:00+24:00",
    "2026-11-23T12:00:00+0900",
    "2026-02-30T12:00:00Z",
    "2026-13-01T12:00:00Z",
    "2026-00-01T12:00:00Z",
    "6-11-23T12:00:00Z",
    "2026-1-23T12:00:00Z",
    "2026-11-3T12:00:00Z",
    "20260-11-23T12:00:00Z",
  ]) {
    test(`readRfc3339() refuses ${JSON.stringify(text)}`, () => {
      assert.equal(readRfc3339(text), undefined);
    });
  }
});
