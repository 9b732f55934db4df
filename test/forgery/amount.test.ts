// R01 and R02: the price is the order's. Goal: whatever the page asked the gateway to charge, and whatever it tells us,
// only a payment of exactly the registered amount pays. Method: real payments of another amount, and bodies that name one.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld, PRICE } from "../support/forgery.ts";
import { brokenClauses } from "../support/forgery-rows.ts";

const world = await openWorld();
after(() => world.close());

const OTHER_AMOUNTS = [
  { id: "R01-a", what: "one won less", amount: PRICE - 1 },
  { id: "R01-b", what: "one won more", amount: PRICE + 1 },
  { id: "R01-c", what: "a hundredth", amount: PRICE / 100 },
  { id: "R01-d", what: "a hundred times as much", amount: PRICE * 100 },
  { id: "R01-e", what: "one won", amount: 1 },
  { id: "R01-f", what: "a tenth, a digit dropped", amount: PRICE / 10 },
  { id: "R01-g", what: "nothing at all", amount: 0, isFree: true },
  { id: "R01-h", what: "the largest amount that can be written", amount: "999999999999999" },
  { id: "R01-i", what: "half a won less", amount: "49999.5" },
];

describe("POST /payments/complete with another amount", () => {
  for (const { id, what, amount, isFree = false } of OTHER_AMOUNTS) {
    test(`${id} ${what} does not pay the order`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { amount });
      await scene.expectAnswer("forgery", { payment, order });
      const stored = await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        // Money that came in is shown to an operator; a payment of nothing holds none.
        discrepancies: isFree ? [] : ["amount_mismatch"],
      });
      assert.deepEqual(brokenClauses(stored, payment), ["amount"]);
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }
});
