import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { endOfKoreanDay, koreanDateTime, koreanDay, koreanRfc3339 } from "./korean-time.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const times = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2200, 0, 1) });

describe("endOfKoreanDay()", () => {
  const rows: readonly (readonly [at: string, end: string])[] = [
    ["2026-11-22T15:00:00.000Z", "2026-11-23T14:59:59.999Z"],
    ["2026-11-23T00:00:00.000Z", "2026-11-23T14:59:59.999Z"],
    ["2026-11-23T14:59:59.999Z", "2026-11-23T14:59:59.999Z"],
    ["2026-11-23T15:00:00.000Z", "2026-11-24T14:59:59.999Z"],
    ["2028-02-28T15:00:00.000Z", "2028-02-29T14:59:59.999Z"],
    ["1969-12-31T14:59:59.999Z", "1969-12-31T14:59:59.999Z"],
    ["1969-12-31T15:00:00.000Z", "1970-01-01T14:59:59.999Z"],
  ];
  for (const [at, end] of rows) {
    test(`endOfKoreanDay() of ${at} is ${end}`, () => {
      assert.equal(new Date(endOfKoreanDay(Date.parse(at))).toISOString(), end);
    });
  }

  test("endOfKoreanDay() is less than a day away, and its own end of day", () => {
    fc.assert(
      fc.property(times, (at) => {
        const end = endOfKoreanDay(at);
        assert.ok(end >= at && end - at < DAY_MS);
        assert.equal(endOfKoreanDay(end), end);
        assert.equal(endOfKoreanDay(end + 1), end + DAY_MS);
        assert.equal(koreanDateTime(at).slice(0, 10), koreanDateTime(end).slice(0, 10));
        assert.equal(koreanDateTime(end).slice(11), "23:59");
      }),
    );
  });
});

describe("koreanRfc3339()", () => {
  test("koreanRfc3339() writes whole seconds with the offset", () => {
    assert.equal(koreanRfc3339(Date.UTC(2026, 10, 23)), "2026-11-23T09:00:00+09:00");
    assert.equal(koreanRfc3339(Date.UTC(2026, 10, 23, 15, 0, 0, 999)), "2026-11-24T00:00:00+09:00");
  });

  test("koreanRfc3339() is read back as the same second", () => {
    fc.assert(
      fc.property(times, (at) => {
        assert.equal(Date.parse(koreanRfc3339(at)), Math.floor(at / 1000) * 1000);
      }),
    );
  });
});

describe("koreanDay()", () => {
  test("koreanDay() is from midnight to midnight in Korea", () => {
    const from = Date.UTC(2026, 6, 31, 15);
    assert.deepEqual(koreanDay("2026-08-01"), { from, to: from + 86_400_000 });
    assert.equal(koreanDay("2024-02-29")?.from, Date.UTC(2024, 1, 28, 15));
    assert.equal(koreanDay("0000-01-01")?.to, Date.parse("0000-01-01T15:00:00Z"));
  });

  test("koreanDay() is undefined for what no calendar has", () => {
    for (const text of [
      "2026-02-29",
      "2026-13-01",
      "2026-00-10",
      "2026-1-1",
      "20260101",
      "",
      "today",
      "2026-01-01T00:00Z",
    ])
      assert.equal(koreanDay(text), undefined, text);
  });
});

describe("koreanDateTime()", () => {
  test("koreanDateTime() writes date and minute as a text message shows them", () => {
    assert.equal(koreanDateTime(Date.UTC(2021, 1, 12, 14, 59, 59)), "2021-02-12 23:59");
    assert.equal(koreanDateTime(Date.UTC(2026, 11, 31, 15)), "2027-01-01 00:00");
  });
});

describe("koreanDay() on other texts", () => {
  for (const text of [
    "2026-11-23T00:00",
    "2026-11-23 ",
    " 2026-11-23",
    "02026-11-23",
    "+002026-11-23",
    "2026-11-2",
    "",
  ]) {
    test(`koreanDay() refuses ${JSON.stringify(text)}`, () => {
      assert.equal(koreanDay(text), undefined);
    });
  }
});
