import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CURRENCY_EXPONENTS, type Currency, isCurrency } from "./currency.ts";

describe("CURRENCY_EXPONENTS", () => {
  const rows: readonly (readonly [currency: Currency, exponent: number])[] = [
    ["KRW", 0],
    ["JPY", 0],
    ["VND", 0],
    ["ISK", 0],
    ["UGX", 0],
    ["USD", 2],
    ["EUR", 2],
    ["CNY", 2],
    ["TWD", 2],
    ["IDR", 2],
    ["KWD", 3],
    ["BHD", 3],
    ["TND", 3],
    ["CLF", 4],
    ["UYW", 4],
  ];
  for (const [currency, exponent] of rows) {
    test(`CURRENCY_EXPONENTS gives ${currency} ${exponent} decimals`, () => {
      assert.equal(CURRENCY_EXPONENTS[currency], exponent);
    });
  }

  test("CURRENCY_EXPONENTS holds codes of three capital letters only", () => {
    const codes = Object.keys(CURRENCY_EXPONENTS);
    assert.deepEqual(
      codes.filter((code) => !/^[A-Z]{3}$/.test(code)),
      [],
    );
    assert.ok(codes.length > 150);
  });
});

describe("isCurrency()", () => {
  for (const code of ["KRW", "USD", "CLF"]) {
    test(`isCurrency() knows ${code}`, () => assert.ok(isCurrency(code)));
  }

  const strangers = [
    "krw",
    " KRW",
    "KRW ",
    "Krw",
    "KR",
    "",
    "XAU",
    "XXX",
    "null",
    "__proto__",
    "toString",
    "constructor",
  ];
  for (const code of strangers) {
    test(`isCurrency() does not know ${JSON.stringify(code)}`, () => assert.ok(!isCurrency(code)));
  }

  test("isCurrency() is total: any text is in the table or is none", () => {
    fc.assert(
      fc.property(fc.string(), (code) => isCurrency(code) === Object.keys(CURRENCY_EXPONENTS).includes(code)),
    );
  });
});
