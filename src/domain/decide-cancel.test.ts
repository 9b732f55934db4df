import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aggregateOf, issuedOf, isWriting, NOW, orderOf, paymentOf } from "../../test/support/domain.ts";
import { decideCancel } from "./decide-cancel.ts";
import type { OrderStatus } from "./order.ts";

const WHO = { actor: "default", reason: "the buyer changed their mind" };

describe("decideCancel()", () => {
  for (const status of ["pending", "awaiting_deposit"] as const) {
    test(`decideCancel() closes an order that is ${status}, and says who did it and why`, () => {
      const order = orderOf({ status });
      assert.deepEqual(decideCancel({ aggregate: aggregateOf({ order }), ...WHO }), {
        outcome: { kind: "cancelled" },
        order: { ...order, status: "cancelled" },
        events: [{ type: "order.cancelled", data: {} }],
        tasks: [],
        audit: [{ action: "order.cancelled", ...WHO, data: {} }],
      });
    });
  }

  const OTHERS: readonly (readonly [OrderStatus, string])[] = [
    ["cancelled", "already_closed"],
    ["expired", "already_closed"],
    ["paid", "already_paid"],
    ["partially_refunded", "already_paid"],
    ["refunded", "already_paid"],
  ];
  for (const [status, kind] of OTHERS) {
    test(`decideCancel() answers ${kind} and writes nothing when the order is ${status}`, () => {
      const decision = decideCancel({ aggregate: aggregateOf({ order: orderOf({ status }) }), ...WHO });
      assert.deepEqual(decision, { outcome: { kind } });
      assert.ok(!isWriting(decision));
    });
  }

  test("decideCancel() writes nothing when there is no order", () => {
    const decision = decideCancel({ aggregate: aggregateOf({ order: undefined }), ...WHO });
    assert.deepEqual(decision, { outcome: { kind: "not_found" } });
  });

  test("decideCancel() closes every account that waits, and no other", () => {
    const held = ["imp_1", "imp_2"].map((paymentId) =>
      paymentOf({ ...issuedOf({ paymentId }), verdict: "held" }),
    );
    const failed = paymentOf({ ...issuedOf({ paymentId: "imp_3", status: "failed" }), verdict: "observed" });
    const order = orderOf({ status: "awaiting_deposit" });
    const { tasks } = decideCancel({
      aggregate: aggregateOf({ order, payments: [...held, failed] }),
      ...WHO,
    });
    assert.deepEqual(
      tasks?.map(({ kind, key, dueAt }) => ({ kind, key, dueAt })),
      ["imp_1", "imp_2"].map((id) => ({ kind: "close_account", key: `close_account:${id}`, dueAt: NOW })),
    );
  });
});
