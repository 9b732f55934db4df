// R06: an order costs a positive amount. Goal: no quantity, coupon or rounding at the shop becomes an order that costs
// nothing, less than nothing or a part of a won. Method: register such totals; try to pay an order with nothing.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld, PRICE } from "../support/forgery.ts";

const world = await openWorld();
after(() => world.close());

const CHEATS: readonly { id: string; what: string; fields: string; code?: string }[] = [
  { id: "R06-a", what: "quantity -1", fields: '"amount":-50000' },
  { id: "R06-b", what: "quantity 0", fields: '"amount":0' },
  { id: "R06-c", what: "quantity 0.1 of something for 5 won", fields: '"amount":0.5' },
  { id: "R06-d", what: "a coupon of the whole price and one won more", fields: '"amount":-1' },
  { id: "R06-e", what: "a minus zero", fields: '"amount":-0' },
  { id: "R06-f", what: "a zero with decimals", fields: '"amount":0.00' },
  { id: "R06-g", what: "a part of a won", fields: '"amount":49999.999' },
  { id: "R06-h", what: "a part of a cent", fields: '"amount":9.999,"currency":"USD"' },
  { id: "R06-i", what: "more digits than can be counted exactly", fields: '"amount":9007199254740993' },
  { id: "R06-j", what: "an exponent", fields: '"amount":5e4' },
  { id: "R06-k", what: "a number too large for a double", fields: '"amount":1e400', code: "invalid_request" },
  { id: "R06-l", what: "a price that only rounds to the price", fields: '"amount":50000.0000000000000001' },
  { id: "R06-m", what: "a text", fields: '"amount":"50000"', code: "invalid_request" },
  { id: "R06-n", what: "a list", fields: '"amount":[50000]', code: "invalid_request" },
  { id: "R06-o", what: "true", fields: '"amount":true', code: "invalid_request" },
  { id: "R06-p", what: "two amounts", fields: '"amount":50000,"amount":1', code: "malformed_request" },
  {
    id: "R06-q",
    what: "the same amount twice",
    fields: '"amount":50000,"amount":50000',
    code: "malformed_request",
  },
  {
    id: "R06-r",
    what: "a negative coupon of its own",
    fields: '"amount":50000,"coupon":-10000',
    code: "invalid_request",
  },
  {
    id: "R06-s",
    what: "lines of its own",
    fields: '"amount":50000,"items":[{"qty":-1}]',
    code: "invalid_request",
  },
  { id: "R06-t", what: "a negative tax-free part", fields: '"amount":50000,"tax_free":-1' },
  { id: "R06-u", what: "a tax-free part above the price", fields: '"amount":50000,"tax_free":50001' },
  { id: "R06-v", what: "a tax above the price", fields: '"amount":50000,"vat_amount":50001' },
  {
    id: "R06-ab",
    what: "a tax-free part and a tax above the price together",
    fields: '"amount":50000,"tax_free":49000,"vat_amount":1001',
  },
  {
    id: "R06-w",
    what: "a currency in small letters",
    fields: '"amount":50000,"currency":"krw"',
    code: "invalid_currency",
  },
  {
    id: "R06-x",
    what: "a currency that does not exist",
    fields: '"amount":50000,"currency":"XXX"',
    code: "invalid_currency",
  },
];

describe("POST /v1/orders with an odd total", () => {
  for (const { id, what, fields, code = "invalid_amount" } of CHEATS) {
    test(`${id} ${what} makes no order`, async () => {
      const scene = await world.scene();
      const order = `odd-total-${id}`;
      const rawBody = `{"merchant_uid":"${order}","name":"감귤 5kg",${fields}}`;
      const answer = await scene.dojang.request("POST", "/v1/orders", { rawBody });
      assert.equal(`${answer.status} ${answer.body?.code}`, `400 ${code}`, answer.text);
      assert.equal((await scene.dojang.read(order)).status, 404);
      assert.deepEqual(await scene.dojang.dojang.deps.store.readTimeline(order), []);
      const payment = scene.pay(order, { amount: 0 });
      await scene.expectAnswer("notFound", { payment, order });
      await scene.expectNothingElse([]);
    });
  }

  test("R06-y 2^31 won is an order like any other, and costs exactly that", async () => {
    const scene = await world.scene();
    const amount = 2 ** 31;
    const order = await scene.order({ amount });
    const wrapped = scene.pay(order, { amount: -amount });
    await scene.expectAnswer("forgery", { payment: wrapped, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [wrapped.imp_uid]: "rejected" },
      discrepancies: ["amount_mismatch"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    assert.equal((await scene.stored(order)).order.amount, amount);
    await scene.expectNothingElse([scene.lookLine(wrapped), scene.lookLine(honest)]);
  });

  test("R06-z a billing key issued for 0 won pays no order", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const issue = scene.pay(order, { amount: 0, customer_uid: "buyer-1", customer_uid_usage: "issue" });
    await scene.expectAnswer("forgery", { payment: issue, order });
    await scene.expectStored(order, { status: "pending", payments: { [issue.imp_uid]: "rejected" } });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(issue), scene.lookLine(honest)]);
  });

  test("R06-aa a payment of a negative amount pays no order", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { amount: -PRICE });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["amount_mismatch"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });
});
