import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  aggregateOf,
  isWriting,
  lookedAt,
  MINUTE_MS,
  NOW,
  policyOf,
  seenAmount,
  snapshotOf,
} from "../../test/support/domain.ts";
import { openShop } from "../../test/support/ledger.ts";
import { decideCompletion } from "./decide-completion.ts";
import { RECHECK_AFTER_MS } from "./merge-snapshot.ts";

const SUCCESS = { kind: "success" } as const;
const UNREADABLE = { kind: "pending", reason: "unreadable" } as const;
const NO_MONEY = { status: "pending", paidAt: undefined } as const;
const types = (events: readonly { type: string }[] = []) => events.map(({ type }) => type);

describe("decideCompletion() on an answer that cannot be read", () => {
  const faulty = { faults: ["cancel_amount"] } as const;
  for (const [name, changes] of [
    ["a fault", faulty],
    ["an unknown status", { status: "unknown" }],
  ] as const) {
    test(`decideCompletion() stores nothing on ${name} and answers pending`, () => {
      assert.deepEqual(openShop().complete(snapshotOf(changes)), { outcome: UNREADABLE });
    });

    test(`decideCompletion() keeps its success on ${name} of an applied payment`, () => {
      const shop = openShop();
      shop.complete(snapshotOf());
      assert.deepEqual(shop.complete(snapshotOf({ ...changes, ...lookedAt(NOW) })), { outcome: SUCCESS });
    });
  }

  test("decideCompletion() answers forgery when what can be read is wrong", () => {
    const decision = openShop().complete(snapshotOf({ ...faulty, amount: seenAmount("1") }));
    assert.deepEqual(decision, { outcome: { kind: "forgery" } });
  });
});

describe("decideCompletion() without an order", () => {
  test("decideCompletion() keeps money under an id of ours, once", () => {
    const shop = openShop({ order: "none" });
    const decision = shop.complete(snapshotOf());
    assert.deepEqual(decision.outcome, { kind: "not_found" });
    assert.equal(shop.payment("imp_1").verdict, "observed");
    assert.deepEqual(types(decision.events), ["discrepancy.opened"]);
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ cause }) => cause),
      ["orphan:imp_1"],
    );
  });

  for (const [name, isOurId, changes] of [
    ["money under a foreign id", false, {}],
    ["an attempt under an id of ours", true, NO_MONEY],
    ["a faulty answer under an id of ours", true, { faults: ["amount"] }],
    ["an unknown status under an id of ours", true, { status: "unknown" }],
  ] as const) {
    test(`decideCompletion() leaves no trace of ${name}`, () => {
      const shop = openShop({ order: "none", isOurId });
      assert.deepEqual(shop.complete(snapshotOf(changes)), { outcome: { kind: "not_found" } });
    });
  }

  test("decideCompletion() writes a clash as an orphan, and the row of the other order not at all", () => {
    const clash = { kind: "payment_of_another_order", paymentId: "imp_1", orderId: "dj_order_2" } as const;
    const input = { seen: snapshotOf(), policy: policyOf(), isOurId: true, foundBy: "look" } as const;
    const decision = decideCompletion({ aggregate: aggregateOf({ clash }), ...input });
    assert.deepEqual(decision.outcome, { kind: "closed", reason: "belongs_to_another_order" });
    assert.deepEqual([decision.order, decision.payments], [undefined, undefined]);
    assert.deepEqual(
      decision.discrepancies?.map(({ kind }) => kind),
      ["orphan"],
    );
    const again = decideCompletion({ aggregate: aggregateOf({ clash, causes: ["orphan:imp_1"] }), ...input });
    assert.ok(!isWriting(again));
  });
});

describe("decideCompletion() when an applied payment is contradicted", () => {
  for (const [name, changes, kind] of [
    ["amount", { amount: seenAmount("1001") }, "amount_mismatch"],
    ["currency", { currency: "VND", amount: seenAmount("1000", "VND") }, "currency_mismatch"],
    ["sandbox", { sandbox: true }, "test_payment"],
  ] as const) {
    test(`decideCompletion() keeps the row and opens ${kind} once for another ${name}`, () => {
      const shop = openShop();
      shop.complete(snapshotOf());
      const { payments, order } = shop.ledger;
      for (const at of [NOW, NOW + MINUTE_MS]) {
        assert.deepEqual(shop.complete(snapshotOf({ ...changes, ...lookedAt(at) })).outcome, SUCCESS);
      }
      assert.deepEqual(shop.ledger.payments, payments);
      assert.deepEqual(shop.ledger.order, order);
      assert.deepEqual(
        shop.ledger.discrepancies.map((opened) => opened.kind),
        [kind],
      );
    });
  }
});

describe("decideCompletion() when the gateway says less than before", () => {
  const window = (at: number) => snapshotOf({ ...NO_MONEY, ...lookedAt(at) });
  const since = lookedAt(NOW).fetchEndedAt;
  function regressedShop() {
    const shop = openShop();
    shop.complete(snapshotOf());
    return { shop, first: shop.complete(window(NOW)) };
  }

  test("decideCompletion() notes it, looks again in a minute and keeps its answer", () => {
    const { shop, first } = regressedShop();
    assert.deepEqual(first.outcome, SUCCESS);
    assert.equal(shop.payment("imp_1").regressionSeenAt, since);
    const dueAt = NOW + RECHECK_AFTER_MS;
    const ids = { orderId: "dj_order_1", paymentId: "imp_1" };
    assert.deepEqual(first.tasks, [{ kind: "verify", key: "recheck:imp_1", repeat: "again", dueAt, ...ids }]);
    assert.deepEqual(shop.ledger.discrepancies, []);
  });

  test("decideCompletion() does nothing more within the minute", () => {
    const { shop } = regressedShop();
    assert.deepEqual(shop.complete(window(since + RECHECK_AFTER_MS - 1)), { outcome: SUCCESS });
  });

  test("decideCompletion() opens payment_regressed once when it lasts, and takes nothing back", () => {
    const { shop } = regressedShop();
    for (const minutes of [1, 2, 3]) {
      assert.deepEqual(shop.complete(window(since + minutes * RECHECK_AFTER_MS)).outcome, SUCCESS);
    }
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ cause }) => cause),
      ["payment_regressed:imp_1"],
    );
    assert.equal(shop.order().status, "paid");
    assert.equal(shop.payment("imp_1").status, "paid");
  });

  test("decideCompletion() forgets it when the gateway recovers", () => {
    const { shop } = regressedShop();
    assert.deepEqual(shop.complete(snapshotOf(lookedAt(NOW + 2 * MINUTE_MS))).outcome, SUCCESS);
    assert.equal(shop.payment("imp_1").regressionSeenAt, undefined);
    shop.complete(window(NOW + 4 * MINUTE_MS));
    assert.deepEqual(shop.ledger.discrepancies, [], "a new minute begins");
  });

  test("decideCompletion() keeps the answer of a refused payment that says less", () => {
    const shop = openShop();
    shop.complete(snapshotOf({ amount: seenAmount("999") }));
    const decision = shop.complete(window(NOW));
    assert.deepEqual(decision.outcome, { kind: "forgery" });
    assert.equal(shop.payment("imp_1").status, "paid");
  });
});
