import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  accountOf,
  issuedOf,
  lookedAt,
  MINUTE_MS,
  NOW,
  paymentOf,
  SECOND_MS,
  seenAmount,
  snapshotOf,
  type With,
} from "../../test/support/domain.ts";
import { type Merge, mergeSnapshot, RECHECK_AFTER_MS } from "./merge-snapshot.ts";
import type { Payment, PaymentSnapshot, PaymentStatus } from "./payment.ts";

const STATUSES = ["pending", "failed", "paid", "cancelled"] as const;
const EARLIER = lookedAt(NOW);
const LATER = lookedAt(NOW + SECOND_MS);
/** Began before the stored look had ended. */
const OVERLAPPING = lookedAt(EARLIER.fetchEndedAt);

function fresh(changes: With<PaymentSnapshot>): Payment {
  const merge = mergeSnapshot(undefined, snapshotOf(changes));
  assert.equal(merge.kind, "merged");
  return merge.payment;
}

describe("mergeSnapshot() by status", () => {
  // Rows: what is stored. Columns: what a later look sees.
  const table: Readonly<Record<(typeof STATUSES)[number], readonly Merge["kind"][]>> = {
    pending: ["same", "merged", "merged", "merged"],
    failed: ["regressed", "same", "merged", "merged"],
    paid: ["regressed", "regressed", "same", "merged"],
    cancelled: ["regressed", "regressed", "regressed", "same"],
  };
  for (const status of STATUSES) {
    for (const [column, seenStatus] of STATUSES.entries()) {
      const expected = table[status][column];
      const cancelled = seenAmount("0");
      test(`mergeSnapshot() says ${expected} when ${seenStatus} follows ${status}`, () => {
        const stored = paymentOf({ status, cancelled, ...EARLIER });
        const seen = snapshotOf({ status: seenStatus, cancelled, ...LATER });
        const merge = mergeSnapshot(stored, seen);
        assert.equal(merge.kind, expected);
        assert.equal(merge.payment.status, expected === "merged" ? seenStatus : status);
      });
      if (expected === "regressed") {
        test(`mergeSnapshot() says stale when ${seenStatus} overlaps ${status}`, () => {
          const stored = paymentOf({ status, cancelled, ...EARLIER });
          const merge = mergeSnapshot(stored, snapshotOf({ status: seenStatus, cancelled, ...OVERLAPPING }));
          assert.deepEqual(merge, { kind: "stale", payment: stored });
        });
      }
    }
  }
});

