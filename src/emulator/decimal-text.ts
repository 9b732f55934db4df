import { LeverRefusal } from "./lever-refusal.ts";
/**
 * A decimal number kept as its own text, so that no amount ever passes through a float.
 *
 * Source: v1 API, PaymentAnnotation.amount is a JSON number in major units ("1000", "14.2");
 * docs/iamport-v1.md 12.
 */
export type DecimalText = string;

const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;
const SCALE = 12;
const ONE = 10n ** BigInt(SCALE);

/** Reads plain decimal text. Returns undefined for anything else: exponents, blanks, a lone dot, NaN. */
export function readDecimal(text: string): bigint | undefined {
  const match = PLAIN.exec(text.trim());
  if (!match) return undefined;
  const [, sign, whole = "0", fraction = ""] = match;
  if (fraction.length > SCALE) return undefined;
  const scaled = BigInt(whole) * ONE + BigInt(fraction.padEnd(SCALE, "0") || "0");
  return sign === "-" ? -scaled : scaled;
}

function scaledOf(text: DecimalText): bigint {
  const scaled = readDecimal(text);
  if (scaled === undefined) throw new LeverRefusal(`Cannot read decimal: expected digits, got ${text}`);
  return scaled;
}

/** Writes a scaled value back without trailing zeros: 14.20 becomes "14.2", 1000.00 becomes "1000". */
export function writeDecimal(scaled: bigint): DecimalText {
  const magnitude = scaled < 0n ? -scaled : scaled;
  const fraction = (magnitude % ONE).toString().padStart(SCALE, "0").replace(/0+$/, "");
  return `${scaled < 0n ? "-" : ""}${magnitude / ONE}${fraction === "" ? "" : `.${fraction}`}`;
}

export function addDecimals(left: DecimalText, right: DecimalText): DecimalText {
  return writeDecimal(scaledOf(left) + scaledOf(right));
}

export function subtractDecimals(left: DecimalText, right: DecimalText): DecimalText {
  return writeDecimal(scaledOf(left) - scaledOf(right));
}

/** Negative, zero or positive, as a comparator. "1000" and "1000.00" are equal. */
export function compareDecimals(left: DecimalText, right: DecimalText): number {
  const difference = scaledOf(left) - scaledOf(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/**
 * Decimal text of a caller's number or text, as given when it is plain.
 *
 * @throws LeverRefusal when it is not a plain decimal; use `raw` to put odd text on the wire
 */
export function toDecimalText(value: number | string): DecimalText {
  const text = typeof value === "number" ? String(value) : value.trim();
  scaledOf(text);
  return text;
}
