/** Of Unicode's private use. It stands first in the two characters that stand for one. */
const ESCAPE = "\uE000";
const TO_ESCAPE = /[\0\uE000]/g;
const ESCAPED = /\uE000([01])/g;

/**
 * PostgreSQL keeps every character in a text but U+0000, which gateways and strangers can send. Written as two that stand for nothing
 * else, so that what is stored is what was seen, and no two texts become one.
 */
export function toStoredText(text: string): string {
  return text.replace(TO_ESCAPE, (one) => (one === "\0" ? `${ESCAPE}0` : `${ESCAPE}1`));
}

export function fromStoredText(stored: string): string {
  return stored.includes(ESCAPE)
    ? stored.replace(ESCAPED, (_, one) => (one === "0" ? "\0" : ESCAPE))
    : stored;
}

/** A statement's value: a text, a list of them, or anything else as it is. */
export function toStoredValue(value: unknown): unknown {
  if (typeof value === "string") return toStoredText(value);
  return Array.isArray(value) ? value.map(toStoredValue) : value;
}