describe("mergeSnapshot()", () => {
  test("mergeSnapshot() takes a first look as observed, without clauses", () => {
    const seen = snapshotOf();
    const payment = { ...seen, verdict: "observed", clauses: [] };
    assert.deepEqual(mergeSnapshot(undefined, seen), { kind: "merged", payment });
  });

  test("mergeSnapshot() keeps the verdict, the clauses and the time of application", () => {
    const clauses = [{ id: "K8", name: "amount", expected: "1", seen: "1", holds: true }] as const;
    const stored = paymentOf({ verdict: "applied", clauses, appliedAt: NOW, ...EARLIER });
    const seen = snapshotOf({ cancelled: seenAmount("400"), cancelCount: 1, ...LATER });
    const merge = mergeSnapshot(stored, seen);
    assert.deepEqual(merge, {
      kind: "merged",
      payment: { ...seen, verdict: "applied", clauses, appliedAt: NOW },
    });
  });

  test("mergeSnapshot() says same, with the stored row itself, when nothing that counts differs", () => {
    const stored = paymentOf(EARLIER);
    const merge = mergeSnapshot(stored, snapshotOf({ raw: '{"receipt":1}', ...LATER }));
    assert.equal(merge.kind, "same");
    assert.equal(merge.payment, stored);
  });

  test("mergeSnapshot() says regressed when the cancelled amount falls, stale when the look is not later", () => {
    const stored = paymentOf({ cancelled: seenAmount("400"), cancelCount: 1, ...EARLIER });
    const less = { cancelled: seenAmount("300"), cancelCount: 1 };
    assert.equal(mergeSnapshot(stored, snapshotOf({ ...less, ...LATER })).kind, "regressed");
    assert.equal(mergeSnapshot(stored, snapshotOf({ ...less, ...OVERLAPPING })).kind, "stale");
  });

  test("mergeSnapshot() says regressed when the status rises and the cancelled amount falls", () => {
    const stored = paymentOf({ status: "cancelled", cancelled: seenAmount("400"), ...EARLIER });
    const seen = snapshotOf({ status: "cancelled", cancelled: seenAmount("0"), ...LATER });
    assert.equal(mergeSnapshot(stored, seen).kind, "regressed");
  });

  const notable: readonly (readonly [string, With<PaymentSnapshot>])[] = [
    ["amount", { amount: seenAmount("999") }],
    ["currency", { currency: "VND", amount: seenAmount("1000", "VND") }],
    ["sandbox", { sandbox: true }],
    ["cancelled amount", { cancelled: seenAmount("1") }],
    ["cancel history", { cancelCount: 1 }],
    ["pay method", { payMethod: "trans" }],
    ["provider", { pgProvider: "kakaopay" }],
    ["MID", { pgMerchantId: "shop2" }],
    ["billing key", { customerUid: "c" }],
    ["use of a billing key", { customerUidUsage: "issue" }],
    ["promotion", { promotionId: "p" }],
    ["time of payment", { paidAt: NOW }],
    ["account", { account: accountOf() }],
  ];
  for (const [name, changes] of notable) {
    test(`mergeSnapshot() writes another ${name} of a payment that was not applied`, () => {
      const merge = mergeSnapshot(paymentOf(EARLIER), snapshotOf({ ...changes, ...LATER }));
      assert.equal(merge.kind, "merged");
    });
  }

  for (const verdict of ["applied", "reversed"] as const) {
    for (const [field, changes] of notable.slice(0, 3)) {
      test(`mergeSnapshot() says contradicted when an ${verdict} payment shows another ${field}`, () => {
        const stored = paymentOf({ verdict, ...EARLIER });
        const merge = mergeSnapshot(stored, snapshotOf({ ...changes, ...LATER }));
        assert.deepEqual(merge, { kind: "contradicted", payment: stored, field });
      });
    }
  }

  test("mergeSnapshot() says contradicted when an applied payment loses its sandbox field", () => {
    const merge = mergeSnapshot(
      paymentOf({ verdict: "applied", ...EARLIER }),
      snapshotOf({ sandbox: undefined, ...LATER }),
    );
    assert.equal(merge.kind, "contradicted");
  });

  test("mergeSnapshot() writes another due date of an account", () => {
    const stored = paymentOf({ ...issuedOf(), ...EARLIER });
    const seen = issuedOf({ account: accountOf({ dueAt: NOW }), ...LATER });
    assert.equal(mergeSnapshot(stored, seen).kind, "merged");
  });

  test("mergeSnapshot() says stale when an older look knows the account not yet", () => {
    const stored = paymentOf({ ...issuedOf(), verdict: "held", ...LATER });
    const merge = mergeSnapshot(stored, snapshotOf({ status: "pending", payMethod: "vbank", ...EARLIER }));
    assert.deepEqual(merge, { kind: "stale", payment: stored });
  });
});

describe("mergeSnapshot() where looks arrive out of order or lack something", () => {
  test("mergeSnapshot() writes an older look that says more than the stored one", () => {
    const window = paymentOf({ status: "pending", ...LATER });
    const paid = mergeSnapshot(window, snapshotOf(EARLIER));
    assert.deepEqual([paid.kind, paid.payment.status], ["merged", "paid"]);
    const cancelled = mergeSnapshot(
      paymentOf(LATER),
      snapshotOf({ cancelled: seenAmount("400"), cancelCount: 1, ...EARLIER }),
    );
    assert.deepEqual([cancelled.kind, cancelled.payment.cancelled.text], ["merged", "400"]);
  });

  test("mergeSnapshot() writes no unknown status over a stored one", () => {
    const stored = paymentOf({ status: "pending", ...EARLIER });
    const merge = mergeSnapshot(stored, snapshotOf({ status: "unknown", ...LATER }));
    assert.deepEqual([merge.kind, merge.payment.status], ["regressed", "pending"]);
  });

  test("mergeSnapshot() says contradicted when an applied payment without a readable amount shows one", () => {
    const stored = paymentOf({ verdict: "applied", amount: seenAmount("1e3"), ...EARLIER });
    assert.equal(mergeSnapshot(stored, snapshotOf(LATER)).kind, "contradicted");
  });

  test("mergeSnapshot() writes another number of an account that is due at the same time", () => {
    const stored = paymentOf({ ...issuedOf(), ...EARLIER });
    const seen = issuedOf({ account: accountOf({ number: "99999999999999" }), ...LATER });
    assert.equal(mergeSnapshot(stored, seen).kind, "merged");
  });
});

