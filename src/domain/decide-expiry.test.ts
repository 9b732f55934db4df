import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  accountOf,
  aggregateOf,
  CREATED_AT,
  DAY_MS,
  END_OF_PAY_BY_DAY,
  issuedOf,
  isWriting,
  MINUTE_MS,
  orderOf,
  PAY_BY,
  paymentOf,
  SECOND_MS,
} from "../../test/support/domain.ts";
import { decideExpiry } from "./decide-expiry.ts";
import { MISSING_AFTER_MS } from "./decide-missing.ts";
import { FINAL_LOOK_AFTER_MS } from "./look-schedule.ts";
import type { Order } from "./order.ts";

const LAST_CALL = PAY_BY + FINAL_LOOK_AFTER_MS;

function expiryOf(order: Order, { lookedAt, now }: { lookedAt: number | undefined; now: number }) {
  const looked = lookedAt === undefined ? {} : { lookedAt };
  return decideExpiry({ aggregate: aggregateOf({ order, now }), isClockTrusted: true, ...looked });
}

describe("decideExpiry()", () => {
  for (const status of ["pending", "awaiting_deposit"] as const) {
    test(`decideExpiry() closes an order that is ${status} by a look begun at the last call`, () => {
      const order = orderOf({ status });
      const decision = expiryOf(order, { lookedAt: LAST_CALL, now: LAST_CALL + SECOND_MS });
      const nextLookAt = LAST_CALL + SECOND_MS + DAY_MS;
      assert.deepEqual(decision, {
        outcome: { isExpired: true, nextLookAt },
        order: { ...order, status: "expired" },
        events: [{ type: "order.expired", data: { pay_by: PAY_BY } }],
        tasks: [],
      });
      const again = aggregateOf({ order: orderOf({ status: "expired" }), now: LAST_CALL + SECOND_MS });
      assert.ok(!isWriting(decideExpiry({ aggregate: again, lookedAt: LAST_CALL, isClockTrusted: true })));
    });
  }

  test("decideExpiry() does not close it by a look begun 1 ms before, and has it looked at again at once", () => {
    const now = LAST_CALL + SECOND_MS;
    const decision = expiryOf(orderOf(), { lookedAt: LAST_CALL - 1, now });
    assert.deepEqual(decision, { outcome: { isExpired: false, nextLookAt: now } });
  });

  test("decideExpiry() waits ten minutes for an attempt that cannot be had, and no longer", () => {
    const at = (lookedAt: number) =>
      decideExpiry({
        aggregate: aggregateOf({ now: lookedAt + SECOND_MS }),
        lookedAt,
        isClockTrusted: true,
        isOneMissing: true,
      });
    const early = at(LAST_CALL + MISSING_AFTER_MS - 1);
    const nextLookAt = LAST_CALL + MISSING_AFTER_MS - 1 + SECOND_MS + MINUTE_MS;
    assert.deepEqual(early, { outcome: { isExpired: false, nextLookAt } });
    assert.equal(at(LAST_CALL + MISSING_AFTER_MS).outcome.isExpired, true);
  });

  test("decideExpiry() does not close it without a look", () => {
    const decision = expiryOf(orderOf(), { lookedAt: undefined, now: LAST_CALL + DAY_MS });
    assert.equal(decision.outcome.isExpired, false);
    assert.ok(!isWriting(decision));
  });

  test("decideExpiry() has an open order looked at hourly also when its watch is over by the clock", () => {
    const now = CREATED_AT + 100 * DAY_MS;
    for (const status of ["pending", "awaiting_deposit"] as const) {
      const aggregate = aggregateOf({ order: orderOf({ status }), now });
      const decision = decideExpiry({ aggregate, lookedAt: now, isClockTrusted: false });
      assert.deepEqual(decision, { outcome: { isExpired: false, nextLookAt: now + 60 * MINUTE_MS } });
    }
  });

  test("decideExpiry() does not close it while the clock is not trusted", () => {
    const now = LAST_CALL + SECOND_MS;
    for (const lookedAt of [LAST_CALL - 1, LAST_CALL]) {
      const decision = decideExpiry({ aggregate: aggregateOf({ now }), lookedAt, isClockTrusted: false });
      assert.deepEqual(decision, { outcome: { isExpired: false, nextLookAt: now + DAY_MS } });
    }
  });

  test("decideExpiry() waits for an account that is due later on pay_by's day in Korea", () => {
    const account = { ...accountOf({ dueAt: END_OF_PAY_BY_DAY }), paymentId: "imp_1" };
    const order = orderOf({ status: "awaiting_deposit", account });
    const lastCall = END_OF_PAY_BY_DAY + FINAL_LOOK_AFTER_MS;
    for (const [lookedAt, isExpired] of [
      [LAST_CALL, false],
      [lastCall - 1, false],
      [lastCall, true],
    ] as const) {
      assert.equal(expiryOf(order, { lookedAt, now: lookedAt }).outcome.isExpired, isExpired);
    }
  });

  for (const status of ["paid", "partially_refunded", "refunded", "cancelled", "expired"] as const) {
    test(`decideExpiry() leaves an order alone that is ${status}`, () => {
      const decision = expiryOf(orderOf({ status }), { lookedAt: LAST_CALL, now: LAST_CALL });
      assert.deepEqual(decision, { outcome: { isExpired: false, nextLookAt: LAST_CALL + DAY_MS } });
    });
  }

  test("decideExpiry() closes the accounts that still wait, and only those", () => {
    const payments = [
      paymentOf({ ...issuedOf(), paymentId: "imp_wait", verdict: "held" }),
      paymentOf({ ...issuedOf(), paymentId: "imp_failed", verdict: "held", status: "failed" }),
      paymentOf({ ...issuedOf(), paymentId: "imp_late", verdict: "rejected" }),
    ];
    const order = orderOf({ status: "awaiting_deposit" });
    const aggregate = aggregateOf({ order, payments, now: LAST_CALL });
    const { tasks } = decideExpiry({ aggregate, lookedAt: LAST_CALL, isClockTrusted: true });
    const ids = { orderId: "dj_order_1", paymentId: "imp_wait" };
    assert.deepEqual(tasks, [
      { kind: "close_account", key: "close_account:imp_wait", repeat: "once", dueAt: LAST_CALL, ...ids },
    ]);
  });

  test("decideExpiry() says when to look again before the deadline", () => {
    const minute = CREATED_AT + MINUTE_MS;
    const decision = expiryOf(orderOf(), { lookedAt: minute, now: minute + SECOND_MS });
    assert.deepEqual(decision, { outcome: { isExpired: false, nextLookAt: CREATED_AT + 5 * MINUTE_MS } });
  });

  test("decideExpiry() ends the watch after 90 days", () => {
    const at = CREATED_AT + 90 * DAY_MS;
    const decision = expiryOf(orderOf({ status: "paid" }), { lookedAt: at, now: at });
    assert.deepEqual(decision, { outcome: { isExpired: false } });
  });

  test("decideExpiry() does nothing without an order", () => {
    const aggregate = aggregateOf({ order: undefined });
    const decision = decideExpiry({ aggregate, lookedAt: LAST_CALL, isClockTrusted: true });
    assert.deepEqual(decision, { outcome: { isExpired: false } });
  });
});
