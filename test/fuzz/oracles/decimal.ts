/** A decimal text as a fraction of whole numbers: `digits` times ten to the power of `-scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
  readonly hasExponent: boolean;
}

/** Reads the text of a JSON number exactly; undefined for any other text. */
export function readDecimal(text: string): Decimal | undefined {
  const isNegative = text.startsWith("-");
  const [mantissa = "", exponent, ...more] = (isNegative ? text.slice(1) : text).split(/[eE]/);
  const [whole = "", part, ...parts] = mantissa.split(".");
  if (more.length > 0 || parts.length > 0 || !isDigits(whole) || (whole.length > 1 && whole.startsWith("0")))
    return undefined;
  if (part !== undefined && !isDigits(part)) return undefined;
  if (exponent !== undefined && !isDigits(exponent.replace(/^[+-]/, ""))) return undefined;
  const digits = BigInt(whole + (part ?? ""));
  return {
    digits: isNegative ? -digits : digits,
    scale: (part ?? "").length - Number(exponent ?? 0),
    hasExponent: exponent !== undefined,
  };
}

/** What the text is in minor units, if it is a whole number of them, written without an exponent and with at most 15 digits. */
export function minorUnits(text: string, exponent: number): bigint | undefined {
  const decimal = readDecimal(text);
  if (decimal === undefined || decimal.hasExponent) return undefined;
  const { digits, scale } = decimal;
  const shift = exponent - scale;
  const factor = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && digits % factor !== 0n) return undefined;
  const minor = shift < 0 ? digits / factor : digits * factor;
  return (minor < 0n ? -minor : minor) < 10n ** 15n ? minor : undefined;
}

/** Whether two decimal texts are the same number. Powers beyond what a double holds are compared by digits and power. */
export function isSameDecimal(one: string, other: string): boolean {
  const [left, right] = [readDecimal(one), readDecimal(other)];
  if (left === undefined || right === undefined) return false;
  const [a, b] = [plainest(left), plainest(right)];
  return a.digits === b.digits && (a.digits === 0n || a.scale === b.scale);
}

function plainest({ digits, scale }: Decimal): { digits: bigint; scale: number } {
  const text = String(digits);
  const kept = text.replace(/0+$/, "");
  return digits === 0n
    ? { digits, scale: 0 }
    : { digits: BigInt(kept), scale: scale - (text.length - kept.length) };
}

function isDigits(text: string): boolean {
  return text !== "" && [...text].every((character) => character >= "0" && character <= "9");
}
