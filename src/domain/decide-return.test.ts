import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  aggregateOf,
  isWriting,
  money,
  NOW,
  orderOf,
  PAY_BY,
  paymentOf,
  policyOf,
  seenAmount,
  snapshotOf,
  type With,
} from "../../test/support/domain.ts";
import { decideReturn, type KeptReason, type ReturnInput } from "./decide-return.ts";
import type { Aggregate, DiscrepancyKind } from "./decision.ts";
import type { Payment, PaymentSnapshot } from "./payment.ts";
import type { Refund } from "./refund.ts";

const REFUND_ID = `rfd_${"a".repeat(24)}`;
const RETURNED = { kind: "returned", amount: money(1000) } as const;
const PAID = orderOf({ status: "paid", paidBy: "imp_0", paidAt: NOW });

interface Case {
  readonly aggregate?: With<Aggregate>;
  readonly payment?: With<Payment>;
  readonly seen?: With<PaymentSnapshot>;
  readonly input?: With<Omit<ReturnInput, "aggregate" | "seen">>;
  readonly kind?: DiscrepancyKind;
}

/** By default 1000 won that came for an order that another payment had paid, counted against the day's limits. */
function decide({ aggregate = {}, payment = {}, seen = {}, input = {}, kind = "surplus" }: Case) {
  const { verdict: _, clauses: __, appliedAt: ___, regressionSeenAt: ____, ...shown } = payment;
  const cause = `${kind}:imp_1`;
  const given = aggregateOf({
    order: PAID,
    payments: [paymentOf({ verdict: "surplus", ...payment })],
    causes: [cause],
    discrepancy: { id: "dsc_1", kind, cause, paymentId: "imp_1", isResolved: false },
    ...aggregate,
  });
  return decideReturn({
    aggregate: given,
    seen: snapshotOf({ ...shown, ...seen }),
    policy: policyOf(),
    refund: { refundId: REFUND_ID, fingerprint: "print" },
    counted: money(1000),
    ...input,
  } as ReturnInput);
}

function discrepancyOf(changes: Partial<NonNullable<Aggregate["discrepancy"]>>) {
  const whole = {
    id: "dsc_1",
    kind: "surplus",
    cause: "surplus:imp_1",
    paymentId: "imp_1",
    isResolved: false,
  } as const;
  return { discrepancy: { ...whole, ...changes } };
}

function earlierRefund(state: Refund["state"]): Refund {
  return {
    refundId: `rfd_${"b".repeat(24)}`,
    orderId: "dj_order_1",
    paymentId: "imp_1",
    amount: money(1000),
    reason: "by hand",
    retainsPromotion: false,
    fingerprint: "other",
    actor: "default",
    state,
    requestedAt: NOW,
    sends: 1,
  };
}

describe("decideReturn() gives back", () => {
  const FITS_NO_ORDER: Readonly<Record<string, Case>> = {
    "a surplus": {},
    "money that came after the deadline": {
      kind: "paid_after_closing",
      aggregate: { order: orderOf({ status: "expired" }) },
      payment: { verdict: "rejected", paidAt: PAY_BY + 1 },
    },
    "money that came for a cancelled order": {
      kind: "paid_after_closing",
      aggregate: { order: orderOf({ status: "cancelled" }) },
      payment: { verdict: "rejected" },
    },
    "money of a wrong amount for an order that is open": {
      kind: "amount_mismatch",
      aggregate: { order: orderOf({ amount: money(2000) }) },
      payment: { verdict: "rejected" },
    },
    "money through a channel that is not allowed": {
      kind: "channel_mismatch",
      aggregate: { order: orderOf() },
      payment: { verdict: "rejected" },
      input: { policy: policyOf({ channels: new Set(["kakaopay:CA1"]) }) },
    },
  };
  for (const [what, given] of Object.entries(FITS_NO_ORDER)) {
    test(`decideReturn() gives back ${what}, all of it, and ends its discrepancy`, () => {
      const { outcome, refunds, resolutions, events, tasks, audit, ...rest } = decide(given);
      const kind = given.kind ?? "surplus";
      const reason = `Returned by policy: ${kind}`;
      assert.deepEqual(outcome, RETURNED);
      assert.deepEqual(
        refunds?.map(({ refundId, paymentId, amount, actor, state, discrepancyId }) => [
          [refundId, paymentId, discrepancyId],
          [amount, actor, state],
        ]),
        [
          [
            [REFUND_ID, "imp_1", "dsc_1"],
            [money(1000), "dojang", "requested"],
          ],
        ],
      );
      assert.deepEqual(resolutions, [{ discrepancyId: "dsc_1", action: "refund", actor: "dojang", reason }]);
      assert.deepEqual(
        events?.map(({ type }) => type),
        ["refund.requested", "discrepancy.resolved"],
      );
      assert.deepEqual(
        tasks?.map(({ key, repeat }) => [key, repeat]),
        [["refund:imp_1", "again"]],
      );
      assert.deepEqual(
        audit?.map(({ action, actor, reason: why }) => [action, actor, why]),
        [
          ["discrepancy.resolved", "dojang", reason],
          ["refund.requested", "dojang", reason],
        ],
      );
      assert.deepEqual(rest, {});
    });

    test(`decideReturn() writes nothing for ${what} before it is counted, and tells the amount`, () => {
      const decision = decide({ ...given, input: { ...given.input, counted: undefined } });
      assert.deepEqual(decision, { outcome: { kind: "countable", amount: money(1000) } });
    });
  }
});

