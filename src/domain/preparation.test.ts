import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aggregateOf, isWriting, orderOf } from "../../test/support/domain.ts";
import type { OrderStatus } from "./order.ts";
import { decidePreparation, isWithheld, wantsPreparation } from "./preparation.ts";

describe("decidePreparation()", () => {
  for (const preparation of ["confirmed", "refused"] as const) {
    test(`decidePreparation() notes ${preparation} once, and nothing else of the order`, () => {
      const order = orderOf({ preparation: "wanted" });
      const decision = decidePreparation(aggregateOf({ order }), preparation);
      assert.deepEqual(decision, { outcome: { isRecorded: true }, order: { ...order, preparation } });
      const again = decidePreparation(aggregateOf({ order: orderOf({ preparation }) }), "confirmed");
      assert.deepEqual(again, { outcome: { isRecorded: false } });
    });
  }

  test("decidePreparation() writes nothing for an order that is paid, closed, not there or was never to be prepared", () => {
    const statuses: readonly OrderStatus[] = [
      "paid",
      "partially_refunded",
      "refunded",
      "cancelled",
      "expired",
    ];
    const orders = [
      ...statuses.map((status) => orderOf({ status, preparation: "wanted" })),
      orderOf(),
      undefined,
    ];
    for (const order of orders) {
      assert.ok(!isWriting(decidePreparation(aggregateOf({ order }), "confirmed")));
    }
    for (const status of statuses) assert.ok(!wantsPreparation(orderOf({ status, preparation: "wanted" })));
    for (const preparation of ["confirmed", "refused"] as const)
      assert.ok(!wantsPreparation(orderOf({ preparation })));
    assert.ok(wantsPreparation(orderOf()));
    assert.ok(wantsPreparation(orderOf({ status: "awaiting_deposit", preparation: "wanted" })));
  });
});

describe("isWithheld()", () => {
  const TABLE = [
    ["required", "wanted", true],
    ["required", "refused", true],
    ["required", "confirmed", false],
    ["required", undefined, false],
    ["best_effort", "wanted", false],
    ["best_effort", "refused", false],
    ["off", "wanted", false],
  ] as const;
  for (const [policy, preparation, expected] of TABLE) {
    test(`isWithheld() is ${expected} when ${policy} and ${preparation ?? "never wanted"}`, () => {
      assert.equal(isWithheld(orderOf({ preparation }), policy), expected);
    });
  }
});
