import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CURRENCY_EXPONENTS, type Currency } from "./currency.ts";
import { type AmountFault, amountMajor, amountText, readAmount, sameMoney } from "./money.ts";

type Row = readonly [text: string, currency: Currency, expected: number | AmountFault];

const READINGS: readonly Row[] = [
  ["1000", "KRW", 1000],
  ["0", "KRW", 0],
  ["1000.0", "KRW", 1000],
  ["1000.000000000000000000", "KRW", 1000],
  [`1000.${"0".repeat(100)}`, "KRW", 1000],
  ["1000.5", "KRW", "too_many_decimals"],
  ["1000.0000000000000001", "KRW", "too_many_decimals"],
  ["-1000", "KRW", -1000],
  ["-0", "KRW", 0],
  ["-0.0", "KRW", 0],
  ["1e3", "KRW", "not_a_decimal"],
  ["1E3", "KRW", "not_a_decimal"],
  ["1e21", "KRW", "not_a_decimal"],
  ["1e400", "KRW", "not_a_decimal"],
  ["007", "KRW", "not_a_decimal"],
  ["00", "KRW", "not_a_decimal"],
  ["+1", "KRW", "not_a_decimal"],
  [" 1", "KRW", "not_a_decimal"],
  ["1 ", "KRW", "not_a_decimal"],
  ["1\n", "KRW", "not_a_decimal"],
  ["", "KRW", "not_a_decimal"],
  ["-", "KRW", "not_a_decimal"],
  [".5", "USD", "not_a_decimal"],
  ["5.", "USD", "not_a_decimal"],
  ["1.2.3", "USD", "not_a_decimal"],
  ["1,000", "KRW", "not_a_decimal"],
  ["1_000", "KRW", "not_a_decimal"],
  ["0x3e8", "KRW", "not_a_decimal"],
  ["NaN", "KRW", "not_a_decimal"],
  ["null", "KRW", "not_a_decimal"],
  ["Infinity", "KRW", "not_a_decimal"],
  ['"1000"', "KRW", "not_a_decimal"],
  ["[1000]", "KRW", "not_a_decimal"],
  ["１０００", "KRW", "not_a_decimal"],
  ["١٠٠٠", "KRW", "not_a_decimal"],
  ["9007199254740993", "KRW", "too_many_digits"],
  ["999999999999999", "KRW", 999_999_999_999_999],
  ["-999999999999999", "KRW", -999_999_999_999_999],
  ["1000000000000000", "KRW", "too_many_digits"],
  ["9999999999999.99", "USD", 999_999_999_999_999],
  ["10000000000000.00", "USD", "too_many_digits"],
  ["0.10", "USD", 10],
  ["0.01", "USD", 1],
  ["-0.01", "USD", -1],
  ["14.2", "USD", 1420],
  ["14.20", "USD", 1420],
  ["14", "USD", 1400],
  ["14.205", "USD", "too_many_decimals"],
  ["14.200", "USD", 1420],
  ["0.1", "JPY", "too_many_decimals"],
  ["1.234", "KWD", 1234],
  ["1.2345", "KWD", "too_many_decimals"],
  ["0.0001", "CLF", 1],
];

const currencies = fc.constantFrom(...(Object.keys(CURRENCY_EXPONENTS) as Currency[]));
/** All that `readAmount` may give: 15 digits, either sign. */
const minorAmounts = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });

