import { CURRENCY_EXPONENTS, type Currency } from "./currency.ts";

/** An amount in whole minor units (won, cents) of one currency. Always a safe integer, never a float of major units. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: Currency;
}

/** Why a decimal text is not an amount of the currency. */
export type AmountFault = "not_a_decimal" | "too_many_digits" | "too_many_decimals";

export type AmountReading =
  | { readonly ok: true; readonly money: Money }
  | { readonly ok: false; readonly fault: AmountFault };

/** 15 digits in all: every such integer is a safe one, in major and in minor units. */
const AMOUNT_DIGITS_MAX = 15;
const DECIMAL = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/**
 * Reads an amount exactly from the source text of a JSON number in major units, for example `14.2` of USD.
 *
 * Trailing zeros are allowed (`1000.0` is 1000 won); exponents are not, and a decimal that the currency cannot hold
 * is refused rather than rounded.
 * Source: v1 API, PaymentAnnotation.amount is a decimal in major units.
 */
export function readAmount(text: string, currency: Currency): AmountReading {
  const parts = DECIMAL.exec(text);
  if (parts === null) return { ok: false, fault: "not_a_decimal" };
  const [, sign = "", whole = "", decimals = ""] = parts;
  const exponent = CURRENCY_EXPONENTS[currency];
  const kept = withoutTrailingZeros(decimals);
  if (kept.length > exponent) return { ok: false, fault: "too_many_decimals" };
  const digits = whole + kept.padEnd(exponent, "0");
  if (digits.length > AMOUNT_DIGITS_MAX) return { ok: false, fault: "too_many_digits" };
  const magnitude = Number(digits);
  return {
    ok: true,
    money: { amountMinor: sign === "-" && magnitude !== 0 ? -magnitude : magnitude, currency },
  };
}

/** Writes an amount as a decimal text in major units without trailing zeros: the text of a JSON number. */
export function amountText(money: Money): string {
  const exponent = CURRENCY_EXPONENTS[money.currency];
  const sign = money.amountMinor < 0 ? "-" : "";
  const digits = String(Math.abs(money.amountMinor)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const decimals = withoutTrailingZeros(digits.slice(digits.length - exponent));
  return sign + whole + (decimals === "" ? "" : `.${decimals}`);
}

/** The JSON number in major units. Exact for every Money: at most 15 significant digits survive a double. */
export function amountMajor(money: Money): number {
  return Number(amountText(money));
}

export function sameMoney(one: Money, other: Money): boolean {
  return one.currency === other.currency && one.amountMinor === other.amountMinor;
}

/** Counted, not matched: `/0+$/` takes quadratic time, a minute for the longest text a gateway may send. Ends before the first digit. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}
