import fc from "fast-check";
import { CURRENCY_EXPONENTS, type Currency } from "../../../src/domain/currency.ts";
import { amountMajor, amountText, readAmount, sameMoney } from "../../../src/domain/money.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";
import { isSameDecimal, minorUnits, readDecimal } from "../oracles/decimal.ts";

/** One currency of each number of decimals, and one more. */
const CURRENCIES = ["KRW", "USD", "KWD", "CLF", "JPY"] as const satisfies readonly Currency[];

/** `readAmount` is exact arithmetic on the text: no float, no rounding, 15 digits at most. The first character chooses the currency. */
export const money: FuzzTarget = {
  name: "money",
  sources: ["/src/domain/money.ts"],
  seeds: [
    "K1000",
    "K1000.0",
    "U14.2",
    "W0.001",
    "C0.0001",
    "J-5",
    "U999999999999999",
    "U0.29",
    "K-0",
    "K1e3",
  ],
  dictionary: ["0", "9", ".", "-", "e", "E", "+", "00", "1000", "0.1", ".00", "999999999999999"],
  grammar: fc
    .tuple(fc.constantFrom(..."KUWCJ"), fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), fc.nat(6))
    .map(([letter, whole, scale]) => letter + withPoint(String(whole), scale)),
  run(input) {
    const currency = CURRENCIES[(input[0] ?? 0) % CURRENCIES.length] ?? "KRW";
    const text = input.subarray(1).toString("utf8");
    const reading = readAmount(text, currency);
    const minor = minorUnits(text, CURRENCY_EXPONENTS[currency]);
    if (!reading.ok) {
      expect(minor === undefined, "readAmount() refuses an amount that the currency holds", () => [
        text,
        currency,
      ]);
      const isDecimal = readDecimal(text)?.hasExponent === false;
      expect(isDecimal === (reading.fault !== "not_a_decimal"), "readAmount() names another fault", () => [
        text,
        reading.fault,
      ]);
      return reading.fault;
    }
    const { money } = reading;
    expect(minor !== undefined, "readAmount() accepts what the currency cannot hold", () => [text, currency]);
    expect(BigInt(money.amountMinor) === minor, "readAmount() reads another amount", () => [
      text,
      money.amountMinor,
    ]);
    expect(Number.isSafeInteger(money.amountMinor), "readAmount() leaves the safe integers", () => text);
    expect(!Object.is(money.amountMinor, -0), "readAmount() gives a negative zero", () => text);
    const written = amountText(money);
    const again = readAmount(written, currency);
    expect(again.ok && sameMoney(again.money, money), "amountText() is read as another amount", () => [
      text,
      written,
    ]);
    expect(isSameDecimal(written, text), "amountText() writes another number", () => [text, written]);
    expect(isSameDecimal(String(amountMajor(money)), written), "amountMajor() is not exact", () => [
      text,
      written,
    ]);
    return `ok ${currency} ${Math.sign(money.amountMinor)}`;
  },
};

function withPoint(digits: string, scale: number): string {
  if (scale === 0) return digits;
  const sign = digits.startsWith("-") ? "-" : "";
  const bare = digits.slice(sign.length).padStart(scale + 1, "0");
  return `${sign}${bare.slice(0, -scale)}.${bare.slice(-scale)}`;
}
