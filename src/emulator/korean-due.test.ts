import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { endOfKoreanDay, isSameKoreanMonth, readVbankDue } from "./korean-due.ts";

/** The end of 2021-02-12 in Korea. Source: docs/iamport-v1.md 4.2, a real body. */
const END_OF_DAY = 1613141999;

describe("readVbankDue()", () => {
  test("reads every form that the SDK takes, as Korean time", () => {
    const forms = {
      "2021-02-12": END_OF_DAY,
      "20210212": END_OF_DAY,
      "2021-02-12 23:59:59": END_OF_DAY,
      "20210212235959": END_OF_DAY,
      "202102122359": END_OF_DAY - 59,
      "2021-02-12T09:00": END_OF_DAY - 14 * 3600 - 59 * 60 - 59,
    };
    for (const [text, seconds] of Object.entries(forms)) assert.equal(readVbankDue(text), seconds, text);
  });

  test("refuses other text and dates that do not exist", () => {
    for (const text of ["", "tomorrow", "2021-02-30", "20211301", "2021-02-12 25:00:00", "1613141999"]) {
      assert.equal(readVbankDue(text), undefined, text);
    }
  });
});

describe("Korean days and months", () => {
  test("endOfKoreanDay() is 23:59:59 for every second of the day", () => {
    assert.equal(endOfKoreanDay(END_OF_DAY), END_OF_DAY);
    assert.equal(endOfKoreanDay(END_OF_DAY - 86_399), END_OF_DAY);
    assert.equal(endOfKoreanDay(END_OF_DAY + 1), END_OF_DAY + 86_400);
  });

  test("isSameKoreanMonth() turns at midnight in Korea", () => {
    const endOfMonth = Date.UTC(2026, 6, 31, 14, 59, 59) / 1000;
    assert.equal(isSameKoreanMonth(endOfMonth, endOfMonth - 1), true);
    assert.equal(isSameKoreanMonth(endOfMonth, endOfMonth + 1), false);
  });
});
