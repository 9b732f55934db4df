import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { money, paymentOf, refundOf, seenAmount } from "../../test/support/domain.ts";
import { restMinor, uncancelledMinor } from "./refund-rest.ts";

describe("restMinor() and uncancelledMinor()", () => {
  for (const [what, changes] of [
    ["amount", { amount: { text: "1e3" } }],
    ["cancelled amount", { cancelled: { text: "1e3" } }],
  ] as const) {
    test(`restMinor() and uncancelledMinor() are unknown where the ${what} cannot be read`, () => {
      assert.equal(uncancelledMinor(paymentOf(changes), []), undefined);
      assert.equal(restMinor(paymentOf(changes), [refundOf()]), undefined);
    });
  }

  test("restMinor() takes away what open refunds ask for, uncancelledMinor() only what went back", () => {
    const payment = paymentOf({ cancelled: seenAmount("100") });
    const refunds = [refundOf(), refundOf({ state: "succeeded", amount: money(200) })];
    assert.deepEqual([uncancelledMinor(payment, refunds), restMinor(payment, refunds)], [800, 500]);
  });
});
