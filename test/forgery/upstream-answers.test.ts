// R42: an answer is one whole, well-formed statement about the payment asked for, or none. Goal: nothing else pays an
// order, fails it or is written. Method: each variant spoils the true answer in one way; the look after it is honest.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { AnswerOverride } from "../../src/emulator/overrides.ts";
import { paymentBody } from "../../src/emulator/payment-json.ts";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld } from "../support/forgery.ts";
import { expectPaidByItself, expectPendingOnly } from "../support/forgery-pending.ts";

const world = await openWorld({ clock: new ManualClock(Date.now()) });
after(() => world.close());

interface Honest {
  /** The whole true answer. */
  readonly body: string;
  /** The payment alone, as JSON. */
  readonly response: string;
  readonly payment: PaymentRecord;
  /** The whole true answer about another payment of the same price, for another order. */
  readonly otherBody: string;
}
type Spoilt = (honest: Honest) => AnswerOverride;
type Variants = Readonly<Record<string, readonly [what: string, spoilt: Spoilt]>>;

const envelope = (response: string, code = "0") => `{"code":${code},"message":null,"response":${response}}`;
/** The true answer with one text in place of another. Fails when there is nothing to replace. */
const swapped =
  (from: string | RegExp, to: string): Spoilt =>
  ({ body }) => {
    const changed = body.replace(from, to);
    assert.notEqual(changed, body, "the variant changes the answer");
    return { body: changed };
  };
const always =
  (body: string | Uint8Array): Spoilt =>
  () => ({ body });
const typed =
  (type: string): Spoilt =>
  ({ body }) => ({ body, headers: { "content-type": type } });
const coded =
  (status: number): Spoilt =>
  ({ body }) => ({ body, status });

const ENVELOPES: Variants = {
  "R42-a1": ["code 1 around the true payment", swapped('"code":0', '"code":1')],
  "R42-a2": ["code -1", swapped('"code":0', '"code":-1')],
  "R42-a3": ["a code that is a text", swapped('"code":0', '"code":"0"')],
  "R42-a4": ["no code", swapped('"code":0,', "")],
  "R42-a5": ["a code of null", swapped('"code":0', '"code":null')],
  "R42-a6": ["a code of false", swapped('"code":0', '"code":false')],
  "R42-a7": ["a code that only rounds to 0", swapped('"code":0', '"code":1e-400')],
  "R42-a8": ["a list of codes", swapped('"code":0', '"code":[0]')],
  "R42-b1": ["a response of null", always(envelope("null"))],
  "R42-b2": ["no response", always('{"code":0,"message":null}')],
  "R42-b3": ["an empty response", always(envelope("{}"))],
  "R42-b4": ["a response in a text", ({ response }) => ({ body: envelope(JSON.stringify(response)) })],
  "R42-b5": ["a response of true", always(envelope("true"))],
  "R42-b6": ["a response that says paid", always(envelope('"paid"'))],
  "R42-b7": ["a response of another case", swapped('"response":', '"Response":')],
  "R42-c1": ["a list with the payment", ({ response }) => ({ body: envelope(`[${response}]`) })],
  "R42-c2": ["a list of envelopes", ({ body }) => ({ body: `[${body}]` })],
  "R42-c3": ["the payment without its envelope", ({ response }) => ({ body: response })],
  "R42-c4": [
    "a page of payments",
    ({ response }) => ({ body: envelope(`{"total":1,"list":[${response}]}`) }),
  ],
  "R42-c5": ["an envelope in an envelope", ({ body }) => ({ body: envelope(body) })],
  "R42-c6": [
    "the payment beside the response",
    ({ response }) => ({ body: response.replace("{", '{"code":0,"message":null,"response":null,') }),
  ],
};

const STATUSES: Variants = Object.fromEntries(
  [201, 202, 203, 206, 207, 226, 300, 304, 404, 410, 418].map((status, i) => [
    `R42-d${i + 1}`,
    [`the true body under ${status}`, coded(status)] as const,
  ]),
);

const TYPES: Variants = {
  "R42-e1": [
    "an HTML page",
    () => ({ body: "<h1>점검 중입니다</h1>", headers: { "content-type": "text/html" } }),
  ],
  "R42-e2": ["an HTML page that calls itself JSON", always("<h1>점검 중입니다</h1>")],
  "R42-e3": ["the true body as HTML", typed("text/html")],
  "R42-e4": ["the true body as plain text", typed("text/plain; charset=utf-8")],
  "R42-e5": ["the true body under an empty type", typed("")],
  "R42-e6": ["the true body as another JSON", typed("application/json-seq")],
  "R42-e7": ["the true body as a problem", typed("application/problem+json")],
  "R42-e8": ["the true body as a script", ({ body }) => ({ body: `callback(${body})` })],
  "R42-e9": ["the true body behind a guard", ({ body }) => ({ body: `)]}',\n${body}` })],
};

const SIZES: Variants = {
  "R42-g1": ["a gzip bomb", () => ({ gzipBombBytes: 32 * 1024 * 1024 })],
  "R42-g2": [
    "a compressed answer",
    ({ body }) => ({ body: gzipSync(body), headers: { "content-encoding": "gzip" } }),
  ],
  "R42-g3": [
    "an answer that calls itself compressed",
    ({ body }) => ({ body, headers: { "content-encoding": "br" } }),
  ],
  "R42-g4": ["an answer of 300 KB", swapped('"name":"', `"name":"${"x".repeat(300 * 1024)}`)],
  "R42-g5": ["more bytes than announced", ({ body }) => ({ body, headers: { "content-length": "100" } })],
  "R42-g6": [
    "an answer nested a hundred deep",
    swapped('"name":', `"deep":${"[".repeat(100)}${"]".repeat(100)},"name":`),
  ],
};

