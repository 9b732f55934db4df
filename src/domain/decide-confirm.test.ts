import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aggregateOf, isWriting, money, NOW, orderOf, PAY_BY, type With } from "../../test/support/domain.ts";
import { APPROVAL_LEASE_MS, type ConfirmRefusal, confirmRefusal, decideConfirm } from "./decide-confirm.ts";
import type { Order } from "./order.ts";

const ASKED = { paymentId: "imp_1", amountText: "1000" };
const OTHER = { paymentId: "imp_2", until: NOW + 1 };

const outcomeOf = (changes: With<Order>, asked = {}, now = NOW) =>
  decideConfirm(aggregateOf({ order: orderOf(changes), now }), { ...ASKED, ...asked });

describe("decideConfirm()", () => {
  test("decideConfirm() leases the approval, with one event, and writes nothing when asked again", () => {
    const order = orderOf();
    const decision = decideConfirm(aggregateOf({ order }), ASKED);
    const approval = { paymentId: "imp_1", until: NOW + APPROVAL_LEASE_MS };
    assert.deepEqual(decision, {
      outcome: { kind: "let_through" },
      order: { ...order, approval },
      events: [
        { type: "payment.let_through", paymentId: "imp_1", data: { amount: "1000", currency: "KRW" } },
      ],
    });
    for (const now of [NOW, NOW + 1, NOW + APPROVAL_LEASE_MS - 1]) {
      const again = outcomeOf({ approval }, {}, now);
      assert.deepEqual([again.outcome.kind, isWriting(again)], ["let_through", false]);
    }
    assert.ok(isWriting(outcomeOf({ approval }, {}, NOW + APPROVAL_LEASE_MS)));
  });

  // Each row repairs the fault of the row above, so the table pins the precedence.
  const ALL = { status: "expired", payBy: NOW - 1, approval: OTHER, paidBy: "imp_9" } as const;
  const TABLE: readonly (readonly [ConfirmRefusal | undefined, With<Order> | undefined, string])[] = [
    ["unknown_order", undefined, "999"],
    ["other_amount", ALL, "999"],
    ["already_paid", ALL, "1000"],
    ["order_closed", { ...ALL, paidBy: undefined }, "1000"],
    ["too_late", { ...ALL, paidBy: undefined, status: "pending" }, "1000"],
    ["another_in_approval", { approval: OTHER }, "1000"],
    [undefined, {}, "1000"],
  ];
  for (const [reason, changes, amountText] of TABLE) {
    test(`decideConfirm() answers ${reason ?? "let_through"} before all that is further down`, () => {
      const order = changes === undefined ? undefined : orderOf(changes);
      assert.equal(confirmRefusal(order, { ...ASKED, amountText, now: NOW }), reason);
      const decision = decideConfirm(aggregateOf({ order }), { ...ASKED, amountText });
      assert.equal(decision.outcome.kind, reason === undefined ? "let_through" : "refused");
      assert.equal(isWriting(decision), reason === undefined);
    });
  }

  for (const text of ["1000", "1000.0", "1000.00"]) {
    test(`decideConfirm() takes ${text} for 1000 won`, () =>
      assert.equal(outcomeOf({}, { amountText: text }).outcome.kind, "let_through"));
  }
  for (const text of [
    "999",
    "1001",
    "1000.5",
    "1e3",
    "+1000",
    " 1000",
    "1,000",
    "01000",
    "-1000",
    "0",
    "",
    "NaN",
    "1000.000000000000000000001",
    "10".repeat(500),
  ]) {
    test(`decideConfirm() refuses the amount ${text.slice(0, 30) || "of no digit"}`, () =>
      assert.deepEqual(outcomeOf({}, { amountText: text }).outcome, {
        kind: "refused",
        reason: "other_amount",
      }));
  }

  test("decideConfirm() reads the amount in the order's currency", () => {
    const usd = { amount: money(1420, "USD"), refunded: money(0, "USD") };
    for (const amountText of ["14.2", "14.20"])
      assert.equal(outcomeOf(usd, { amountText }).outcome.kind, "let_through");
    assert.equal(outcomeOf(usd, { amountText: "1420" }).outcome.kind, "refused");
  });

  test("decideConfirm() lets through up to pay_by, and no later", () => {
    assert.equal(outcomeOf({}, {}, PAY_BY).outcome.kind, "let_through");
    assert.equal(outcomeOf({}, {}, PAY_BY + 1).outcome.kind, "refused");
  });

  test("decideConfirm() lets another payment through once the lease has ended, or its payment has", () => {
    assert.equal(outcomeOf({ approval: OTHER }, {}, NOW + 1).outcome.kind, "let_through");
    assert.equal(outcomeOf({ approval: OTHER }, { endedPaymentId: "imp_2" }).outcome.kind, "let_through");
    assert.equal(outcomeOf({ approval: OTHER }, { endedPaymentId: "imp_3" }).outcome.kind, "refused");
  });

  test("decideConfirm() lets a payment through while an account waits, and whatever was prepared", () => {
    for (const preparation of ["wanted", "refused", "confirmed"] as const)
      assert.equal(outcomeOf({ status: "awaiting_deposit", preparation }).outcome.kind, "let_through");
  });
});
