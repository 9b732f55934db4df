// R37: an id is a text of its shape. Goal: no other JSON value in its place is read as one, converted or crashes anything.
// Method: each value for each field through every entrance, with a paid payment that a lenient reader would find.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld } from "../support/forgery.ts";
import {
  assertNoSuchPage,
  assertRefusal,
  expectNothingHappens,
  expectRefusedAsOrder,
  expectRefusedAsPayment,
} from "../support/forgery-refused.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";

/** Time stands still: no look of the server's own falls between the expected ones. */
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
after(() => world.close());

/** `id` is one that would be right, had it come as a text. */
const VALUES: Readonly<Record<string, readonly [what: string, value: (id: string) => unknown]>> = {
  "R37-a1": ["a list with the id", (id) => [id]],
  "R37-a2": ["a list in a list", (id) => [[id]]],
  "R37-a3": ["the id and another", (id) => [id, "imp_1"]],
  "R37-a4": ["an empty list", () => []],
  "R37-b1": ["an empty object", () => ({})],
  "R37-b2": ["an object that prints as the id", (id) => ({ toString: id, toJSON: id, valueOf: id })],
  "R37-b3": ["an object like a list", (id) => ({ 0: id, length: 1 })],
  "R37-c1": ["a number", () => 1],
  "R37-c2": ["the digits of the id", (id) => Number(/\d+/.exec(id)?.[0] ?? "7")],
  "R37-c3": ["zero", () => 0],
  "R37-c4": ["a fraction", () => 1.5],
  "R37-d1": ["true", () => true],
  "R37-d2": ["false", () => false],
  "R37-e": ["null", () => null],
  "R37-f": ["nothing at all", () => undefined],
  "R37-g1": ["an empty text", () => ""],
  "R37-g2": ["a space", () => " "],
  "R37-g3": ["the word null", () => "null"],
  "R37-g4": ["a text that holds a list", (id) => `["${id}"]`],
  "R37-g5": ["a text that prints like an object", () => "[object Object]"],
  "R37-g6": ["a text of 5,000 characters", (id) => id + "1".repeat(5000)],
  "R37-g7": ["the id twice with a comma", (id) => `${id},${id}`],
};

describe("another value in place of an id", () => {
  for (const [name, [what, value]] of Object.entries(VALUES)) {
    test(`${name} ${what} as imp_uid is refused by every entrance`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      await expectRefusedAsPayment(scene, value(payment.imp_uid), order);
      await scene.expectAnswer("success", { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });

    // Without any, a registration is a good one and mints an id; R37-h is its case.
    if (name === "R37-f") continue;
    test(`${name} ${what} as merchant_uid is refused by every entrance`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      await expectNothingHappens(scene, order, () =>
        expectRefusedAsOrder(scene, value(order), payment.imp_uid),
      );
      await scene.expectAnswer("success", { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }

  test("R37-h a complete without merchant_uid is refused, though the payment names its order", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    await expectNothingHappens(scene, order, async () => {
      const { imp_uid } = payment;
      const answer = await scene.dojang.request("POST", "/payments/complete", { body: { imp_uid } });
      assertOneAnswer(answer, { word: "invalidRequest" });
      assertNoSuchPage(await scene.dojang.request("GET", `/payments/redirect?imp_uid=${imp_uid}`));
    });
    await scene.expectAnswer("success", { payment, order });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});

const BODIES: Readonly<Record<string, readonly [what: string, body: (good: string) => string]>> = {
  "R37-i1": ["a list with the request", (good) => `[${good}]`],
  "R37-i2": ["a text with the request", (good) => JSON.stringify(good)],
  "R37-i3": ["null", () => "null"],
  "R37-i4": ["true", () => "true"],
  "R37-i5": ["a number", () => "0"],
  "R37-i6": ["an empty text", () => '""'],
  "R37-i7": ["no body", () => ""],
  "R37-i8": ["an empty object", () => "{}"],
  "R37-i9": ["the request one level down", (good) => `{"body":${good}}`],
  "R37-i10": [
    "the names in capitals",
    (good) => good.replace("imp_uid", "IMP_UID").replace("merchant_uid", "MERCHANT_UID"),
  ],
  "R37-i11": [
    "names of another style",
    (good) => good.replace("imp_uid", "impUid").replace("merchant_uid", "merchantUid"),
  ],
};

describe("another value in place of the body", () => {
  for (const [name, [what, body]] of Object.entries(BODIES)) {
    test(`${name} ${what} is refused by every entrance`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const rawBody = body(JSON.stringify({ imp_uid: payment.imp_uid, merchant_uid: order }));
      const headers = { "content-type": "application/json" };
      await expectNothingHappens(scene, order, async () => {
        const { request } = scene.dojang;
        const answer = await request("POST", "/payments/complete", { rawBody, headers });
        assertOneAnswer(answer, { word: "invalidRequest" });
        for (const path of ["/webhooks/iamport", "/v1/orders"]) {
          const refused = await request("POST", path, { rawBody, headers });
          assert.ok(["invalid_request", "malformed_request"].includes(refused.body?.code), refused.text);
          assertRefusal(refused, refused.body.code);
        }
      });
      await scene.expectAnswer("success", { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }
});