const PAID_IT = orderOf({ status: "paid", paidBy: "imp_1", paidAt: NOW });
const NO_AMOUNT = { amount: seenAmount("x"), cancelled: seenAmount("0") };
/** Each row is the default but for one thing. */
const KEPT: readonly (readonly [what: string, given: Case, reason: KeptReason])[] = [
  ["no discrepancy", { aggregate: { discrepancy: undefined } }, "no_discrepancy"],
  ["one that is resolved", { aggregate: discrepancyOf({ isResolved: true }) }, "resolved"],
  ["the payment that paid the order", { aggregate: { order: PAID_IT } }, "paid_the_order"],
  [
    "the payment that paid an order that was refunded",
    { aggregate: { order: orderOf({ status: "refunded", paidBy: "imp_1", paidAt: NOW }) } },
    "paid_the_order",
  ],
  ["a payment that was applied once", { payment: { appliedAt: NOW } }, "paid_the_order"],
  [
    "one that opened because its refund failed",
    { aggregate: discrepancyOf({ cause: `refund_failed:${REFUND_ID}` }) },
    "other_cause",
  ],
  [
    "one of an applied payment that changed",
    { aggregate: discrepancyOf({ cause: "contradicted:imp_1:amount_mismatch" }) },
    "other_cause",
  ],
  [
    "a payment that the gateway now shows under another order",
    { seen: { orderId: "dj_order_2" } },
    "belongs_to_another_order",
  ],
  ["another payment than the one looked at", { seen: { paymentId: "imp_2" } }, "belongs_to_another_order"],
  ["a payment without an order", { aggregate: { order: undefined } }, "orphan"],
  ["a payment that is not here", { aggregate: { payments: [] } }, "orphan"],
  [
    "a payment that came before its order",
    { aggregate: { causes: ["surplus:imp_1", "orphan:imp_1"] } },
    "orphan",
  ],
  [
    "a payment with the PG transaction of another one",
    { aggregate: { sameTransaction: { paymentId: "imp_0", orderId: "dj_order_1" } } },
    "shares_its_pg_transaction",
  ],
  [
    "a payment that once carried the PG transaction of another one",
    { aggregate: { causes: ["surplus:imp_1", "pg_tid_reused:imp_1"] } },
    "shares_its_pg_transaction",
  ],
  ...(["requested", "unknown", "succeeded", "failed"] as const).map(
    (state) =>
      [
        `a payment with a refund that is ${state}`,
        { aggregate: { refunds: [earlierRefund(state)] } },
        "asked_back_before",
      ] as const,
  ),
  [
    "a payment of which the gateway said less, whatever it says now",
    { aggregate: { causes: ["surplus:imp_1", "payment_regressed:imp_1"] } },
    "payment_regressed",
  ],
  ["a test payment on a live server", { payment: { sandbox: true } }, "no_money_moved"],
  ["a payment without money", { payment: { paidAt: undefined } }, "no_money_moved"],
  [
    "a payment that was cancelled elsewhere",
    { payment: { status: "cancelled", cancelled: seenAmount("1000"), cancelCount: 1 } },
    "cancelled",
  ],
  [
    "a payment of which a part was cancelled elsewhere",
    { payment: { cancelled: seenAmount("1"), cancelCount: 1 } },
    "cancelled",
  ],
  ["a payment with a cancellation of no amount", { payment: { cancelCount: 1 } }, "cancelled"],
  [
    "a payment that would pay its order now",
    { kind: "channel_mismatch", aggregate: { order: orderOf() } },
    "pays_its_order",
  ],
  [
    "a real payment on a sandbox server",
    { input: { policy: policyOf({ isSandbox: true }) } },
    "not_returnable",
  ],
  ["an orphan", { kind: "orphan" }, "orphan"],
  ["a payment cancelled elsewhere, by its kind", { kind: "cancelled_elsewhere" }, "not_returnable"],
  ["a deposit, which has no card to return to", { payment: { payMethod: "vbank" } }, "account_required"],
];

describe("decideReturn() keeps", () => {
  for (const [what, given, reason] of KEPT) {
    test(`decideReturn() keeps ${what}`, () => {
      assert.deepEqual(decide(given), { outcome: { kind: "kept", reason } });
    });
  }

  const IN_DOUBT: Readonly<Record<string, Case>> = {
    "the gateway says less than is stored": { payment: { regressionSeenAt: NOW } },
    "the look shows it as pending": { seen: { status: "pending" } },
    "the look shows it as cancelled": { seen: { status: "cancelled", cancelCount: 1 } },
    "the look shows a part as cancelled": { seen: { cancelled: seenAmount("1"), cancelCount: 1 } },
    "the look shows another amount": { seen: { amount: seenAmount("999") } },
    "the look shows another currency": { seen: { amount: seenAmount("1000", "USD") } },
    "no amount can be read": { payment: NO_AMOUNT },
    "another amount was counted": { input: { counted: money(999) } },
    "another currency was counted": { input: { counted: money(1000, "USD") } },
  };
  for (const [what, given] of Object.entries(IN_DOUBT)) {
    test(`decideReturn() waits while ${what}`, () => {
      const decision = decide(given);
      assert.deepEqual(decision.outcome, { kind: "in_doubt" });
      assert.equal(isWriting(decision), false);
    });
  }
});
