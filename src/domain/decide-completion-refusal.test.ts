import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  issuedOf,
  isWriting,
  lookedAt,
  NOW,
  orderOf,
  PAY_BY,
  policyOf,
  SECOND_MS,
  seenAmount,
  snapshotOf,
  type With,
} from "../../test/support/domain.ts";
import { openShop } from "../../test/support/ledger.ts";
import type { DiscrepancyKind } from "./decision.ts";
import type { Order } from "./order.ts";
import type { PaymentSnapshot } from "./payment.ts";
import type { Policy } from "./policy.ts";

const SUCCESS = { kind: "success" } as const;
const NO_MONEY = { status: "pending", paidAt: undefined } as const;
const types = (events: readonly { type: string }[] = []) => events.map(({ type }) => type);

interface Forgery {
  readonly name: string;
  readonly payment?: With<PaymentSnapshot>;
  readonly order?: With<Order>;
  readonly policy?: With<Policy>;
  readonly kind: DiscrepancyKind;
}

const FORGERIES: readonly Forgery[] = [
  { name: "a test payment", payment: { sandbox: true }, kind: "test_payment" },
  { name: "a payment of nobody knows which mode", payment: { sandbox: undefined }, kind: "test_payment" },
  {
    name: "dong for won",
    payment: { currency: "VND", amount: seenAmount("1000", "VND") },
    kind: "currency_mismatch",
  },
  { name: "a won less", payment: { amount: seenAmount("999") }, kind: "amount_mismatch" },
  { name: "an amount that is none", payment: { amount: seenAmount("1e3") }, kind: "amount_mismatch" },
  { name: "another method", order: { allowed: { payMethods: ["vbank"] } }, kind: "channel_mismatch" },
  { name: "another channel", policy: { channels: new Set<string>() }, kind: "channel_mismatch" },
  { name: "a promotion", payment: { promotionId: "p" }, kind: "channel_mismatch" },
  { name: "a billing key", payment: { customerUid: "c" }, kind: "channel_mismatch" },
];

describe("decideCompletion() on a forgery", () => {
  for (const { name, payment = {}, order = {}, policy = {}, kind } of FORGERIES) {
    const open = () => openShop({ order: orderOf(order), policy: policyOf(policy) });

    test(`decideCompletion() opens ${kind} for ${name} with money, the order untouched`, () => {
      const shop = open();
      const decision = shop.complete(snapshotOf(payment));
      assert.deepEqual(decision.outcome, { kind: "forgery" });
      assert.equal(decision.order, undefined);
      assert.equal(shop.payment("imp_1").verdict, "rejected");
      assert.deepEqual(types(decision.events), ["payment.rejected", "discrepancy.opened"]);
      assert.deepEqual(
        shop.ledger.discrepancies.map((opened) => opened.kind),
        [kind],
      );
      assert.equal(shop.ledger.discrepancies[0]?.evidence["raw"], "{}");
    });

    test(`decideCompletion() opens nothing for ${name} without money`, () => {
      const shop = open();
      const decision = shop.complete(snapshotOf({ ...payment, ...NO_MONEY }));
      assert.deepEqual(decision.outcome, { kind: "forgery" });
      assert.deepEqual(shop.ledger.discrepancies, []);
      assert.deepEqual(shop.ledger.events, []);
      assert.deepEqual(shop.order(), orderOf(order));
    });
  }

  test("decideCompletion() opens nothing for forged money that went back in full", () => {
    const shop = openShop();
    const decision = shop.complete(
      snapshotOf({ status: "cancelled", amount: seenAmount("999"), cancelled: seenAmount("999") }),
    );
    assert.deepEqual(decision.outcome, { kind: "forgery" });
    assert.deepEqual(shop.ledger.discrepancies, []);
  });

  test("decideCompletion() opens one discrepancy an order for test payments on a live server, however many", () => {
    const shop = openShop();
    for (const paymentId of ["imp_1", "imp_2", "imp_3"]) {
      const decision = shop.complete(snapshotOf({ paymentId, sandbox: true }));
      assert.deepEqual(decision.outcome, { kind: "forgery" });
    }
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ cause }) => cause),
      ["test_payment"],
    );
    assert.deepEqual(types(shop.ledger.events), ["payment.rejected", "discrepancy.opened"]);
  });

  test("decideCompletion() applies the right payment after fifty forged ones", () => {
    const shop = openShop();
    for (let nth = 0; nth < 50; nth++) {
      const paymentId = `imp_forged_${nth}`;
      shop.complete(snapshotOf({ paymentId, amount: seenAmount(String(nth)) }));
    }
    assert.deepEqual(shop.complete(snapshotOf()).outcome, SUCCESS);
    assert.equal(shop.order().paidBy, "imp_1");
  });
});

