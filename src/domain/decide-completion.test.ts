import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  aggregateOf,
  lookedAt,
  MINUTE_MS,
  money,
  NOW,
  orderOf,
  policyOf,
  SECOND_MS,
  seenAmount,
  snapshotOf,
} from "../../test/support/domain.ts";
import { openShop } from "../../test/support/ledger.ts";
import { decideCompletion } from "./decide-completion.ts";

const SUCCESS = { kind: "success" } as const;

describe("decideCompletion() on a payment that pays", () => {
  test("decideCompletion() applies it: order, payment and one event", () => {
    const shop = openShop();
    const seen = snapshotOf();
    const decision = shop.complete(seen);
    const paid = { ...orderOf(), status: "paid", paidBy: "imp_1", paidAt: seen.paidAt };
    assert.deepEqual(decision.outcome, SUCCESS);
    assert.deepEqual(decision.order, paid);
    assert.equal(decision.payments?.length, 1);
    assert.equal(shop.payment("imp_1").verdict, "applied");
    assert.equal(shop.payment("imp_1").appliedAt, NOW);
    assert.ok(shop.payment("imp_1").clauses.every((clause) => clause.holds));
    const data = { amount: "1000", currency: "KRW", pay_method: "card", found_by: "look" };
    assert.deepEqual(decision.events, [{ type: "order.paid", paymentId: "imp_1", data }]);
    assert.deepEqual(decision.tasks, []);
    assert.deepEqual(decision.discrepancies, []);
  });

  test("decideCompletion() answers success and writes nothing when it is applied already", () => {
    const shop = openShop();
    shop.complete(snapshotOf());
    const decision = shop.complete(snapshotOf(lookedAt(NOW + MINUTE_MS)));
    assert.deepEqual(decision, { outcome: SUCCESS });
  });

  test("decideCompletion() answers success to a stale look from before it was paid", () => {
    const shop = openShop();
    shop.complete(snapshotOf(lookedAt(NOW)));
    const window = snapshotOf({ status: "pending", ...lookedAt(NOW - SECOND_MS) });
    assert.deepEqual(shop.complete(window), { outcome: SUCCESS });
  });

  test("decideCompletion() applies a payment that had failed before", () => {
    const shop = openShop();
    assert.deepEqual(shop.complete(snapshotOf({ status: "failed" })).outcome, { kind: "failed" });
    assert.equal(shop.order().status, "pending");
    assert.equal(shop.payment("imp_1").verdict, "observed");
    assert.deepEqual(shop.complete(snapshotOf(lookedAt(NOW))).outcome, SUCCESS);
    assert.equal(shop.order().status, "paid");
  });

  test("decideCompletion() applies stored money that was never decided, whatever a stale look says", () => {
    const orphaned = openShop({ order: "none" });
    orphaned.complete(snapshotOf(lookedAt(NOW)));
    const shop = openShop();
    shop.ledger = { ...orphaned.ledger, order: orderOf() };
    const window = snapshotOf({ status: "pending", ...lookedAt(NOW - SECOND_MS) });
    assert.deepEqual(shop.complete(window).outcome, SUCCESS);
    assert.equal(shop.order().paidBy, "imp_1");
  });

  test("decideCompletion() applies nothing and never answers success on a later look that takes money back", () => {
    const orphaned = openShop({ order: "none" });
    orphaned.complete(snapshotOf(lookedAt(NOW)));
    const shop = openShop();
    shop.ledger = { ...orphaned.ledger, order: orderOf() };
    const window = snapshotOf({ status: "pending", ...lookedAt(NOW + SECOND_MS) });
    assert.deepEqual(shop.complete(window).outcome, { kind: "pending", reason: "unreadable" });
    assert.equal(shop.order().status, "pending");
  });

  test("decideCompletion() shows a repeated PG transaction number, and applies the payment all the same", () => {
    const decision = decideCompletion({
      aggregate: aggregateOf({ sameTransaction: { paymentId: "imp_9", orderId: "dj_order_9" } }),
      seen: snapshotOf({ pgTransactionId: "tid" }),
      policy: policyOf(),
      isOurId: true,
      foundBy: "look",
    });
    assert.equal(decision.order?.status, "paid");
    assert.deepEqual(
      decision.discrepancies?.map(({ kind }) => kind),
      ["pg_tid_reused"],
    );
    assert.deepEqual(
      decision.events?.map(({ type }) => type),
      ["order.paid", "discrepancy.opened"],
    );
  });

  test("decideCompletion() throws when the payment belongs under another order", () => {
    const input = { aggregate: aggregateOf(), policy: policyOf(), isOurId: true, foundBy: "look" } as const;
    const seen = snapshotOf({ orderId: "dj_order_2" });
    assert.throws(() => decideCompletion({ ...input, seen }), /Invariant violated/);
  });
});