describe("mergeSnapshot() on a regression", () => {
  const stored = paymentOf(EARLIER);
  const less = { status: "pending", paidAt: undefined } as const;
  const marked = mergeSnapshot(stored, snapshotOf({ ...less, ...LATER }));
  const since = LATER.fetchEndedAt;

  test("mergeSnapshot() notes when the gateway first said less, and nothing else", () => {
    const payment = { ...stored, regressionSeenAt: since };
    assert.deepEqual(marked, { kind: "regressed", payment, isConfirmed: false });
  });

  const looks: readonly (readonly [string, number, boolean])[] = [
    ["1 ms before a minute has passed", since + RECHECK_AFTER_MS - 1, false],
    ["after a minute", since + RECHECK_AFTER_MS, true],
  ];
  for (const [name, at, isConfirmed] of looks) {
    test(`mergeSnapshot() ${isConfirmed ? "confirms" : "does not confirm"} a regression by a look ${name}`, () => {
      const merge = mergeSnapshot(marked.payment, snapshotOf({ ...less, ...lookedAt(at) }));
      assert.deepEqual(merge, { kind: "regressed", payment: marked.payment, isConfirmed });
    });
  }

  test("mergeSnapshot() clears the note once the gateway says as much again", () => {
    const merge = mergeSnapshot(marked.payment, snapshotOf(lookedAt(NOW + MINUTE_MS)));
    assert.equal(merge.kind, "merged");
    assert.equal(merge.payment.regressionSeenAt, undefined);
  });

  test("mergeSnapshot() keeps the note when an older look says as much", () => {
    const merge = mergeSnapshot(marked.payment, snapshotOf(lookedAt(EARLIER.fetchStartedAt - 1)));
    assert.deepEqual(merge, { kind: "same", payment: marked.payment });
  });
});

const RANKS: Readonly<Record<PaymentStatus, number>> = {
  unknown: -1,
  pending: 0,
  failed: 1,
  paid: 2,
  cancelled: 3,
};

function minorOf(payment: PaymentSnapshot): number {
  return payment.cancelled.money?.amountMinor ?? 0;
}

describe("mergeSnapshot() over many looks", () => {
  const anyLook = fc
    .record({
      status: fc.constantFrom(...STATUSES),
      cancelled: fc.constantFrom("0", "1", "400", "1000").map((text) => seenAmount(text)),
      amount: fc.constantFrom("1000", "999").map((text) => seenAmount(text)),
      at: fc.nat({ max: 300_000 }),
      durationMs: fc.nat({ max: 70_000 }),
    })
    .map(({ at, durationMs, ...rest }) =>
      snapshotOf({ ...rest, fetchStartedAt: NOW + at, fetchEndedAt: NOW + at + durationMs }),
    );

  test("mergeSnapshot() never lets the stored rank or cancelled amount fall", () => {
    fc.assert(
      fc.property(fc.array(anyLook, { maxLength: 12 }), fc.boolean(), (looks, isApplied) => {
        let stored: Payment | undefined;
        for (const look of looks) {
          const { payment } = mergeSnapshot(stored, look);
          if (stored !== undefined) {
            assert.ok(RANKS[payment.status] >= RANKS[stored.status]);
            assert.ok(minorOf(payment) >= minorOf(stored));
          }
          stored = isApplied ? { ...payment, verdict: "applied" } : payment;
        }
      }),
      { numRuns: 500 },
    );
  });

  // What one payment can go through, one look at each step.
  const account = accountOf();
  const life: readonly With<PaymentSnapshot>[] = [
    { status: "pending", payMethod: "vbank" },
    { status: "pending", payMethod: "vbank", account },
    { status: "failed", payMethod: "vbank", account },
    { status: "paid", payMethod: "vbank", account },
    { status: "paid", payMethod: "vbank", account, cancelled: seenAmount("400"), cancelCount: 1 },
    { status: "cancelled", payMethod: "vbank", account, cancelled: seenAmount("400"), cancelCount: 1 },
    { status: "cancelled", payMethod: "vbank", account, cancelled: seenAmount("1000"), cancelCount: 2 },
  ];

  test("mergeSnapshot() ends at the newest of separate looks, in whatever order they arrive", () => {
    const looks = life.map((changes, step) =>
      snapshotOf({ ...changes, ...lookedAt(NOW + step * SECOND_MS) }),
    );
    const arrivals = fc
      .shuffledSubarray(looks, { minLength: 1 })
      .chain((some) => fc.tuple(fc.constant(some), fc.array(fc.constantFrom(...some), { maxLength: 4 })));
    fc.assert(
      fc.property(arrivals, ([some, again]) => {
        const [first, ...others] = [...some, ...again];
        assert.ok(first);
        const stored = others.reduce<Payment>((row, look) => mergeSnapshot(row, look).payment, fresh(first));
        const newest = looks.findLast((look) => some.includes(look));
        assert.equal(stored.status, newest?.status);
        assert.equal(stored.cancelled.text, newest?.cancelled.text);
        assert.equal(stored.account?.number, newest?.account?.number);
      }),
      { numRuns: 500 },
    );
  });
});
