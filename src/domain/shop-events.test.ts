import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SHOP_EVENTS, shopEventData, wireEventData } from "./shop-events.ts";

describe("events for the shop", () => {
  test("SHOP_EVENTS are those that docs/events.md lists", () => {
    assert.deepEqual(
      [...SHOP_EVENTS],
      [
        "order.paid",
        "order.awaiting_deposit",
        "order.expired",
        "order.cancelled",
        "order.partially_refunded",
        "order.refunded",
        "payment.rejected",
        "discrepancy.opened",
        "discrepancy.resolved",
      ],
    );
  });

  test("wireEventData() writes amounts as numbers, times in RFC 3339, and all else as it is", () => {
    const at = Date.UTC(2026, 10, 23);
    assert.deepEqual(wireEventData({ amount: "14.2", refunded_amount: "1000", due_at: at, pay_by: at }), {
      amount: 14.2,
      refunded_amount: 1000,
      due_at: "2026-11-23T00:00:00.000Z",
      pay_by: "2026-11-23T00:00:00.000Z",
    });
    const rest = {
      amount: null,
      due_at: null,
      pay_by: "",
      refunded_amount: true,
      bank: "88",
      sends: 3,
      is_late: true,
    };
    assert.deepEqual(wireEventData(rest), rest);
  });

  test("shopEventData() lets out the listed facts alone", () => {
    const data = {
      amount: "1000",
      refunded_amount: "1",
      due_at: 0,
      pay_by: 0,
      currency: "KRW",
      pay_method: "card",
      kind: "surplus",
      action: "accept",
      finding: "forgery",
      clause: "amount",
      discrepancy_id: "dsc_1",
    };
    const shown = wireEventData(data);
    assert.deepEqual(shopEventData({ ...data, bank: "88", why: "a buyer's words", found_by: "look" }), shown);
  });
});
