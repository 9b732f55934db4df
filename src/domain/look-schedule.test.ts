import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  accountOf,
  CREATED_AT,
  DAY_MS,
  END_OF_PAY_BY_DAY,
  HOUR_MS,
  MINUTE_MS,
  orderOf,
  PAY_BY,
  SECOND_MS,
} from "../../test/support/domain.ts";
import { FINAL_LOOK_AFTER_MS, nextLookAt } from "./look-schedule.ts";
import type { Order } from "./order.ts";

/** Every look of an order whose state never changes, each begun at the very time that was asked for. */
function looksOf(order: Order, atMost = 5000): number[] {
  const looks: number[] = [];
  let at = nextLookAt(order, order.createdAt);
  while (at !== undefined) {
    looks.push(at);
    assert.ok(looks.length < atMost, "the watch ends");
    at = nextLookAt(order, at);
  }
  return looks;
}

const since = (looks: readonly number[]) => looks.map((at) => at - CREATED_AT);

describe("nextLookAt()", () => {
  test("nextLookAt() looks after 10 s, 60 s, 5 min, 30 min, then hourly, once more at the deadline, then daily", () => {
    const payBy = CREATED_AT + 3 * HOUR_MS;
    const final = payBy + FINAL_LOOK_AFTER_MS;
    const looks = looksOf(orderOf({ payBy }));
    assert.deepEqual(since(looks.slice(0, 8)), [
      10 * SECOND_MS,
      MINUTE_MS,
      5 * MINUTE_MS,
      30 * MINUTE_MS,
      90 * MINUTE_MS,
      150 * MINUTE_MS,
      3 * HOUR_MS + 30 * SECOND_MS,
      3 * HOUR_MS + 30 * SECOND_MS + DAY_MS,
    ]);
    assert.equal(looks.length, 7 + 89);
    assert.ok((looks.at(-1) ?? 0) <= CREATED_AT + 90 * DAY_MS);
    assert.ok((looks.at(-1) ?? 0) > CREATED_AT + 89 * DAY_MS);
    assert.ok(looks.includes(final));
  });

  test("nextLookAt() makes the first looks of a short order no later than its final look, then looks daily", () => {
    const looks = looksOf(orderOf({ payBy: CREATED_AT + 2 * MINUTE_MS }));
    const final = 2 * MINUTE_MS + FINAL_LOOK_AFTER_MS;
    assert.deepEqual(since(looks.slice(0, 4)), [10 * SECOND_MS, MINUTE_MS, final, final + DAY_MS]);
  });

  test("nextLookAt() looks once more when an account's due date has passed that lies after pay_by", () => {
    const account = { ...accountOf({ dueAt: END_OF_PAY_BY_DAY }), paymentId: "imp_1" };
    const looks = looksOf(orderOf({ status: "awaiting_deposit", account }));
    assert.ok(looks.includes(END_OF_PAY_BY_DAY + FINAL_LOOK_AFTER_MS));
    assert.ok(!looks.includes(PAY_BY + FINAL_LOOK_AFTER_MS));
  });

  for (const status of ["paid", "partially_refunded", "refunded", "cancelled", "expired"] as const) {
    test(`nextLookAt() looks daily at an order that is ${status}`, () => {
      const order = orderOf({ status });
      assert.equal(nextLookAt(order, CREATED_AT + SECOND_MS), CREATED_AT + SECOND_MS + DAY_MS);
      assert.equal(looksOf(order).length, 90);
    });
  }

  test("nextLookAt() goes on from a late look: it does not make up for those it missed", () => {
    const at = CREATED_AT + 2 * MINUTE_MS;
    assert.equal(nextLookAt(orderOf(), at), CREATED_AT + 5 * MINUTE_MS);
  });

  test("nextLookAt() stops 90 days after registration", () => {
    const order = orderOf({ status: "paid" });
    assert.equal(nextLookAt(order, CREATED_AT + 89 * DAY_MS), CREATED_AT + 90 * DAY_MS);
    assert.equal(nextLookAt(order, CREATED_AT + 89 * DAY_MS + 1), undefined);
  });

  test("nextLookAt() is never in the past, comes within a day, and ends", () => {
    const statuses = fc.constantFrom("pending", "awaiting_deposit", "paid", "expired", "refunded");
    const payWithin = fc.integer({ min: 1, max: 40 * DAY_MS });
    const dueAfter = fc.option(fc.integer({ min: -DAY_MS, max: 2 * DAY_MS }), { nil: undefined });
    fc.assert(
      fc.property(
        statuses,
        payWithin,
        dueAfter,
        fc.nat({ max: 100 * DAY_MS }),
        (status, within, due, age) => {
          const payBy = CREATED_AT + within;
          const account = {
            ...accountOf({ dueAt: due === undefined ? undefined : payBy + due }),
            paymentId: "imp_1",
          };
          const order = orderOf({ status: status as Order["status"], payBy, account });
          const now = CREATED_AT + age;
          const next = nextLookAt(order, now);
          assert.ok(next === undefined || (next > now && next <= now + DAY_MS));
          looksOf(order);
        },
      ),
      { numRuns: 50 },
    );
  });
});
