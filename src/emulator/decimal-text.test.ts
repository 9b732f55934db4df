import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  addDecimals,
  compareDecimals,
  readDecimal,
  subtractDecimals,
  toDecimalText,
  writeDecimal,
} from "./decimal-text.ts";

describe("decimal text", () => {
  test("readDecimal() takes plain decimals and nothing else", () => {
    for (const text of ["0", "-1", "1000", "14.2", "0.000000000001", "9007199254740993"]) {
      assert.notEqual(readDecimal(text), undefined, text);
    }
    for (const text of ["", ".", "1.", ".5", "1e3", "NaN", "0x10", "1,000", "[1]", "0.0000000000001"]) {
      assert.equal(readDecimal(text), undefined, text);
    }
  });

  test("writeDecimal() undoes readDecimal() for every scaled value", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        (scaled) => readDecimal(writeDecimal(scaled)) === scaled,
      ),
    );
  });

  test("addDecimals() and subtractDecimals() are exact where floats are not", () => {
    assert.equal(addDecimals("0.1", "0.2"), "0.3");
    assert.equal(subtractDecimals("9007199254740993", "1"), "9007199254740992");
    assert.equal(subtractDecimals("1.10", "1.1"), "0");
  });

  test("compareDecimals() sees through trailing zeros", () => {
    assert.equal(compareDecimals("1000", "1000.00"), 0);
    assert.ok(compareDecimals("-2", "1") < 0);
  });

  test("toDecimalText() refuses what is no plain decimal", () => {
    assert.equal(toDecimalText(14.2), "14.2");
    for (const odd of [Number.NaN, 1e21, "x"])
      assert.throws(() => toDecimalText(odd), { name: "LeverRefusal" });
  });
});
