// R39: a body has one reading. Goal: what two readers could understand in two ways is refused by us before anybody acts on
// one of them. Method: each spoilt body as raw bytes to the three routes that take JSON; the clean one then works.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ErrorCode } from "../../src/errors.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { assertRefusal, expectNothingHappens } from "../support/forgery-refused.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";

/** Time stands still: no look of the server's own falls between the expected ones. */
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
after(() => world.close());

const ROUTES = ["/payments/complete", "/webhooks/iamport", "/v1/orders"] as const;
type Route = (typeof ROUTES)[number];

interface Raw {
  readonly rawBody: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

/** Sends what `spoil` makes of each route's good body: all refuse it under this code, and nothing happens. */
async function expectRefusedByAll(
  spoil: (good: string, route: Route) => Raw,
  { codes, routes = ROUTES }: { codes: readonly ErrorCode[]; routes?: readonly Route[] },
): Promise<void> {
  const scene = await world.scene();
  const order = await scene.order();
  const payment = scene.pay(order);
  const ids = JSON.stringify({ imp_uid: payment.imp_uid, merchant_uid: order });
  const registration = `{"name":"감귤 5kg","amount":${PRICE}}`;
  const ordersBefore = await countOrders(scene);
  await expectNothingHappens(scene, order, async () => {
    for (const route of routes) {
      const answer = await scene.dojang.request(
        "POST",
        route,
        spoil(route === "/v1/orders" ? registration : ids, route),
      );
      if (route === "/payments/complete") assertOneAnswer(answer, { word: "invalidRequest" });
      else {
        assert.ok(codes.includes(answer.body?.code), `${route}: ${answer.text}`);
        assertRefusal(answer, answer.body.code);
      }
    }
  });
  assert.equal(await countOrders(scene), ordersBefore);
  await scene.expectAnswer("success", { payment, order });
  await scene.expectNothingElse([scene.lookLine(payment)]);
}

async function countOrders({ dojang }: Scene): Promise<number> {
  return (await dojang.dojang.deps.store.listOrders({ limit: 100 })).orders.length;
}

const firstKey = /^\{"(\w)(\w*)":("[^"]*")/;
const MALFORMED: Readonly<
  Record<string, readonly [what: string, spoil: (good: string) => string | Uint8Array]>
> = {
  "R39-b1": ["a key twice, the false one first", (good) => good.replace(firstKey, '{"$1$2":"x","$1$2":$3')],
  "R39-b2": ["a key twice, the false one last", (good) => good.replace(firstKey, '{"$1$2":$3,"$1$2":"x"')],
  "R39-b3": ["a key twice with one value", (good) => good.replace(firstKey, '{"$1$2":$3,"$1$2":$3')],
  "R39-b4": [
    "a key twice, once in disguise",
    (good) =>
      good.replace(
        firstKey,
        (_all, first: string, rest, value) =>
          `{"\\u00${first.charCodeAt(0).toString(16)}${rest}":"x","${first}${rest}":${value}`,
      ),
  ],
  "R39-b5": [
    "a key twice, far apart",
    (good) => good.replace(firstKey, `{"$1$2":$3,"x":"${" ".repeat(2000)}","$1$2":$3`),
  ],
  "R39-j1": ["a comma at the end", (good) => good.replace("}", ",}")],
  "R39-j2": ["a comment", (good) => good.replace("{", "{/* */")],
  "R39-j3": ["single quotes", (good) => good.replaceAll('"', "'")],
  "R39-j4": ["a key without quotes", (good) => good.replace(firstKey, "{$1$2:$3")],
  "R39-j5": ["two bodies", (good) => good + good],
  "R39-j6": ["a byte order mark", (good) => `\ufeff${good}`],
  "R39-j7": ["a null byte at the end", (good) => `${good}\0`],
  "R39-j8": ["not a number", (good) => good.replace("}", ',"x":NaN}')],
  "R39-j9": ["a number in hex", (good) => good.replace("}", ',"x":0x1}')],
  "R39-j10": ["a body that breaks off", (good) => good.slice(0, -1)],
  "R39-j11": ["a guard before it", (good) => `)]}',\n${good}`],
  "R39-j12": ["a form's spelling of it", (good) => `imp_uid=x&body=${encodeURIComponent(good)}`],
  "R39-j13": [
    "forty lists in each other",
    (good) => good.replace("}", `,"x":${"[".repeat(40)}${"]".repeat(40)}}`),
  ],
  "R39-f1": ["UTF-16", (good) => Buffer.from(good, "utf16le")],
  "R39-f2": ["UTF-16 with its mark", (good) => Buffer.from(`\ufeff${good}`, "utf16le")],
  "R39-f3": [
    "a byte that is no UTF-8",
    (good) => Buffer.concat([Buffer.from(good.slice(0, -2)), Buffer.from([0xc3, 0x28, 0x22, 0x7d])]),
  ],
  "R39-f4": [
    "an overlong letter",
    (good) => Buffer.concat([Buffer.from('{"'), Buffer.from([0xc1, 0xa9]), Buffer.from(good.slice(3))]),
  ],
  "R39-f5": ["a compressed body", (good) => gzipSync(good)],
};

describe("a body that can be read in two ways, or in none", () => {
  for (const [name, [what, spoil]] of Object.entries(MALFORMED)) {
    test(`${name} ${what} is refused by every route`, () =>
      expectRefusedByAll(
        (good) => ({ rawBody: spoil(good), headers: { "content-type": "application/json" } }),
        {
          codes: ["malformed_request"],
        },
      ));
  }

  test("R39-f6 a compressed body that says so is refused too", () =>
    expectRefusedByAll(
      (good) => ({
        rawBody: gzipSync(good),
        headers: { "content-type": "application/json", "content-encoding": "gzip" },
      }),
      { codes: ["unsupported_media_type"] },
    ));
});

const TYPES: Readonly<Record<string, string>> = {
  "R39-e1": "text/plain",
  "R39-e2": "text/plain;charset=UTF-8",
  "R39-e3": "text/json",
  "R39-e4": "application/jsonp",
  "R39-e5": "application/json-patch+json",
  "R39-e6": "application/vnd.api+json",
  "R39-e7": "application/xml",
  "R39-e8": "multipart/form-data; boundary=x",
  "R39-e9": "application/octet-stream",
  "R39-e10": "application/json; charset=utf-16",
  "R39-e11": "application/json; charset=utf-7",
  "R39-e12": 'application/json; charset="euc-kr"',
  "R39-e13": "application/jsonx",
  "R39-e14": "json",
  "R39-e15": "*/*",
};

describe("a good body under another type", () => {
  for (const [name, type] of Object.entries(TYPES)) {
    test(`${name} ${type} is refused by every route`, () =>
      expectRefusedByAll((good) => ({ rawBody: good, headers: { "content-type": type } }), {
        codes: ["unsupported_media_type"],
      }));
  }

  test("R39-e16 a form is refused where JSON is asked for", () =>
    expectRefusedByAll(
      (good) => ({
        rawBody: new URLSearchParams(JSON.parse(good)).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
      { codes: ["unsupported_media_type"], routes: ["/payments/complete", "/v1/orders"] },
    ));

  test("R39-e17 JSON under a form's type is refused where a form is taken", () =>
    expectRefusedByAll(
      (good) => ({ rawBody: good, headers: { "content-type": "application/x-www-form-urlencoded" } }),
      { codes: ["invalid_request"], routes: ["/webhooks/iamport"] },
    ));
});

describe("the size of a body", () => {
  const LIMITS: readonly (readonly [route: Route, bytes: number])[] = [
    ["/payments/complete", 8 * 1024],
    ["/webhooks/iamport", 8 * 1024],
    ["/v1/orders", 64 * 1024],
  ];
  for (const [route, limit] of LIMITS) {
    test(`R39-g ${route} refuses a body of one byte more than ${limit}`, () =>
      expectRefusedByAll((good) => ({ rawBody: good + " ".repeat(limit + 1 - Buffer.byteLength(good)) }), {
        codes: ["payload_too_large"],
        routes: [route],
      }));
  }

  test("R39-h a body of exactly 8 KB is read, white space and charset included", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const good = JSON.stringify({ imp_uid: payment.imp_uid, merchant_uid: order });
    const rawBody = good.replace("{", "{\r\n\t ") + " ".repeat(8 * 1024 - good.length - 4);
    const headers = { "content-type": 'Application/JSON ; charset="UTF-8"' };
    const answer = await scene.dojang.request("POST", "/payments/complete", { rawBody, headers });
    assertOneAnswer(answer, { word: "success", merchantUid: order });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});
