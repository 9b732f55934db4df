// R38: a value is never part of a statement. Goal: operators and SQL in any field find, change and delete no row but the
// one that is named. Method: as ids (refused), as search terms (nothing found), as free text of the shop and of the
// gateway (kept to the letter), with two orders beside it that a wider statement would hit.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE } from "../support/forgery.ts";
import {
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

const OPERATORS: Readonly<Record<string, unknown>> = {
  "R38-a1": { $ne: null },
  "R38-a2": { $gt: "" },
  "R38-a3": { $regex: ".*" },
  "R38-a4": { $exists: true },
  "R38-a5": { $where: "1" },
  "R38-a6": { $in: [["x"]] },
  "R38-a7": { _id: { $ne: null } },
};

const SQL: Readonly<Record<string, string>> = {
  "R38-c1": "' OR '1'='1",
  "R38-c2": "imp_1' OR '1'='1' --",
  "R38-c3": "x'; DROP TABLE orders; --",
  "R38-c4": 'x" OR ""="',
  "R38-c5": "x') UNION SELECT * FROM payments --",
  "R38-c6": "x\\' OR 1=1 --",
  "R38-c7": "x/**/OR/**/1=1",
  "R38-c8": "1; UPDATE orders SET status='paid'",
  "R38-c9": "%",
  "R38-c10": "dj\\_%",
  "R38-c11": "?1",
  "R38-c12": ":merchant_uid",
  "R38-c13": "x\u02bc OR 1=1",
  "R38-c14": "ｘ＇　ＯＲ　１＝１",
};

describe("an operator or a statement in place of an id", () => {
  for (const [name, value] of Object.entries({ ...OPERATORS, ...SQL })) {
    test(`${name} ${JSON.stringify(value)} is refused by every entrance`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      await expectRefusedAsPayment(scene, value, order);
      await expectNothingHappens(scene, order, () => expectRefusedAsOrder(scene, value, payment.imp_uid));
      await scene.expectAnswer("success", { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }

  for (const [name, field] of Object.entries({
    "R38-b1": "imp_uid[$ne]",
    "R38-b2": "imp_uid.$ne",
    "R38-b3": "merchant_uid[$ne]",
    "R38-b4": "$where",
    "R38-b5": "imp_uid[]",
  })) {
    test(`${name} a field called ${field} is refused, and is no id in a form`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const ids = { imp_uid: payment.imp_uid, merchant_uid: order };
      await expectNothingHappens(scene, order, async () => {
        const { request } = scene.dojang;
        const body = { ...ids, [field]: "x" };
        assertOneAnswer(await request("POST", "/payments/complete", { body }), { word: "invalidRequest" });
        const registration = { name: "감귤", amount: PRICE, [field]: "x" };
        assertRefusal(await request("POST", "/v1/orders", { body: registration }), "invalid_request");
        const headers = { "content-type": "application/x-www-form-urlencoded" };
        const rawBody = new URLSearchParams({ [field]: payment.imp_uid, merchant_uid: order }).toString();
        assertRefusal(await request("POST", "/webhooks/iamport", { rawBody, headers }), "invalid_request");
      });
      await scene.expectAnswer("success", { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }
});

describe("a statement as a search term of the shop", () => {
  for (const [name, text] of Object.entries(SQL)) {
    test(`${name} ${text} finds no order and no customer`, async () => {
      const scene = await world.scene();
      const email = `${name.toLowerCase()}@shop.test`;
      const order = await scene.order({
        customer: { id: "c-1", email, tel: "010-1234-5678" },
      });
      await expectNothingHappens(scene, order, async () => {
        const { request } = scene.dojang;
        for (const key of ["q", "customer"]) {
          const found = await request("GET", `/v1/orders?${new URLSearchParams({ [key]: text })}`);
          assert.equal(found.status, 200, found.text);
          assert.deepEqual(found.body, { data: [], next_cursor: null });
        }
        for (const key of ["status", "limit"]) {
          const refused = await request("GET", `/v1/orders?${new URLSearchParams({ [key]: text })}`);
          assertRefusal(refused, "invalid_request");
        }
        const cursor = await request("GET", `/v1/orders?${new URLSearchParams({ cursor: text })}`);
        assertRefusal(cursor, "invalid_cursor");
        for (const route of ["/v1/customers", "/v1/orders"]) {
          const none = await request("GET", `${route}/${encodeURIComponent(text)}`);
          assertRefusal(none, "not_found", 404);
        }
        const page = await request("GET", `/checkout/${encodeURIComponent(text)}`);
        assert.equal(page.status, 404);
      });
      const found = await scene.dojang.request("GET", `/v1/orders?q=${encodeURIComponent(email)}`);
      assert.equal(found.body.data[0].merchant_uid, order, "the search itself works");
      await scene.expectNothingElse([]);
    });
  }

  test("R38-d a forged cursor with a statement in it is refused", async () => {
    const scene = await world.scene();
    const positions = [
      { createdAt: "0 OR 1=1", orderId: "x" },
      ["0", "' OR '1'='1"],
      "' OR 1=1 --",
      [1, { $ne: null }],
    ];
    for (const position of positions) {
      const cursor = Buffer.from(JSON.stringify(position)).toString("base64url");
      const answer = await scene.dojang.request("GET", `/v1/orders?cursor=${cursor}`);
      assertRefusal(answer, "invalid_cursor");
    }
    await scene.expectNothingElse([]);
  });
});

describe("a statement as free text", () => {
  for (const [name, text] of Object.entries(SQL)) {
    test(`${name} ${text} of the shop is kept to the letter`, async () => {
      const scene = await world.scene();
      const before = (await scene.dojang.request("GET", "/v1/orders?limit=100")).body.data.length;
      const customer = { id: text, name: text };
      const fields = { name: text, customer, metadata: { [text]: text }, allowed: { pay_methods: ["card"] } };
      const order = await scene.order(fields);
      const { order: row } = await scene.expectStored(order, { status: "pending" });
      assert.deepEqual([row.name, row.customer.id, row.customer.name], [text, text, text]);
      assert.deepEqual(row.metadata, { [text]: text });
      const found = await scene.dojang.request("GET", `/v1/orders?customer=${encodeURIComponent(text)}`);
      assert.deepEqual(
        found.body.data.map((one: { merchant_uid: string }) => one.merchant_uid),
        [order],
      );
      const payment = await scene.expectHonestPaymentPays(order);
      const all = await scene.dojang.request("GET", "/v1/orders?limit=100");
      assert.equal(all.body.data.length, Math.min(before + 1, 100));
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });

    test(`${name} ${text} of the gateway is compared to the letter, and kept as evidence`, async () => {
      const scene = await world.scene();
      const [order, beside] = [await scene.order(), await scene.order()];
      const forged = scene.pay(order, { currency: text, pg_tid: text, pg_provider: text, fail_reason: text });
      await scene.expectAnswer("forgery", { payment: forged, order });
      const { order: row } = await scene.expectStored(order, {
        status: "pending",
        payments: { [forged.imp_uid]: "rejected" },
        discrepancies: ["currency_mismatch"],
      });
      assert.equal(row.payments[0].currency, text);
      const foreign = scene.pay(text);
      await scene.expectAnswer("notFound", { payment: foreign, order });
      await scene.webhook(foreign, { merchant_uid: beside });
      await scene.expectStored(beside, { status: "pending" });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([forged, foreign, foreign, honest].map(scene.lookLine));
    });
  }
});