interface Refusal {
  readonly name: string;
  readonly order: With<Order>;
  readonly payment?: With<PaymentSnapshot>;
  readonly reason: string;
  readonly kind?: DiscrepancyKind;
}

const AFTER_PAY_BY = { paidAt: PAY_BY + 1 } as const;
const REFUSALS: readonly Refusal[] = [
  {
    name: "money for an expired order",
    order: { status: "expired" },
    reason: "order_closed",
    kind: "paid_after_closing",
  },
  {
    name: "money for a cancelled order",
    order: { status: "cancelled" },
    reason: "order_closed",
    kind: "paid_after_closing",
  },
  {
    name: "money that came late",
    order: {},
    payment: AFTER_PAY_BY,
    reason: "paid_late",
    kind: "paid_after_closing",
  },
  {
    name: "a window of an expired order",
    order: { status: "expired" },
    payment: NO_MONEY,
    reason: "order_closed",
  },
  {
    name: "money given back before it was applied",
    order: {},
    payment: { status: "cancelled" },
    reason: "cancelled",
  },
  {
    name: "money given back in part",
    order: {},
    payment: { cancelled: seenAmount("1") },
    reason: "cancelled",
    kind: "cancelled_elsewhere",
  },
];

describe("decideCompletion() on a payment that comes too late or was given back", () => {
  for (const { name, order, payment = {}, reason, kind } of REFUSALS) {
    test(`decideCompletion() refuses ${name} as ${reason} and opens ${kind ?? "nothing"}`, () => {
      const shop = openShop({ order: orderOf(order) });
      const decision = shop.complete(snapshotOf(payment));
      assert.deepEqual(decision.outcome, { kind: "closed", reason });
      assert.deepEqual(shop.order(), orderOf(order));
      assert.equal(shop.payment("imp_1").verdict, "rejected");
      assert.deepEqual(
        shop.ledger.discrepancies.map((opened) => opened.kind),
        kind === undefined ? [] : [kind],
      );
    });
  }

  test("decideCompletion() calls a second payment surplus, once, and keeps the first", () => {
    const shop = openShop();
    shop.complete(snapshotOf());
    const decision = shop.complete(snapshotOf({ paymentId: "imp_2" }));
    assert.deepEqual(decision.outcome, { kind: "closed", reason: "paid_by_another" });
    assert.equal(decision.order, undefined);
    assert.equal(shop.payment("imp_2").verdict, "surplus");
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ cause }) => cause),
      ["surplus:imp_2"],
    );
    const given = snapshotOf({ paymentId: "imp_2", status: "cancelled", ...lookedAt(NOW) });
    shop.complete(given);
    assert.equal(shop.ledger.discrepancies.length, 1);
    assert.equal(shop.order().paidBy, "imp_1");
  });

  test("decideCompletion() calls a second attempt without money no surplus", () => {
    const shop = openShop();
    shop.complete(snapshotOf());
    shop.complete(snapshotOf({ paymentId: "imp_2", ...NO_MONEY }));
    assert.deepEqual(shop.ledger.discrepancies, []);
  });

  test("decideCompletion() shows a repeated PG transaction number beside the surplus that carries it", () => {
    const shop = openShop();
    shop.complete(snapshotOf({ pgTransactionId: "tid" }));
    shop.complete(snapshotOf({ paymentId: "imp_2", pgTransactionId: "tid" }));
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ cause }) => cause),
      ["surplus:imp_2", "pg_tid_reused:imp_2"],
    );
  });
});

