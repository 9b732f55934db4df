// Goal: whatever is not exactly the documented registration is refused under a stable code and stored nowhere. Method:
// one row per fault, each sent as raw bytes; after each the server holds as many orders as before.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { assertProblem, countOrders } from "./answers.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({
    emulator,
    env: { DOJANG_ALLOWED_ORIGINS: "https://shop.example.com,http://plain.example.com" },
  });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});
let ordersBefore = 0;
beforeEach(async () => {
  ordersBefore = await countOrders(dojang);
});
afterEach(async () => assert.equal(await countOrders(dojang), ordersBefore, "an order was stored"));

const send = (rawBody: string | Uint8Array, headers: Record<string, string> = {}) =>
  dojang.request("POST", "/v1/orders", { rawBody, headers });

/** A good order with the given members, as text, in place of its own. */
function order(members: Record<string, string>): string {
  const all = { name: '"감귤"', amount: "50000", ...members };
  return `{${Object.entries(all).map(([key, text]) => `${JSON.stringify(key)}:${text}`)}}`;
}

function refuses(rows: Readonly<Record<string, Record<string, string>>>, code: ErrorCode): void {
  for (const [what, members] of Object.entries(rows)) {
    test(`refuses ${what}`, async () => assertProblem(await send(order(members)), code));
  }
}

const years = (count: number) => new Date(Date.now() + count * 365 * 86_400_000).toISOString();

describe("POST /v1/orders on amounts", () => {
  refuses(
    {
      "an amount of 0": { amount: "0" },
      "an amount of -0": { amount: "-0" },
      "a negative amount": { amount: "-50000" },
      "a fraction of a won": { amount: "50000.5" },
      "an exponent": { amount: "1e3" },
      "an amount of 16 digits": { amount: "1234567890123456" },
      "a fraction of a cent": { amount: "14.205", currency: '"USD"' },
      "a tax_free part above the amount": { tax_free: "50001" },
      "a negative tax_free part": { tax_free: "-1" },
      "a vat_amount above the amount": { vat_amount: "50001" },
      "a fractional vat_amount": { vat_amount: "0.5" },
    },
    "invalid_amount",
  );
  refuses(
    {
      "a text as amount": { amount: '"50000"' },
      "an infinite amount": { amount: "1e400" },
      "a list as amount": { amount: "[50000]" },
      "no amount but null": { amount: "null" },
      "a text as tax_free": { tax_free: '"1"' },
      "null as vat_amount": { vat_amount: "null" },
    },
    "invalid_request",
  );
  refuses(
    {
      "a currency in small letters": { currency: '"krw"' },
      "a currency with a space": { currency: '" KRW"' },
      "an unknown currency": { currency: '"BTC"' },
      "a currency named like a property": { currency: '"toString"' },
      "no currency but an empty text": { currency: '""' },
    },
    "invalid_currency",
  );
  test("refuses an order without amount", async () => {
    assertProblem(await send('{"name":"감귤"}'), "invalid_request");
  });
});

describe("POST /v1/orders on pay_by", () => {
  refuses(
    {
      "a pay_by in the past": { pay_by: JSON.stringify(years(-1)) },
      "a pay_by too far away": { pay_by: JSON.stringify(years(1)) },
      "a pay_by without a zone": { pay_by: JSON.stringify(years(0.1).replace("Z", "")) },
      "a pay_by without a time": { pay_by: JSON.stringify(years(0.1).slice(0, 10)) },
      "a pay_by on a day that is not": { pay_by: '"2026-02-30T00:00:00+09:00"' },
      "words as pay_by": { pay_by: '"tomorrow"' },
      "an empty pay_by": { pay_by: '""' },
    },
    "invalid_pay_by",
  );
  refuses({ "seconds as pay_by": { pay_by: "1893456000" } }, "invalid_request");
});

describe("POST /v1/orders on return_url", () => {
  const bad = [
    "https://other.example.com/done",
    "http://shop.example.com/done",
    "http://plain.example.com/done",
    "https://shop.example.com:8443/done",
    "https://shop.example.com.evil.example/done",
    "https://shop.example.com@evil.example/done",
    "https://user@shop.example.com/done",
    "http://127.0.0.1.evil.example/done",
    "//shop.example.com/done",
    "/done",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://shop.example.com/done",
    "",
  ];
  for (const url of bad) {
    test(`refuses ${JSON.stringify(url)}`, async () => {
      assertProblem(await send(order({ return_url: JSON.stringify(url) })), "invalid_return_url");
    });
  }
  refuses(
    { "a return_url that is too long": { return_url: `"https://${"x".repeat(2000)}"` } },
    "invalid_request",
  );
});

