import { Ajv } from "ajv";
import fc from "fast-check";
import { CURRENCY_EXPONENTS, isCurrency } from "../../../src/domain/currency.ts";
import { isJsonObject, JsonNumber, type JsonValue, readJson } from "../../../src/domain/strict-json.ts";
import { DojangError } from "../../../src/errors.ts";
import { readRegistration } from "../../../src/http/registration-body.ts";
import { OrderBody } from "../../../src/http/schemas.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";
import { isSameDecimal, minorUnits } from "../oracles/decimal.ts";

const NOW = Date.UTC(2026, 10, 25);
const validate = new Ajv({
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
}).compile<OrderBody>(OrderBody);
const CODES = [
  "invalid_currency",
  "invalid_amount",
  "invalid_pay_by",
  "invalid_return_url",
  "invalid_request",
];

/** A registration, from the body's bytes: what is stored is, to the digit, what the shop wrote. */
export const registration: FuzzTarget = {
  name: "registration",
  sources: ["/src/http/registration-body.ts", "/src/http/read-money.ts"],
  seeds: [
    '{"name":"a","amount":50000}',
    '{"name":"a","amount":14.20,"currency":"USD","tax_free":1.1,"vat_amount":1}',
    '{"name":"a","amount":1,"metadata":{"a":1e3,"b":0.1,"c":-5,"d":null,"e":true,"f":"x"}}',
    '{"name":"a","amount":1,"pay_by":"2026-12-01T00:00:00+09:00","return_url":"https://shop.example/x?y=1#z"}',
    '{"name":"a","amount":1,"allowed":{"pay_methods":["card"],"channels":["kakaopay"]},"customer":{"id":"1"}}',
    '{"name":"a","amount":1,"return_url":"https://shop.example\\\\@evil.example/"}',
  ],
  dictionary: [
    '"metadata":{"a":',
    '"currency":"KWD"',
    '"tax_free":',
    '"vat_amount":',
    '"return_url":"https://',
    '"pay_by":"',
    "1e-400",
    "1e308",
    "0.1",
    "-0",
    "5e-324",
    "123456789012345",
    "@",
    "\\\\",
    "//",
    "https://shop.example",
    "+09:00",
  ],
  grammar: fc
    .record(
      {
        name: fc.string({ minLength: 1 }),
        amount: fc.oneof(fc.nat(), fc.double({ noNaN: true, noDefaultInfinity: true })),
        currency: fc.constantFrom("KRW", "USD", "KWD", "krw", "XXX"),
        tax_free: fc.nat(1000),
        metadata: fc.dictionary(
          fc.string({ minLength: 1, maxLength: 8 }),
          fc.oneof(fc.double(), fc.string(), fc.boolean()),
        ),
        return_url: fc.webUrl(),
        pay_by: fc
          .date({ min: new Date(NOW), max: new Date(NOW + 200 * 86_400_000), noInvalidDate: true })
          .map((date) => date.toISOString()),
      },
      { requiredKeys: ["name", "amount"] },
    )
    .map((body) => JSON.stringify(body)),
  run(input) {
    const reading = readJson(input.toString("utf8"));
    if (!reading.ok || !isJsonObject(reading.value)) return "no object";
    const tree = reading.value;
    const body = plain(tree);
    if (!validate(body)) return `schema ${validate.errors?.[0]?.keyword}`;
    try {
      const seen = readRegistration(body, tree, {
        now: NOW,
        isReturnUrlAllowed: ({ origin }) => origin === "https://shop.example",
      });
      const currency = body.currency ?? "KRW";
      expect(
        isCurrency(currency) && seen.amount.currency === currency,
        "readRegistration() reads another currency",
        () => body,
      );
      for (const [field, money] of [
        ["amount", seen.amount],
        ["tax_free", seen.taxFree],
        ["vat_amount", seen.vatAmount],
      ] as const) {
        const number = tree[field];
        const minor =
          number instanceof JsonNumber
            ? minorUnits(number.numberText, CURRENCY_EXPONENTS[currency])
            : undefined;
        const isSame = money === undefined ? number === undefined : minor === BigInt(money.amountMinor);
        expect(isSame, "readRegistration() reads another amount", () => [field, money, number]);
      }
      const parts = (seen.taxFree?.amountMinor ?? 0) + (seen.vatAmount?.amountMinor ?? 0);
      expect(
        seen.amount.amountMinor > 0 && parts <= seen.amount.amountMinor,
        "readRegistration() takes amounts that do not fit",
        () => body,
      );
      expect(
        seen.payBy === undefined || (seen.payBy > NOW && seen.payBy <= NOW + 180 * 86_400_000),
        "readRegistration() takes another time",
        () => body,
      );
      if (seen.returnUrl !== undefined) checkReturnUrl(seen.returnUrl, body.return_url ?? "");
      checkMetadata(seen.metadata ?? {}, tree["metadata"]);
      return `ok ${Object.keys(seen).join()}`;
    } catch (error) {
      if (!(error instanceof DojangError) || !CODES.includes(error.code)) throw error;
      return error.code;
    }
  },
};

/** Whatever a browser makes of the address, it goes to the shop. */
function checkReturnUrl(url: string, written: string): void {
  const host = /^https:\/\/([^/?#]*)/.exec(url)?.[1];
  expect(host === "shop.example", "readRegistration() sends buyers elsewhere", () => [url, written]);
  expect(
    !/[\\\s]/.test(written) && /^https?:\/\//i.test(written.replace(/^https:\/*/i, "https://")),
    "readRegistration() takes an address that browsers read in two ways",
    () => written,
  );
}

/** What is stored is a double: written out, it is the number of the text. */
function checkMetadata(kept: Readonly<Record<string, unknown>>, written: JsonValue | undefined): void {
  if (!isJsonObject(written)) return;
  for (const [key, value] of Object.entries(written)) {
    if (!(value instanceof JsonNumber)) continue;
    expect(
      isSameDecimal(String(kept[key]), value.numberText),
      "readRegistration() keeps another number",
      () => [kept[key], value.numberText],
    );
  }
}

function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.numberText);
  if (Array.isArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  return Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)])),
  );
}