describe("decideCompletion() on a refused payment that shows something new", () => {
  const refused = { amount: seenAmount("999") };
  const news: readonly (readonly [string, With<PaymentSnapshot>, With<PaymentSnapshot>])[] = [
    ["a cancelled amount", refused, { ...refused, cancelled: seenAmount("400") }],
    ["another amount", refused, { amount: seenAmount("998") }],
    ["its time of payment", { ...refused, paidAt: undefined }, refused],
    ["its mode", { ...refused, sandbox: undefined }, refused],
  ];
  for (const [name, before, after] of news) {
    test(`decideCompletion() writes ${name}`, () => {
      const shop = openShop();
      shop.complete(snapshotOf(before));
      const seen = snapshotOf({ ...after, ...lookedAt(NOW) });
      assert.deepEqual(shop.complete(seen).outcome, { kind: "forgery" });
      const { verdict, clauses: _, ...stored } = shop.payment("imp_1");
      assert.deepEqual(stored, seen);
      assert.equal(verdict, "rejected");
    });
  }

  test("decideCompletion() opens the discrepancy once money shows in it", () => {
    const shop = openShop();
    shop.complete(snapshotOf({ ...refused, ...NO_MONEY }));
    assert.deepEqual(shop.ledger.discrepancies, []);
    shop.complete(snapshotOf({ ...refused, ...lookedAt(NOW) }));
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ cause }) => cause),
      ["amount_mismatch:imp_1"],
    );
  });

  test("decideCompletion() forgets its regression when the gateway recovers", () => {
    const shop = openShop();
    shop.complete(snapshotOf(refused));
    shop.complete(snapshotOf({ ...refused, ...NO_MONEY, ...lookedAt(NOW) }));
    assert.ok(shop.payment("imp_1").regressionSeenAt);
    shop.complete(snapshotOf({ ...refused, ...lookedAt(NOW + SECOND_MS) }));
    assert.equal(shop.payment("imp_1").regressionSeenAt, undefined);
  });
});

describe("decideCompletion() on attempts without end", () => {
  for (const [name, changes] of [
    ["windows", NO_MONEY],
    ["failures", { status: "failed" }],
    ["test payments", { sandbox: true }],
  ] as const) {
    test(`decideCompletion() keeps 20 ${name} of an order, then no more`, () => {
      const shop = openShop();
      for (let nth = 1; nth <= 25; nth++) shop.complete(snapshotOf({ ...changes, paymentId: `imp_${nth}` }));
      assert.equal(shop.ledger.payments.length, 20);
      assert.equal(shop.ledger.attemptCount, 20);
      const next = shop.complete(snapshotOf({ ...changes, paymentId: "imp_next" }));
      assert.ok(!isWriting(next));
      assert.ok(isWriting(shop.complete(snapshotOf({ paymentId: "imp_money", amount: seenAmount("1") }))));
      assert.equal(shop.complete(issuedOf({ paymentId: "imp_bank" })).outcome.kind, "account_issued");
      assert.deepEqual(
        shop.complete(snapshotOf({ paymentId: "imp_next", ...lookedAt(NOW) })).outcome,
        SUCCESS,
      );
    });
  }

  test("decideCompletion() keeps a refused account past the 20th attempt: it could still take a deposit", () => {
    const shop = openShop();
    shop.ledger = { ...shop.ledger, attemptCount: 20 };
    shop.complete(issuedOf({ amount: seenAmount("999") }));
    assert.equal(shop.payment("imp_1").verdict, "rejected");
    assert.equal(shop.ledger.attemptCount, 20);
  });

  test("decideCompletion() counts an attempt once, however often it is seen", () => {
    const shop = openShop();
    for (const [nth, status] of (["pending", "failed", "failed"] as const).entries()) {
      shop.complete(snapshotOf({ status, ...lookedAt(NOW + nth * SECOND_MS) }));
    }
    assert.equal(shop.ledger.attemptCount, 1);
  });
});