describe("readAmount()", () => {
  for (const [text, currency, expected] of READINGS) {
    const shown =
      text.length > 30 ? `${text.slice(0, 12)}... (${text.length} characters)` : JSON.stringify(text);
    test(`readAmount() reads ${shown} of ${currency} as ${expected}`, () => {
      assert.deepEqual(
        readAmount(text, currency),
        typeof expected === "number"
          ? { ok: true, money: { amountMinor: expected, currency } }
          : { ok: false, fault: expected },
      );
    });
  }

  // Reading this one took a minute once: a backtracking pattern met zeros that do not end the text.
  test("readAmount() refuses a quarter of a megabyte of zeros before a last digit", () => {
    const text = `1.${"0".repeat(250_000)}1`;
    assert.deepEqual(readAmount(text, "KRW"), { ok: false, fault: "too_many_decimals" });
  });

  test("readAmount() never throws and never gives an unsafe integer, whatever the text", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789.-+eE "), maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), digits, fc.double().map(String)), currencies, (text, currency) => {
        const reading = readAmount(text, currency);
        if (!reading.ok) return;
        const { amountMinor } = reading.money;
        assert.ok(Number.isSafeInteger(amountMinor));
        assert.ok(Math.abs(amountMinor) < 1e15);
        assert.ok(!Object.is(amountMinor, -0));
      }),
    );
  });

  test("readAmount() refuses a digit that the currency cannot hold, however it is followed", () => {
    const zeros = fc.nat({ max: 20 }).map((count) => "0".repeat(count));
    fc.assert(
      fc.property(
        currencies,
        fc.nat({ max: 1e12 }),
        fc.nat({ max: 9999 }),
        zeros,
        fc.integer({ min: 1, max: 9 }),
        zeros,
        (currency, whole, decimals, before, digit, after) => {
          const held = String(decimals).padStart(4, "0").slice(0, CURRENCY_EXPONENTS[currency]);
          const text = `${whole}.${held}${before}${digit}${after}`;
          assert.deepEqual(readAmount(text, currency), { ok: false, fault: "too_many_decimals" });
        },
      ),
    );
  });

  test("readAmount() reads the same amount with any number of trailing zeros", () => {
    fc.assert(
      fc.property(currencies, minorAmounts, fc.nat({ max: 30 }), (currency, amountMinor, count) => {
        const text = amountText({ amountMinor, currency });
        const longer = (text.includes(".") ? text : `${text}.0`) + "0".repeat(count);
        assert.deepEqual(readAmount(longer, currency), { ok: true, money: { amountMinor, currency } });
      }),
    );
  });
});

describe("amountText()", () => {
  const rows: readonly (readonly [amountMinor: number, currency: Currency, text: string])[] = [
    [1000, "KRW", "1000"],
    [0, "KRW", "0"],
    [0, "USD", "0"],
    [1420, "USD", "14.2"],
    [1400, "USD", "14"],
    [5, "USD", "0.05"],
    [-5, "USD", "-0.05"],
    [1234, "KWD", "1.234"],
    [1, "CLF", "0.0001"],
    [-0, "KRW", "0"],
  ];
  for (const [amountMinor, currency, text] of rows) {
    test(`amountText() writes ${amountMinor} minor units of ${currency} as ${text}`, () => {
      assert.equal(amountText({ amountMinor, currency }), text);
    });
  }

  test("amountText() is read back by readAmount() as the same money, in every currency", () => {
    fc.assert(
      fc.property(minorAmounts, currencies, (amountMinor, currency) => {
        const money = { amountMinor, currency };
        assert.deepEqual(readAmount(amountText(money), currency), { ok: true, money });
      }),
      { numRuns: 1000 },
    );
  });
});

describe("amountMajor()", () => {
  test("amountMajor() survives JSON as the very text of amountText()", () => {
    fc.assert(
      fc.property(minorAmounts, currencies, (amountMinor, currency) => {
        const money = { amountMinor, currency };
        const json = JSON.stringify(amountMajor(money));
        assert.equal(json, amountText(money));
        assert.equal(JSON.stringify(JSON.parse(json)), json);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("sameMoney()", () => {
  test("sameMoney() needs the same number of the same currency", () => {
    const won = { amountMinor: 50_000, currency: "KRW" } as const;
    assert.ok(sameMoney(won, { ...won }));
    assert.ok(!sameMoney(won, { ...won, currency: "VND" }));
    assert.ok(!sameMoney(won, { ...won, amountMinor: 50_001 }));
  });
});
