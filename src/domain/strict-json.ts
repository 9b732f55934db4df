/** A number as it was written: `1000.0`, `1e3` and `1000` are three texts. Read amounts from the text, never from a float. */
export class JsonNumber {
  readonly numberText: string;
  constructor(numberText: string) {
    this.numberText = numberText;
  }
}

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

/** Its prototype is null: a key is in it only when the text had it, `__proto__` included. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Why a text is refused. Fixed words, so that nothing of the text can leak through them. */
export type JsonFault = "malformed" | "duplicate_key" | "too_deep";

export type JsonReading =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly fault: JsonFault };

/** Arrays and objects inside each other. i'mport's answers need 5. */
const DEPTH_MAX = 32;

/**
 * Reads one JSON text (RFC 8259) exactly: numbers keep their source text, objects have no prototype, and a repeated
 * key is refused even when both values are equal, because two readers of such a text may see two different things.
 *
 * Accepts exactly the texts that `JSON.parse` accepts, less repeated keys and depths beyond 32. Never throws.
 * One pass by hand: `JSON.parse` with a reviver that gives the source text takes several times as long.
 */
export function readJson(text: string): JsonReading {
  const cursor: Cursor = { text, at: 0, fault: undefined };
  const value = readValue(cursor, 0);
  if (value !== undefined && skipSpace(cursor) === cursor.text.length) return { ok: true, value };
  return { ok: false, fault: cursor.fault ?? "malformed" };
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
  );
}

/** `fault` once set stays; every reader returns undefined then, and those around it too. */
interface Cursor {
  readonly text: string;
  at: number;
  fault: JsonFault | undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function refuse(cursor: Cursor, fault: JsonFault): undefined {
  cursor.fault ??= fault;
  return undefined;
}

/** Moves over white space and returns the new position. */
function skipSpace(cursor: Cursor): number {
  const { text } = cursor;
  let at = cursor.at;
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; ) {
    code = text.charCodeAt(++at);
  }
  cursor.at = at;
  return at;
}

function readValue(cursor: Cursor, depth: number): JsonValue | undefined {
  const code = cursor.text.charCodeAt(skipSpace(cursor));
  switch (code) {
    case QUOTE:
      return readString(cursor);
    case OPEN_BRACE:
      return depth === DEPTH_MAX ? refuse(cursor, "too_deep") : readObject(cursor, depth + 1);
    case OPEN_BRACKET:
      return depth === DEPTH_MAX ? refuse(cursor, "too_deep") : readArray(cursor, depth + 1);
    case 0x74: // t
      return readWord(cursor, "true", true);
    case 0x66: // f
      return readWord(cursor, "false", false);
    case 0x6e: // n
      return readWord(cursor, "null", null);
    default:
      return readNumber(cursor);
  }
}

function readWord<T extends JsonValue>(cursor: Cursor, word: string, value: T): T | undefined {
  if (!cursor.text.startsWith(word, cursor.at)) return refuse(cursor, "malformed");
  cursor.at += word.length;
  return value;
}

function readObject(cursor: Cursor, depth: number): JsonObject | undefined {
  const { text } = cursor;
  const object: Record<string, JsonValue> = Object.create(null);
  cursor.at++;
  if (text.charCodeAt(skipSpace(cursor)) === CLOSE_BRACE) {
    cursor.at++;
    return object;
  }
  for (;;) {
    if (text.charCodeAt(skipSpace(cursor)) !== QUOTE) return refuse(cursor, "malformed");
    const key = readString(cursor);
    if (key === undefined) return undefined;
    if (text.charCodeAt(skipSpace(cursor)) !== COLON) return refuse(cursor, "malformed");
    if (key in object) return refuse(cursor, "duplicate_key");
    cursor.at++;
    const value = readValue(cursor, depth);
    if (value === undefined) return undefined;
    object[key] = value;
    const code = text.charCodeAt(skipSpace(cursor));
    cursor.at++;
    if (code === CLOSE_BRACE) return object;
    if (code !== COMMA) return refuse(cursor, "malformed");
  }
}

function readArray(cursor: Cursor, depth: number): readonly JsonValue[] | undefined {
  const { text } = cursor;
  const array: JsonValue[] = [];
  cursor.at++;
  if (text.charCodeAt(skipSpace(cursor)) === CLOSE_BRACKET) {
    cursor.at++;
    return array;
  }
  for (;;) {
    const value = readValue(cursor, depth);
    if (value === undefined) return undefined;
    array.push(value);
    const code = text.charCodeAt(skipSpace(cursor));
    cursor.at++;
    if (code === CLOSE_BRACKET) return array;
    if (code !== COMMA) return refuse(cursor, "malformed");
  }
}

function readString(cursor: Cursor): string | undefined {
  const { text } = cursor;
  const start = cursor.at + 1;
  for (let at = start; ; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      cursor.at = at + 1;
      return text.slice(start, at);
    }
    if (code === BACKSLASH) return readEscapedString(cursor, at);
    // Also true past the end, where the code is NaN.
    if (!(code >= 0x20)) return refuse(cursor, "malformed");
  }
}

/** The platform decodes escapes: no second opinion about what `\u0061` is. */
function readEscapedString(cursor: Cursor, firstEscapeAt: number): string | undefined {
  const { text } = cursor;
  let at = firstEscapeAt;
  for (; text.charCodeAt(at) !== QUOTE; at++) {
    if (at >= text.length) return refuse(cursor, "malformed");
    if (text.charCodeAt(at) === BACKSLASH) at++;
  }
  try {
    const value: string = JSON.parse(text.slice(cursor.at, at + 1));
    cursor.at = at + 1;
    return value;
  } catch {
    return refuse(cursor, "malformed");
  }
}

function readNumber(cursor: Cursor): JsonNumber | undefined {
  const { text } = cursor;
  const start = cursor.at;
  let at = text.charCodeAt(start) === MINUS ? start + 1 : start;
  let end = text.charCodeAt(at) === ZERO ? at + 1 : skipDigits(text, at);
  let isWhole = end > at;
  if (text.charCodeAt(end) === DOT) {
    at = end + 1;
    end = skipDigits(text, at);
    isWhole &&= end > at;
  }
  const exponent = text.charCodeAt(end);
  if (exponent === 0x65 || exponent === 0x45) {
    const sign = text.charCodeAt(end + 1);
    at = sign === 0x2b || sign === MINUS ? end + 2 : end + 1;
    end = skipDigits(text, at);
    isWhole &&= end > at;
  }
  if (!isWhole) return refuse(cursor, "malformed");
  cursor.at = end;
  return new JsonNumber(text.slice(start, end));
}

function skipDigits(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; ) code = text.charCodeAt(++at);
  return at;
}
