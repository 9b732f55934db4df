import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  isWriting,
  money,
  NOW,
  paidAggregateOf,
  refundId,
  refundOf,
  seenAmount,
  type With,
} from "../../test/support/domain.ts";
import { decideRefund, type RefundRequest } from "./decide-refund.ts";
import type { Aggregate } from "./decision.ts";
import { REFUNDS_MAX } from "./new-refund.ts";
import { isOpenRefund, type Refund } from "./refund.ts";
import { restMinor } from "./refund-rest.ts";

function requestOf(changes: Partial<RefundRequest> = {}): RefundRequest {
  return {
    refundId: refundId(1),
    fingerprint: "print",
    amount: money(300),
    reason: "the buyer sent it back",
    retainsPromotion: false,
    actor: "default",
    ...changes,
  };
}

const ACCOUNT = { bank: "88", number: "11012345678901", holder: "Hong" };
const OTHERS = Array.from({ length: REFUNDS_MAX }, (_, n) =>
  refundOf({
    refundId: refundId(n + 10),
    state: "failed",
    finishedAt: NOW,
    failure: { code: "x", message: "" },
  }),
);
const SAME_ID = refundOf({ fingerprint: "another print" });
const SPOKEN_FOR = refundOf({ refundId: refundId(2), amount: money(1000) });
const VBANK = { payMethod: "vbank" };
const TOO_MUCH = requestOf({ amount: money(301), taxFree: money(302) });

/** Every fault at once; each row repairs the one of the row above, so that the table pins the precedence. */
const ROWS: readonly (readonly [string, Aggregate, RefundRequest, string])[] = [
  ["no order", { ...paidAggregateOf(), order: undefined as never, payments: [] }, TOO_MUCH, "not_found"],
  [
    "an order that nobody paid",
    { ...paidAggregateOf(), order: { ...paidAggregateOf().order, paidBy: undefined } as never },
    TOO_MUCH,
    "order_not_paid",
  ],
  [
    "another request under the same id",
    paidAggregateOf({ refunds: [SAME_ID, SPOKEN_FOR, ...OTHERS] }, VBANK),
    TOO_MUCH,
    "exists_with_different_request",
  ],
  [
    "a payment that is spoken for",
    paidAggregateOf({ refunds: [SPOKEN_FOR, ...OTHERS] }, VBANK),
    TOO_MUCH,
    "nothing_to_refund",
  ],
  [
    "more than the rest",
    paidAggregateOf({ refunds: OTHERS }, { ...VBANK, cancelled: seenAmount("700") }),
    TOO_MUCH,
    "exceeds_rest",
  ],
  [
    "parts above the amount",
    paidAggregateOf({ refunds: OTHERS }, { ...VBANK, cancelled: seenAmount("699") }),
    TOO_MUCH,
    "parts_exceed_amount",
  ],
  [
    "a virtual account's money without an account",
    paidAggregateOf({ refunds: OTHERS }, { ...VBANK, cancelled: seenAmount("699") }),
    { ...TOO_MUCH, taxFree: money(301) },
    "account_required",
  ],
  [
    "too many refunds",
    paidAggregateOf({ refunds: OTHERS }, { ...VBANK, cancelled: seenAmount("699") }),
    { ...TOO_MUCH, taxFree: money(301), account: ACCOUNT },
    "too_many",
  ],
  [
    "nothing wrong",
    paidAggregateOf({ refunds: OTHERS.slice(1) }, { ...VBANK, cancelled: seenAmount("699") }),
    { ...TOO_MUCH, taxFree: money(301), account: ACCOUNT },
    "accepted",
  ],
];

