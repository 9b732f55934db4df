import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  entryOf,
  money,
  NOW,
  paidAggregateOf,
  paymentOf,
  refundId,
  refundOf,
  seenAmount,
  sentRefundOf,
} from "../../test/support/domain.ts";
import { lookOf } from "../../test/support/refund-looks.ts";
import type { Cancellation, Payment, PaymentSnapshot } from "./payment.ts";
import type { Refund } from "./refund.ts";
import { settleRefunds } from "./settle-refunds.ts";

const ONE = refundId(1);
const ACCEPTED = { acceptedAt: NOW - 1000 };

/** Settles what a look shows that is merged as it is. */
function settle(refunds: readonly Refund[], seen: PaymentSnapshot, stored?: Payment) {
  const payment: Payment = { ...seen, verdict: "applied", clauses: [] };
  return settleRefunds(paidAggregateOf({ refunds }), { seen, stored, payment });
}

const storedWith = (cancelled: string, cancelCount: number) =>
  paymentOf({ cancelled: seenAmount(cancelled), cancelCount, verdict: "applied" });

const at = (text: string, cancelledAt: number, id?: string): Cancellation => ({
  ...entryOf(text, id),
  cancelledAt,
});

describe("settleRefunds() on whose all that is cancelled is", () => {
  const rows: readonly (readonly [what: string, readonly Refund[], PaymentSnapshot, boolean])[] = [
    ["a refund of ours in the history", [sentRefundOf()], lookOf("300", [entryOf("300", ONE)]), true],
    ["one that was done before", [refundOf({ state: "succeeded" })], lookOf("300", [entryOf("300")]), true],
    ["one that was granted", [sentRefundOf(ACCEPTED)], lookOf("300", [entryOf("300")]), true],
    [
      "a done one beside an open one",
      [refundOf({ state: "succeeded" }), refundOf({ refundId: refundId(2) })],
      lookOf("300", []),
      true,
    ],
    ["ours and more", [sentRefundOf()], lookOf("301", [entryOf("300", ONE), entryOf("1")]), false],
    ["nothing, and no refund", [], lookOf("0", []), false],
    ["nothing, and a refund that waits", [refundOf()], lookOf("0", []), false],
  ];
  for (const [what, refunds, seen, isAllOurs] of rows) {
    test(`settleRefunds() says ${isAllOurs} of ${what}`, () => {
      assert.equal(settle(refunds, seen).isAllOurs, isAllOurs);
    });
  }

  test("settleRefunds() says nothing at all of a look that was not merged whole", () => {
    const seen = lookOf("600", [entryOf("300", ONE)]);
    const payment = storedWith("300", 1);
    const settled = settleRefunds(paidAggregateOf({ refunds: [sentRefundOf()] }), {
      seen,
      stored: payment,
      payment,
    });
    const none = { refunds: [], events: [], discrepancies: [], tasks: [] };
    assert.deepEqual(settled, { ...none, elsewhereMinor: 0, isAllOurs: false });
  });

  test("settleRefunds() wakes no refund that waits while none has ended", () => {
    assert.deepEqual(settle([refundOf()], lookOf("0", [])).tasks, []);
  });
});

describe("settleRefunds() on what an earlier look had shown", () => {
  const ours = at("300", NOW, ONE);
  const elsewhere = at("100", NOW - 1000);

  for (const [name, entries] of [
    ["newest first", [ours, elsewhere]],
    ["oldest first", [elsewhere, ours]],
  ] as const) {
    test(`settleRefunds() takes the oldest entries for those, in a history with the ${name}`, () => {
      const settled = settle([sentRefundOf()], lookOf("400", entries), storedWith("100", 1));
      assert.equal(settled.elsewhereMinor, 0);
    });
  }

  test("settleRefunds() counts as new what came after an entry of ours that has not ended", () => {
    const later = { pgProvider: "paypal_v2", status: "paid" } as const;
    const seen = lookOf("500", [elsewhere, ours, at("100", NOW + 1000)], later);
    assert.equal(settle([sentRefundOf()], seen, storedWith("400", 2)).elsewhereMinor, 100);
  });

  test("settleRefunds() counts an entry without a time as the oldest", () => {
    const timeless: Cancellation = { amount: seenAmount("100") };
    for (const entries of [
      [ours, timeless],
      [timeless, ours],
    ]) {
      assert.equal(settle([sentRefundOf()], lookOf("400", entries), storedWith("100", 1)).elsewhereMinor, 0);
    }
  });
});

describe("settleRefunds() on when an entry is final", () => {
  for (const [what, changes, isEnded] of [
    ["a PG that cancels at once, of a payment still called paid", { status: "paid" }, true],
    [
      "a PG that cancels later, of a payment still called paid",
      { pgProvider: "paypal_v2", status: "paid" },
      false,
    ],
    ["a PG that cancels later, of a cancelled payment", { pgProvider: "paypal_v2" }, true],
  ] as const) {
    test(`settleRefunds() ${isEnded ? "ends" : "does not end"} the refund by an entry of ${what}`, () => {
      const { refunds } = settle([sentRefundOf()], lookOf("300", [entryOf("300", ONE)], changes));
      assert.equal(refunds.length, isEnded ? 1 : 0);
    });
  }
});

describe("settleRefunds() in the words that an operator reads", () => {
  const shown = (refunds: readonly Refund[], seen: PaymentSnapshot) =>
    settle(refunds, seen).discrepancies.map(({ kind, cause, evidence }) => [kind, cause, evidence["why"]]);

  test("settleRefunds() says with what other amounts a refund stands in the history", () => {
    const why = `refund ${ONE} of 300 stands in the history with 100 + 50`;
    const seen = lookOf("150", [entryOf("100", ONE), entryOf("50", ONE)]);
    assert.deepEqual(shown([sentRefundOf()], seen), [["cancelled_elsewhere", `refund_amount:${ONE}`, why]]);
  });

  test("settleRefunds() says it of an amount that nobody can read", () => {
    const why = `refund ${ONE} of 300 stands in the history with 1e3`;
    const seen = lookOf("300", [{ amount: { text: "1e3" }, cancelledAt: NOW, refundId: ONE }]);
    assert.deepEqual(shown([sentRefundOf()], seen), [["cancelled_elsewhere", `refund_amount:${ONE}`, why]]);
  });

  test("settleRefunds() says what is unclear about a refund that was sent", () => {
    const why = `refund ${ONE} of 500 was sent and is not in the history, and 300 of 1000 is cancelled`;
    const refund = sentRefundOf({ amount: money(500) });
    assert.deepEqual(shown([refund], lookOf("300", [entryOf("300")])), [
      ["cancelled_elsewhere", `refund_unclear:${ONE}`, why],
    ]);
  });
});
