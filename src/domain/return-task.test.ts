import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  aggregateOf,
  HOUR_MS,
  NOW,
  orderOf,
  PAY_BY,
  policyOf,
  seenAmount,
  snapshotOf,
  type With,
} from "../../test/support/domain.ts";
import { openShop } from "../../test/support/ledger.ts";
import { decideCompletion } from "./decide-completion.ts";
import type { Aggregate, DiscrepancyKind } from "./decision.ts";
import type { PaymentSnapshot } from "./payment.ts";
import type { Policy } from "./policy.ts";

const REFUND = { returnAfterMs: 24 * HOUR_MS };

function returnTasksOf({
  aggregate = {},
  seen = {},
  policy = REFUND,
}: {
  aggregate?: With<Aggregate>;
  seen?: With<PaymentSnapshot>;
  policy?: With<Policy>;
}) {
  const { tasks = [], discrepancies = [] } = decideCompletion({
    aggregate: aggregateOf(aggregate),
    seen: snapshotOf(seen),
    policy: policyOf(policy),
    isOurId: true,
    foundBy: "look",
  });
  return { tasks: tasks.filter(({ kind }) => kind === "return_money"), discrepancies };
}

type Row = Parameters<typeof returnTasksOf>[0];

const GOES_BACK: Partial<Record<DiscrepancyKind, Row>> = {
  surplus: { aggregate: { order: orderOf({ status: "paid", paidBy: "imp_0" }) } },
  paid_after_closing: { aggregate: { order: orderOf({ status: "expired" }) }, seen: { paidAt: PAY_BY + 1 } },
  amount_mismatch: { seen: { amount: seenAmount("999") } },
  currency_mismatch: { seen: { currency: "USD", amount: seenAmount("1000", "USD") } },
  channel_mismatch: { policy: { ...REFUND, channels: new Set<string>() } },
};
const STAYS: Partial<Record<DiscrepancyKind, Row>> = {
  test_payment: { seen: { sandbox: true } },
  orphan: { aggregate: { order: undefined } },
  cancelled_elsewhere: { seen: { cancelled: seenAmount("1"), cancelCount: 1 } },
};

describe("decideCompletion() under the policy that money goes back", () => {
  for (const [kind, row] of Object.entries(GOES_BACK)) {
    test(`decideCompletion() writes one task a day later with ${kind}, and none while the policy is to hold`, () => {
      assert.deepEqual(returnTasksOf(row).tasks, [
        {
          kind: "return_money",
          key: "return_money:imp_1",
          repeat: "once",
          dueAt: NOW + 24 * HOUR_MS,
          orderId: "dj_order_1",
          paymentId: "imp_1",
          payload: { cause: `${kind}:imp_1` },
        },
      ]);
      const held = returnTasksOf({ ...row, policy: { ...row.policy, returnAfterMs: undefined } });
      assert.deepEqual([held.tasks, held.discrepancies.map((one) => one.kind)], [[], [kind]]);
    });
  }

  for (const [kind, row] of Object.entries(STAYS)) {
    test(`decideCompletion() writes no task with ${kind}`, () => {
      const { tasks, discrepancies } = returnTasksOf(row);
      assert.deepEqual([tasks, discrepancies.map((one) => one.kind)], [[], [kind]]);
    });
  }

  test("decideCompletion() writes one task a payment, whatever else it is found to be later", () => {
    const shop = openShop({ policy: policyOf({ ...REFUND, channels: new Set(["kakaopay:CA1"]) }) });
    shop.complete(snapshotOf());
    shop.complete(snapshotOf({ amount: seenAmount("999") }));
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ kind }) => kind),
      ["channel_mismatch", "amount_mismatch"],
    );
    assert.deepEqual(
      shop.ledger.tasks.map(({ key, payload }) => [key, payload]),
      [["return_money:imp_1", { cause: "channel_mismatch:imp_1" }]],
    );
  });
});
