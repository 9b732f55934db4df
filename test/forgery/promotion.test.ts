// R07: promotions. Goal: a promotion that the shop does not give, and one that changes what was captured, pay nothing. Method: payments
// that carry one, before a shop that gives none and one that gives "p_1"; what cannot be read is not "none".
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { openWorld, PRICE, type World } from "../support/forgery.ts";
import { brokenClauses } from "../support/forgery-rows.ts";

const none = await openWorld();
const giving = await openWorld({ env: { DOJANG_PROMOTIONS: "p_1" } });
after(() => Promise.all([none.close(), giving.close()]));

const P_1 = { id: "p_1", discount: 5000 };

const REFUSED: readonly {
  readonly id: string;
  readonly what: string;
  readonly world: World;
  readonly payment: NewPayment;
  readonly broken: string;
}[] = [
  {
    id: "R07-a",
    what: "one where none is given",
    world: none,
    payment: { promotion: P_1 },
    broken: "promotion",
  },
  {
    id: "R07-b",
    what: "another one than is given",
    world: giving,
    payment: { promotion: { id: "p_2", discount: 5000 } },
    broken: "promotion",
  },
  {
    id: "R07-c",
    what: "the one that is given, and its discount off the price",
    world: giving,
    payment: { promotion: P_1, amount: PRICE - 5000 },
    broken: "amount",
  },
  {
    id: "R07-d",
    what: "the given one in other letters",
    world: giving,
    payment: { promotion: { id: "P_1", discount: 5000 } },
    broken: "promotion",
  },
  {
    id: "R07-e",
    what: "one without an id",
    world: giving,
    payment: { raw: { promotion: '{"discount":5000}' } },
    broken: "promotion",
  },
  {
    id: "R07-f",
    what: "a list with the given one",
    world: giving,
    payment: { raw: { promotion: '[{"id":"p_1","discount":5000}]' } },
    broken: "promotion",
  },
  {
    id: "R07-g",
    what: "its bare id",
    world: giving,
    payment: { raw: { promotion: '"p_1"' } },
    broken: "promotion",
  },
  {
    id: "R07-h",
    what: "one that takes nothing off, where none is given",
    world: none,
    payment: { promotion: { id: "p_1", discount: 0 } },
    broken: "promotion",
  },
];

describe("POST /payments/complete with a promotion", () => {
  for (const { id, what, world, payment: fields, broken } of REFUSED) {
    test(`${id} ${what} does not pay the order`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, fields);
      await scene.expectAnswer("forgery", { payment, order });
      const stored = await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        discrepancies: [broken === "amount" ? "amount_mismatch" : "channel_mismatch"],
        events: ["order.registered", "payment.rejected", "discrepancy.opened"],
      });
      assert.deepEqual(brokenClauses(stored, payment), [broken]);
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  test("R07-i the one that is given, at the order's own price, pays it", async () => {
    const scene = await giving.scene();
    const order = await scene.order();
    const payment = await scene.expectHonestPaymentPays(order, { promotion: P_1 });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});