describe("decideCompletion() after a cancellation elsewhere", () => {
  function paidShop() {
    const shop = openShop();
    shop.complete(snapshotOf());
    return shop;
  }
  const part = { cancelled: seenAmount("400"), cancelCount: 1, ...lookedAt(NOW) };
  const full = { status: "cancelled", ...lookedAt(NOW + SECOND_MS) } as const;

  test("decideCompletion() moves the order to partially_refunded, the answer stays", () => {
    const shop = paidShop();
    const decision = shop.complete(snapshotOf(part));
    assert.deepEqual(decision.outcome, SUCCESS);
    assert.equal(shop.order().status, "partially_refunded");
    assert.deepEqual(shop.order().refunded, money(400));
    assert.equal(shop.payment("imp_1").verdict, "applied");
    const data = { refunded_amount: "400", currency: "KRW" };
    assert.deepEqual(decision.events?.[0], { type: "order.partially_refunded", paymentId: "imp_1", data });
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ cause }) => cause),
      ["cancelled_elsewhere:imp_1:400"],
    );
  });

  test("decideCompletion() moves on to refunded and reverses the payment, one discrepancy an amount", () => {
    const shop = paidShop();
    for (const changes of [part, full]) assert.deepEqual(shop.complete(snapshotOf(changes)).outcome, SUCCESS);
    assert.equal(shop.order().status, "refunded");
    assert.equal(shop.order().paidBy, "imp_1");
    assert.deepEqual(shop.order().refunded, money(1000));
    assert.equal(shop.payment("imp_1").verdict, "reversed");
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ kind, cause }) => [kind, cause]),
      [
        ["cancelled_elsewhere", "cancelled_elsewhere:imp_1:400"],
        ["cancelled_elsewhere", "cancelled_elsewhere:imp_1:1000"],
      ],
    );
    assert.deepEqual(shop.complete(snapshotOf({ ...full, ...lookedAt(NOW + MINUTE_MS) })), {
      outcome: SUCCESS,
    });
  });

  test("decideCompletion() keeps a part refunded as such when the status alone changes", () => {
    const shop = paidShop();
    shop.complete(snapshotOf(part));
    shop.complete(snapshotOf({ ...part, status: "cancelled", ...lookedAt(NOW + SECOND_MS) }));
    assert.equal(shop.order().status, "partially_refunded");
    assert.equal(shop.ledger.discrepancies.length, 1);
    assert.equal(shop.ledger.events.filter(({ type }) => type === "order.partially_refunded").length, 1);
  });

  test("decideCompletion() leaves a refunded order alone when even more is shown as cancelled", () => {
    const shop = paidShop();
    shop.complete(snapshotOf(full));
    const more = { ...full, cancelled: seenAmount("1500"), ...lookedAt(NOW + MINUTE_MS) };
    assert.deepEqual(shop.complete(snapshotOf(more)).outcome, SUCCESS);
    assert.equal(shop.order().status, "refunded");
    assert.equal(shop.payment("imp_1").cancelled.text, "1500");
  });

  test("decideCompletion() keeps the order and shows it when cancelled comes without an amount", () => {
    const shop = paidShop();
    const decision = shop.complete(snapshotOf({ ...full, cancelled: seenAmount("0"), cancelCount: 0 }));
    assert.deepEqual(decision.outcome, SUCCESS);
    assert.equal(shop.order().status, "paid");
    assert.equal(shop.ledger.discrepancies[0]?.kind, "cancelled_elsewhere");
  });

  test("decideCompletion() refunds no more than the order's amount", () => {
    const shop = paidShop();
    shop.complete(snapshotOf({ ...full, cancelled: seenAmount("1500") }));
    assert.deepEqual(shop.order().refunded, money(1000));
    assert.equal(shop.order().status, "refunded");
  });
});