describe("decideRefund()", () => {
  for (const [what, aggregate, request, kind] of ROWS) {
    test(`decideRefund() answers ${kind} to ${what}`, () => {
      const decision = decideRefund(aggregate, request);
      assert.equal(decision.outcome.kind, kind);
      assert.equal(isWriting(decision), kind === "accepted");
    });
  }

  test("decideRefund() writes the intent, who asked for it, and the one task of its payment", () => {
    const { outcome, refunds, events, tasks, audit, ...rest } = decideRefund(paidAggregateOf(), requestOf());
    const refund = refundOf({ requestedAt: NOW });
    assert.deepEqual([outcome, refunds], [{ kind: "accepted", refund }, [refund]]);
    const facts = { amount: "300", currency: "KRW" };
    const { refundId: id, reason } = refund;
    assert.deepEqual(events, [
      { type: "refund.requested", paymentId: "imp_1", data: { refund_id: id, ...facts } },
    ]);
    assert.deepEqual(audit, [
      { action: "refund.requested", actor: "default", reason, subject: id, data: facts },
    ]);
    const ids = { orderId: "dj_order_1", paymentId: "imp_1" };
    assert.deepEqual(tasks, [{ kind: "refund", key: "refund:imp_1", repeat: "again", dueAt: NOW, ...ids }]);
    assert.deepEqual(rest, {});
  });

  test("decideRefund() answers a repetition with the refund that is there, whatever became of it", () => {
    for (const state of ["requested", "unknown", "succeeded", "failed"] as const) {
      const known = refundOf({ state });
      const aggregate = paidAggregateOf({ refunds: [known] }, { cancelled: seenAmount("1000") });
      assert.deepEqual(decideRefund(aggregate, requestOf()), { outcome: { kind: "exists", refund: known } });
    }
  });

  test("decideRefund() takes `all` for the whole rest, what is asked for already left out", () => {
    const refunds = [
      refundOf({ refundId: refundId(2), amount: money(100) }),
      refundOf({ refundId: refundId(3), amount: money(150), state: "succeeded" }),
      refundOf({ refundId: refundId(4), amount: money(500), state: "failed" }),
      refundOf({ refundId: refundId(5), amount: money(500), paymentId: "imp_2" }),
    ];
    const aggregate = paidAggregateOf({ refunds }, { cancelled: seenAmount("200") });
    const { outcome } = decideRefund(aggregate, requestOf({ amount: "all" }));
    assert.deepEqual(outcome.kind === "accepted" && outcome.refund.amount, money(700));
  });

  test("decideRefund() reckons with its own refunds where the gateway shows less", () => {
    const refunds = [refundOf({ refundId: refundId(2), amount: money(900), state: "succeeded" })];
    const { outcome } = decideRefund(paidAggregateOf({ refunds }), requestOf());
    assert.deepEqual(outcome, { kind: "exceeds_rest", rest: money(100) });
  });

  test("decideRefund() throws for an amount that is not positive or of another currency", () => {
    for (const amount of [money(0), money(-1), money(100, "USD")])
      assert.throws(() => decideRefund(paidAggregateOf(), requestOf({ amount })), /Invariant violated/);
  });

  test("decideRefund() never lets open and done refunds exceed the payment, whatever is asked for", () => {
    const amounts = fc.array(fc.oneof(fc.integer({ min: 1, max: 1200 }), fc.constant("all" as const)));
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 1000 }), (wishes, cancelled) => {
        let refunds: readonly Refund[] = [];
        const payment: With<Aggregate["payments"][number]> = { cancelled: seenAmount(String(cancelled)) };
        for (const [n, wish] of wishes.entries()) {
          const amount = wish === "all" ? wish : money(wish);
          const aggregate = paidAggregateOf({ refunds }, payment);
          const decision = decideRefund(aggregate, requestOf({ refundId: refundId(n), amount }));
          refunds = [...refunds, ...(decision.refunds ?? [])];
        }
        const open = refunds.filter(isOpenRefund).reduce((sum, one) => sum + one.amount.amountMinor, 0);
        assert.ok(open + cancelled <= 1000);
        const [stored] = paidAggregateOf({}, payment).payments;
        assert.ok(stored !== undefined && (restMinor(stored, refunds) ?? -1) >= 0);
      }),
    );
  });
});
