import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aggregateOf, orderOf, paymentOf } from "../../test/support/domain.ts";
import type { OrderStatus } from "./order.ts";
import { applyPayment, holdAccount, movedTo } from "./order-changes.ts";

/** Every move there is; each other pair of states is refused. */
const MOVES: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ["awaiting_deposit", "paid", "cancelled", "expired"],
  awaiting_deposit: ["awaiting_deposit", "paid", "cancelled", "expired"],
  paid: ["partially_refunded", "refunded"],
  partially_refunded: ["partially_refunded", "refunded"],
  refunded: [],
  cancelled: [],
  expired: [],
};
const STATUSES = Object.keys(MOVES) as OrderStatus[];

describe("movedTo()", () => {
  for (const from of STATUSES) {
    test(`movedTo() lets an order that is ${from} become: ${MOVES[from].join(", ") || "nothing"}`, () => {
      const order = orderOf({ status: from });
      for (const to of STATUSES) {
        if (MOVES[from].includes(to)) assert.deepEqual(movedTo(order, to), { ...order, status: to });
        else
          assert.throws(() => movedTo(order, to), {
            message: `Invariant violated: ${from} cannot become ${to}`,
          });
      }
    });
  }
});

describe("applyPayment() and holdAccount()", () => {
  test("applyPayment() throws when another payment has paid the order", () => {
    const order = orderOf({ paidBy: "imp_2" });
    const change = {
      aggregate: aggregateOf({ order }),
      order,
      payment: paymentOf(),
      foundBy: "look",
    } as const;
    assert.throws(() => applyPayment(change), /Invariant violated: an order is paid once/);
  });

  test("applyPayment() takes the store's time where the gateway names none", () => {
    const aggregate = aggregateOf();
    const payment = paymentOf({ paidAt: undefined, verdict: "applied" });
    const { order } = applyPayment({ aggregate, order: orderOf(), payment, foundBy: "look" });
    assert.equal(order?.paidAt, aggregate.now);
  });

  test("holdAccount() throws on a payment without an account", () => {
    const payment = paymentOf({ status: "pending" });
    const change = { aggregate: aggregateOf(), order: orderOf(), payment, foundBy: "look" } as const;
    const outcome = { kind: "pending", reason: "window_only" } as const;
    assert.throws(() => holdAccount(change, { stored: undefined, outcome }), /Invariant violated/);
  });
});
