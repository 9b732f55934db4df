import fc from "fast-check";
import { JsonNumber, type JsonValue } from "../../../src/domain/strict-json.ts";
import { DojangError } from "../../../src/errors.ts";
import { FORM, readPostedFields } from "../../../src/http/posted-fields.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";
import { readSecond } from "../oracles/second-json.ts";
import { isSame } from "./strict-json.ts";

const TYPES = [
  "application/json",
  FORM,
  "application/json; charset=utf-8",
  `${FORM}; charset=UTF-8`,
  "Application/JSON;charset=euc-kr",
  FORM.toUpperCase(),
  "",
];
const CODES = ["malformed_request", "unsupported_media_type"];

/** `readPostedFields` reads a JSON object or a form, each key once, in UTF-8 alone. The first byte chooses the content type. */
export const webhookBody: FuzzTarget = {
  name: "webhook-body",
  sources: ["/src/http/posted-fields.ts", "/src/http/json-body.ts", "/src/domain/strict-json.ts"],
  seeds: [
    '0{"imp_uid":"imp_1","merchant_uid":"order-00001","status":"paid"}',
    "1imp_uid=imp_1&merchant_uid=order-00001&status=paid",
    "1a=1&a=2&%61=3&b=%ED%95%9C&c=+%2B&&=&x",
    '0{"a":1,"a":1}',
    "0[]",
  ],
  dictionary: [
    "imp_uid",
    "merchant_uid",
    "&",
    "=",
    "%",
    "%00",
    "%EA%B0",
    "%c0%80",
    "+",
    "\uFEFF",
    "__proto__",
    '{"',
    '":',
    "\\u0000",
  ],
  grammar: fc.oneof(
    fc.json({ maxDepth: 2 }).map((text) => `0${text}`),
    fc.array(fc.tuple(fc.string(), fc.string())).map((pairs) => `1${new URLSearchParams(pairs)}`),
  ),
  run(input) {
    const type = TYPES[(input[0] ?? 0) % TYPES.length] ?? "";
    const body = input.subarray(1);
    const isForm = type.toLowerCase().startsWith(FORM);
    try {
      const fields = readPostedFields(type, body);
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
      expect(!/euc-kr/i.test(type), "readPostedFields() accepts another charset", () => type);
      if (isForm) compareForm(fields, text);
      else compareJson(fields, text);
      return `ok ${isForm} ${Object.keys(fields).length}`;
    } catch (error) {
      if (!(error instanceof DojangError)) throw error;
      expect(CODES.includes(error.code), "readPostedFields() throws another code", () => error.code);
      if (error.code === "malformed_request")
        expect(isWrong(body, isForm), "readPostedFields() refuses a right body", () => [type, String(body)]);
      return `${error.code} ${error.message}`;
    }
  },
};

function compareJson(fields: Readonly<Record<string, unknown>>, text: string): void {
  const second = readSecond(text);
  expect(second?.value instanceof Map, "readPostedFields() accepts what is no object", () => text);
  expect(!second.hasRepeatedKey, "readPostedFields() accepts a repeated key", () => text);
  const { value } = second;
  const isEqual = Object.keys(fields).every((key) => isSame(fields[key] as JsonValue, value.get(key)));
  expect(
    isEqual && Object.keys(fields).length === value.size,
    "readPostedFields() reads other fields",
    () => text,
  );
  expect(
    !Object.values(fields).some((field) => typeof field === "number"),
    "readPostedFields() reads a float",
    () => text,
  );
  expect(
    Object.values(fields).every((field) => !(field instanceof JsonNumber) || field.numberText !== ""),
    "readPostedFields() loses a number",
  );
}

function compareForm(fields: Readonly<Record<string, unknown>>, text: string): void {
  // Node.js reads escapes that are no UTF-8 beside bare letters past ASCII as other letters: whatever it makes of them is no id of anybody.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/%/.test(text) && !/^[\u0000-\u007f]*$/.test(text)) return;
  const pairs = pairsOf(text);
  expect(
    new Set(pairs.map(([key]) => key)).size === pairs.length,
    "readPostedFields() accepts a repeated key",
    () => text,
  );
  const isEqual = pairs.every(([key, value]) => Object.hasOwn(fields, key) && fields[key] === value);
  expect(
    isEqual && Object.keys(fields).length === pairs.length,
    "readPostedFields() reads another form",
    () => [text, pairs],
  );
}

/** A form by hand. Source: WHATWG URL, application/x-www-form-urlencoded parsing. */
function pairsOf(text: string): readonly (readonly [string, string])[] {
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      return at < 0
        ? ([decoded(part), ""] as const)
        : ([decoded(part.slice(0, at)), decoded(part.slice(at + 1))] as const);
    });
}

function decoded(text: string): string {
  const bytes: number[] = [];
  const source = Buffer.from(text.replaceAll("+", " "), "utf8");
  for (let at = 0; at < source.length; at++) {
    const hex = source.toString("latin1", at + 1, at + 3);
    if (source[at] === 0x25 && /^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else bytes.push(source[at] ?? 0);
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

function isWrong(body: Buffer, isForm: boolean): boolean {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return true;
  }
  if (isForm) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
    if (/%/.test(text) && !/^[\u0000-\u007f]*$/.test(text)) return true;
    const keys = pairsOf(text).map(([key]) => key);
    return new Set(keys).size < keys.length;
  }
  const second = readSecond(text);
  return second === undefined || second.hasRepeatedKey || second.depth > 32 || !(second.value instanceof Map);
}
