import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkHistory, type Operation, type SequentialModel } from "./check-history.ts";
import { type OrderOp, orderModel } from "./order-model.ts";

type RegisterOp = Operation & ({ readonly write: string } | { readonly read: string });

/** A register that holds one text: the object of the textbooks. */
const REGISTER: SequentialModel<RegisterOp> = {
  initial: "0",
  step(state, op) {
    if ("write" in op) return [{ state: op.write }];
    return op.read === state ? [{ state }] : [];
  },
  spontaneous: () => [],
};

function at(calledAt: number, endedAt = Number.POSITIVE_INFINITY): Operation {
  return { calledAt, endedAt };
}

function isLinear(ops: readonly RegisterOp[]): boolean {
  return checkHistory(ops, REGISTER).isLinearizable;
}

describe("checkHistory()", () => {
  test("accepts what one client did after the other", () => {
    assert.ok(
      isLinear([
        { ...at(0, 1), write: "1" },
        { ...at(2, 3), read: "1" },
      ]),
    );
  });

  test("accepts reads that see a write before or after it while it goes on", () => {
    const write = { ...at(0, 10), write: "1" };
    assert.ok(isLinear([write, { ...at(1, 2), read: "0" }, { ...at(3, 4), read: "1" }]));
  });

  test("refuses a read that went back behind another one", () => {
    const write = { ...at(0, 10), write: "1" };
    assert.ok(!isLinear([write, { ...at(1, 2), read: "1" }, { ...at(3, 4), read: "0" }]));
  });

  test("refuses a read of what was overwritten before it began", () => {
    const writes = [
      { ...at(0, 1), write: "1" },
      { ...at(2, 3), write: "2" },
    ];
    assert.ok(!isLinear([...writes, { ...at(4, 5), read: "1" }]));
    assert.ok(isLinear([...writes, { ...at(2, 5), read: "1" }]));
  });

  test("lets a write without an answer take effect late, or never", () => {
    const lost = { ...at(0), write: "1" };
    assert.ok(isLinear([lost, { ...at(5, 6), read: "0" }, { ...at(7, 8), read: "1" }]));
    assert.ok(isLinear([lost, { ...at(5, 6), read: "0" }]));
    assert.ok(
      !isLinear([
        { ...at(5, 6), read: "1" },
        { ...at(7), write: "1" },
      ]),
    );
  });

  test("refuses two clients that each saw the other's write first", () => {
    const ops = [
      { ...at(0, 10), write: "1" },
      { ...at(0, 10), write: "2" },
      { ...at(11, 12), read: "1" },
      { ...at(11, 12), read: "2" },
    ];
    assert.ok(!isLinear(ops));
  });
});

const TOTAL = 1000;
const approved: OrderOp = { ...at(0, 1), kind: "approve", payment: "A", answer: "approved" };
const shown = (status: string, more = {}) => ({
  status,
  paidBy: undefined,
  refunded: 0,
  refunds: 0,
  ...more,
});

function isOrder(ops: readonly OrderOp[]): boolean {
  return checkHistory(ops, orderModel(TOTAL, { lastsMs: 100, hasSweeps: false })).isLinearizable;
}

describe("orderModel()", () => {
  test("refuses an order that is pending after its buyer was told success", () => {
    const success: OrderOp = { ...at(2, 4), kind: "complete", payment: "A", answer: "success" };
    const read = (calledAt: number): OrderOp => ({
      ...at(calledAt, 9),
      kind: "read",
      answer: shown("pending"),
    });
    assert.ok(isOrder([approved, success, read(3)]));
    assert.ok(!isOrder([approved, success, read(5)]));
  });

  test("refuses an order that was cancelled and paid", () => {
    const success: OrderOp = { ...at(0, 9), kind: "complete", payment: "A", answer: "success" };
    const cancel: OrderOp = { ...at(0, 9), kind: "cancel", answer: "cancelled" };
    assert.ok(!isOrder([approved, success, cancel]));
    assert.ok(isOrder([approved, { ...success, answer: "closed" }, cancel]));
  });

  test("refuses a cancel that did not see what was approved before it was asked for", () => {
    const cancel = (calledAt: number): OrderOp => ({
      ...at(calledAt, 9),
      kind: "cancel",
      answer: "cancelled",
    });
    assert.ok(!isOrder([approved, cancel(2)]));
    assert.ok(isOrder([approved, cancel(0)]));
    assert.ok(isOrder([approved, { ...at(2, 9), kind: "cancel", answer: "already_paid" }]));
  });

  test("refuses two refunds that are more than was paid", () => {
    const paid: OrderOp = { ...at(2, 3), kind: "complete", payment: "A", answer: "success" };
    const refund = (key: number, amount: number): OrderOp => ({
      ...at(4, 9),
      kind: "refund",
      key,
      amount,
      answer: "accepted",
    });
    assert.ok(isOrder([approved, paid, refund(1, 600), refund(2, 400), refund(1, 600)]));
    assert.ok(!isOrder([approved, paid, refund(1, 600), refund(2, 500)]));
  });

  test("lets a webhook be acted on later, and never before it", () => {
    const webhook: OrderOp = { ...at(2, 3), kind: "webhook", payment: "A", answer: "stored" };
    const read = (calledAt: number, status: string): OrderOp => ({
      ...at(calledAt, calledAt + 0.5),
      kind: "read",
      answer: shown(status, status === "paid" ? { paidBy: "A" } : {}),
    });
    assert.ok(isOrder([approved, webhook, read(4, "pending"), read(5, "paid")]));
    assert.ok(!isOrder([approved, webhook, read(4, "paid"), read(5, "pending")]));
    assert.ok(!isOrder([approved, read(1.2, "paid"), webhook]));
  });
});
