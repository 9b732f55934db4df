// What a page hears of an order that is settled already.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld } from "../support/forgery.ts";

const world = await openWorld();
after(() => world.close());

describe("POST /payments/complete on a settled order", () => {
  test("answers closed for a payment that nobody knows, so that a page stops asking", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const honest = await scene.expectHonestPaymentPays(order);
    const before = await scene.stored(order);
    await scene.expectAnswer("closed", { payment: "imp_999999999999", order });
    assert.deepEqual(await scene.stored(order), before);
    await scene.expectNothingElse([scene.lookLine(honest), scene.lookLine("imp_999999999999")]);
  });

  test("keeps the answer of the payment that paid it when the gateway shows that payment under another order", async () => {
    const scene = await world.scene();
    const [order, other] = [await scene.order(), await scene.order()];
    const payment = await scene.expectHonestPaymentPays(order);
    world.emulator.edit(payment.imp_uid, { raw: { merchant_uid: JSON.stringify(other) } });
    await scene.expectAnswer("success", { payment, order });
    assert.ok(scene.hasAlarm(payment));
    await scene.expectAnswer("closed", { payment, order: other });
    const stored = await scene.stored(other);
    assert.equal(stored.order.status, "pending");
    assert.deepEqual(
      stored.order.discrepancies.map(({ kind }: { kind: string }) => kind),
      ["orphan"],
    );
  });
});

describe("POST /v1/orders with what cannot be", () => {
  const CASES: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ["taxes above the amount together", { tax_free: 30_000, vat_amount: 30_000 }, "invalid_amount"],
    ["a line end in return_url", { return_url: "http://127.0.0.1/\r\nX: y" }, "invalid_return_url"],
    ["a backslash in return_url", { return_url: "http://127.0.0.1\\@evil.example/" }, "invalid_return_url"],
  ];
  for (const [what, fields, code] of CASES) {
    test(`refuses ${what}`, async () => {
      const body = { name: "감귤", amount: 50_000, ...fields };
      const answer = await world.dojang.request("POST", "/v1/orders", { body });
      assert.equal(`${answer.status} ${answer.body.code}`, `400 ${code}`);
    });
  }
});