const IDENTITIES: Variants = {
  "R42-h1": ["another payment's answer", ({ otherBody }) => ({ body: otherBody })],
  "R42-h2": [
    "another payment under this order",
    ({ otherBody, payment }) => ({
      body: otherBody.replace(/"merchant_uid":"[^"]*"/, `"merchant_uid":"${payment.merchant_uid}"`),
    }),
  ],
  "R42-h3": ["its id in capitals", swapped('"imp_uid":"imp_', '"imp_uid":"IMP_')],
  "R42-h4": ["its id with a space", swapped('"imp_uid":"imp_', '"imp_uid":" imp_')],
  "R42-h5": ["its id cut by one digit", swapped(/("imp_uid":"imp_\d+)\d"/, '$1"')],
  "R42-h6": ["an id of null", swapped(/"imp_uid":"[^"]*"/, '"imp_uid":null')],
  "R42-h7": ["no id", swapped(/"imp_uid":"[^"]*",/, "")],
  "R42-h8": ["a list with its id", swapped(/"imp_uid":("[^"]*")/, '"imp_uid":[$1]')],
  "R42-h9": ["an order of null", swapped(/"merchant_uid":"[^"]*"/, '"merchant_uid":null')],
  "R42-h10": ["no order", swapped(/"merchant_uid":"[^"]*",/, "")],
  "R42-h11": ["an empty order", swapped(/"merchant_uid":"[^"]*"/, '"merchant_uid":""')],
  "R42-h12": ["a list with the order", swapped(/"merchant_uid":("[^"]*")/, '"merchant_uid":[$1]')],
};

const TEXTS: Variants = {
  "R42-i1": ["204", () => ({ status: 204, body: "" })],
  "R42-i2": ["an empty body", always("")],
  "R42-i3": ["white space", always(" \n")],
  "R42-i4": ["null", always("null")],
  "R42-i5": ["an empty object", always("{}")],
  "R42-i6": ["the word paid", always('"paid"')],
  "R42-j1": ["two answers in a row", ({ body, otherBody }) => ({ body: body + otherBody })],
  "R42-j2": ["a comma at the end", swapped(/\}$/, ",}")],
  "R42-j3": ["a byte order mark", ({ body }) => ({ body: `\ufeff${body}` })],
  "R42-j4": ["single quotes", ({ body }) => ({ body: body.replaceAll('"', "'") })],
  "R42-j5": ["a comment", swapped("{", "{/* ok */")],
  "R42-j6": ["an amount that is not a number", swapped(/"amount":\d+/, '"amount":NaN')],
  "R42-j7": ["UTF-16", ({ body }) => ({ body: Buffer.from(body, "utf16le") })],
  "R42-j8": [
    "a byte that is no UTF-8",
    ({ body }) => ({
      body: Buffer.concat([Buffer.from(body.slice(0, -2)), Buffer.from([0xff]), Buffer.from("}}")]),
    }),
  ],
  "R42-j9": ["a raw control character", swapped('"name":"', '"name":"\u0000')],
  "R42-k1": ["the amount twice", swapped('"amount":', '"amount":1,"amount":')],
  "R42-k2": ["the same status twice", swapped('"status":"paid"', '"status":"paid","status":"paid"')],
  "R42-k3": ["another status first", swapped('"status":', '"status":"failed","status":')],
  "R42-k4": ["the id twice", swapped('"imp_uid":', '"imp_uid":"imp_1","imp_uid":')],
  "R42-k5": ["a second amount in disguise", swapped('"amount":', '"\\u0061mount":1,"amount":')],
  "R42-k6": ["two responses", swapped('"response":', '"response":null,"response":')],
  "R42-k7": ["two codes", swapped('"code":0', '"code":1,"code":0')],
};

const GROUPS: Readonly<Record<string, Variants>> = {
  "a frame that is none": ENVELOPES,
  "a status that is not 200": STATUSES,
  "a type that is not JSON": TYPES,
  "a size that is none": SIZES,
  "another identity": IDENTITIES,
  "a text that is no answer": TEXTS,
};

for (const [group, variants] of Object.entries(GROUPS)) {
  describe(`POST /payments/complete on an answer with ${group}`, () => {
    for (const [id, [what, spoilt]] of Object.entries(variants)) {
      test(`${id} ${what} is pending and writes nothing; the honest answer then pays`, async () => {
        const scene = await world.scene();
        const [order, elsewhere] = [await scene.order(), await scene.order()];
        const payment = scene.pay(order);
        const otherBody = paymentBody(scene.pay(elsewhere), true).toString();
        const body = paymentBody(payment, true).toString();
        const response = body.slice(body.indexOf('"response":') + '"response":'.length, -1);
        const match = { path: `/payments/${payment.imp_uid}`, times: 1 };
        world.emulator.override(match, spoilt({ body, response, payment, otherBody }));
        await expectPendingOnly(scene, { payment, order });
        await expectPaidByItself(scene, { payment, order });
        await scene.expectStored(elsewhere, { status: "pending" });
        await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
      });
    }
  });
}