describe("POST /v1/orders on fields", () => {
  const manyKeys = JSON.stringify(Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, i])));
  refuses(
    {
      "a field that is not documented": { status: '"paid"' },
      "a field of the answer": { checkout_url: '"https://shop.example.com"' },
      "__proto__ as a field": { ["__proto__"]: "{}" },
      "constructor as a field": { constructor: "{}" },
      "an id that is too short": { merchant_uid: '"a-short"' },
      "an id that is too long": { merchant_uid: `"${"x".repeat(41)}"` },
      "an id with a slash": { merchant_uid: '"order/00000001"' },
      "an id with a line's end": { merchant_uid: '"order-00000001\\n"' },
      "an id that is a number": { merchant_uid: "12345678" },
      "an empty name": { name: '""' },
      "a name with a line's end": { name: '"a\\nb"' },
      "a name that is too long": { name: `"${"가".repeat(201)}"` },
      "a number as name": { name: "1" },
      "a customer with another field": { customer: '{"id":"1","role":"admin"}' },
      "a customer that is a list": { customer: "[]" },
      "a customer's id that is a number": { customer: '{"id":1}' },
      "a phone number with letters": { customer: '{"tel":"010-CALL-ME"}' },
      "a phone number that is too short": { customer: '{"tel":"0101"}' },
      "a mail address without @": { customer: '{"email":"hong"}' },
      "a mail address with a control character": { customer: '{"email":"h\\u0000g@example.com"}' },
      "metadata with an object inside": { metadata: '{"a":{"b":1}}' },
      "metadata with an empty key": { metadata: '{"":1}' },
      "metadata with a line's end in a key": { metadata: '{"a\\nb":1}' },
      "metadata with a long key": { metadata: `{"${"k".repeat(41)}":1}` },
      "metadata with an odd key over an object": { metadata: '{"":{"a":[1]}}' },
      "metadata with a long text": { metadata: `{"a":"${"x".repeat(501)}"}` },
      "metadata with too many keys": { metadata: manyKeys },
      "metadata that is a text": { metadata: '"a"' },
      "metadata with a number that a double cannot hold": { metadata: '{"a":12345678901234567890}' },
      "metadata with decimals that a double cannot hold": { metadata: '{"a":0.12345678901234567}' },
      "metadata with a number that is infinite": { metadata: '{"a":1e400}' },
      "metadata with a number that a double takes for 0": { metadata: '{"a":1e-400}' },
      "metadata with a number so small that a double keeps few digits of it": { metadata: '{"a":1.23e-322}' },
      "an empty list of methods": { allowed: '{"pay_methods":[]}' },
      "allowed with another field": { allowed: '{"cards":["samsung"]}' },
      "a list of numbers as channels": { allowed: '{"channels":[1]}' },
    },
    "invalid_request",
  );
});

describe("POST /v1/orders on bodies", () => {
  const GOOD = '{"name":"감귤","amount":50000}';
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const MALFORMED: Readonly<Record<string, string | Uint8Array>> = {
    "an empty body": "",
    "a body that ends early": '{"name":"감귤"',
    "a list": `[${GOOD}]`,
    "a text": '"감귤"',
    null: "null",
    "two objects": GOOD + GOOD,
    "a comment": `${GOOD}//`,
    "a comma at the end": '{"name":"감귤","amount":50000,}',
    "NaN as amount": '{"name":"감귤","amount":NaN}',
    "a leading zero": '{"name":"감귤","amount":050000}',
    "a key that stands twice": '{"name":"감귤","amount":50000,"amount":50000}',
    "a key that stands twice, once escaped": '{"name":"감귤","amount":50000,"amoun\\u0074":1}',
    "a key that stands twice further in": '{"name":"감귤","amount":5,"customer":{"id":"1","id":"1"}}',
    "objects nested too deep": `{"metadata":${"[".repeat(40)}${"]".repeat(40)}}`,
    "bytes that are not UTF-8": Uint8Array.of(...utf8('{"name":"'), 0xff, 0xfe, ...utf8('","amount":5}')),
    "a byte order mark": `\uFEFF${GOOD}`,
    "half a character in a text": '{"name":"\\ud83d","amount":50000}',
    "half a character in a key": '{"name":"감귤","amount":50000,"metadata":{"\\udc00":1}}',
    "a form": "name=x&amount=50000",
  };
  for (const [what, body] of Object.entries(MALFORMED)) {
    test(`refuses ${what}`, async () => assertProblem(await send(body), "malformed_request"));
  }

  const TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/json; charset=utf-16",
    "application/json; charset=latin1",
    "application/jsonp",
    "multipart/form-data; boundary=x",
    "json",
  ];
  for (const type of TYPES) {
    test(`refuses a body of ${type}`, async () => {
      assertProblem(await send(GOOD, { "content-type": type }), "unsupported_media_type");
    });
  }

  test("refuses a request without a body", async () => {
    assertProblem(await dojang.request("POST", "/v1/orders"), "invalid_request");
  });

  test("refuses a body of one byte more than 64 KB", async () => {
    const body = GOOD + " ".repeat(64 * 1024 + 1 - Buffer.byteLength(GOOD));
    assertProblem(await send(body), "payload_too_large");
  });

  test("names no value of the caller's in a refusal", async () => {
    const secret = "010-5555-4444";
    for (const members of [
      { customer: `{"tel":"${secret}x"}` },
      { [secret]: "1" },
      { pay_by: `"${secret}"` },
    ]) {
      const { text } = await send(order(members));
      assert.equal(text.includes(secret), false, text);
    }
  });
});
