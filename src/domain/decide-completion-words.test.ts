import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  aggregateOf,
  entryOf,
  issuedOf,
  lookedAt,
  NOW,
  orderOf,
  paymentOf,
  policyOf,
  refundId,
  refundOf,
  SECOND_MS,
  seenAmount,
  sentRefundOf,
  snapshotOf,
} from "../../test/support/domain.ts";
import { openShop, type Shop } from "../../test/support/ledger.ts";
import { decideLook, lookOf } from "../../test/support/refund-looks.ts";
import { decideCompletion } from "./decide-completion.ts";
import { RECHECK_AFTER_MS } from "./merge-snapshot.ts";

const SUCCESS = { kind: "success" } as const;
const NO_MONEY = { status: "pending", paidAt: undefined } as const;

const shownBy = ({ ledger }: Shop) =>
  ledger.discrepancies.map(({ cause, evidence }) => [cause, evidence["why"]]);

function paidShop(): Shop {
  const shop = openShop();
  shop.complete(snapshotOf());
  return shop;
}

describe("decideCompletion() in the words that an operator reads", () => {
  test("decideCompletion() says of money without an order why it is shown", () => {
    const shop = openShop({ order: "none" });
    shop.complete(snapshotOf());
    assert.deepEqual(shownBy(shop), [["orphan:imp_1", "no order is registered under this merchant_uid"]]);
  });

  test("decideCompletion() says of a clash which order showed the payment before", () => {
    const clash = { kind: "payment_of_another_order", paymentId: "imp_1", orderId: "dj_order_2" } as const;
    const decision = decideCompletion({
      aggregate: aggregateOf({ clash }),
      seen: snapshotOf(),
      policy: policyOf(),
      isOurId: true,
      foundBy: "look",
    });
    const why = "the gateway showed this payment under dj_order_2 before";
    assert.equal(decision.discrepancies?.[0]?.evidence["why"], why);
  });

  for (const [name, changes, kind, shown] of [
    ["amount", { amount: seenAmount("1001") }, "amount_mismatch", "amount: 1001"],
    ["currency", { currency: "VND", amount: seenAmount("1", "VND") }, "currency_mismatch", "currency: VND"],
    ["mode and amount", { sandbox: true, amount: seenAmount("1") }, "test_payment", "sandbox: true"],
    ["mode, which is missing", { sandbox: undefined }, "test_payment", "sandbox: missing"],
  ] as const) {
    test(`decideCompletion() says what contradicts an applied payment by another ${name}`, () => {
      const shop = paidShop();
      shop.complete(snapshotOf({ ...changes, ...lookedAt(NOW) }));
      const why = `an applied payment now shows another ${shown}`;
      assert.deepEqual(shownBy(shop), [[`contradicted:imp_1:${kind}`, why]]);
    });
  }

  test("decideCompletion() says of a regression what is stored and what is shown", () => {
    const shop = paidShop();
    shop.complete(snapshotOf({ ...NO_MONEY, ...lookedAt(NOW) }));
    shop.complete(snapshotOf({ ...NO_MONEY, ...lookedAt(NOW + 2 * RECHECK_AFTER_MS) }));
    const why = "stored as paid, the gateway now says ready";
    assert.deepEqual(shownBy(shop), [["payment_regressed:imp_1", why]]);
  });

  test("decideCompletion() tells the shop which clause a rejected payment breaks first", () => {
    const { events } = openShop().complete(snapshotOf({ amount: seenAmount("999"), promotionId: "p" }));
    const data = { finding: "forgery", clause: "amount" };
    assert.deepEqual(events?.[0], { type: "payment.rejected", paymentId: "imp_1", data });
  });
});

describe("decideCompletion() on what pays nothing", () => {
  test("decideCompletion() observes a window and answers that it is one", () => {
    const shop = openShop();
    const { outcome, tasks } = shop.complete(snapshotOf(NO_MONEY));
    assert.deepEqual(outcome, { kind: "pending", reason: "window_only" });
    assert.deepEqual([shop.payment("imp_1").verdict, tasks], ["observed", []]);
  });

  test("decideCompletion() writes that a window failed", () => {
    const shop = openShop();
    shop.complete(snapshotOf(NO_MONEY));
    shop.complete(snapshotOf({ status: "failed", ...lookedAt(NOW) }));
    assert.equal(shop.payment("imp_1").status, "failed");
  });

  test("decideCompletion() rejects a second attempt without money, and calls it no surplus", () => {
    const shop = paidShop();
    shop.complete(snapshotOf({ paymentId: "imp_2", ...NO_MONEY }));
    assert.equal(shop.payment("imp_2").verdict, "rejected");
  });

  test("decideCompletion() closes no account that has failed", () => {
    const { tasks } = openShop().complete(issuedOf({ status: "failed" }));
    assert.deepEqual(tasks, []);
  });

  test("decideCompletion() judges money anew that was stored before its order was registered", () => {
    const orphaned = openShop({ order: "none" });
    const seen = { amount: seenAmount("999") };
    orphaned.complete(snapshotOf({ ...seen, ...lookedAt(NOW) }));
    const shop = openShop();
    shop.ledger = { ...orphaned.ledger, order: orderOf(), discrepancies: [] };
    shop.complete(snapshotOf({ ...seen, ...lookedAt(NOW + SECOND_MS) }));
    assert.equal(shop.payment("imp_1").verdict, "rejected");
    assert.deepEqual(
      shop.ledger.discrepancies.map(({ cause }) => cause),
      ["amount_mismatch:imp_1"],
    );
  });

  test("decideCompletion() keeps success where a cancelled amount cannot be read, twice", () => {
    const shop = paidShop();
    for (const [nth, cancelCount] of [1, 2].entries()) {
      const seen = snapshotOf({
        cancelled: { text: "1e3" },
        cancelCount,
        ...lookedAt(NOW + nth * SECOND_MS),
      });
      assert.deepEqual(shop.complete(seen).outcome, SUCCESS);
    }
    assert.equal(shop.order().status, "paid");
  });
});

describe("decideCompletion() on a forged payment that goes back", () => {
  const refused = { amount: seenAmount("999") };

  test("decideCompletion() still calls it a forgery", () => {
    const aggregate = aggregateOf({
      payments: [paymentOf({ ...refused, verdict: "rejected" })],
      refunds: [refundOf()],
    });
    assert.deepEqual(decideLook(aggregate, snapshotOf({ ...refused, ...lookedAt(NOW) })).outcome, {
      kind: "forgery",
    });
  });

  test("decideCompletion() still shows what is left of it", () => {
    const aggregate = aggregateOf({
      payments: [paymentOf({ ...refused, verdict: "rejected" })],
      refunds: [sentRefundOf()],
    });
    const seen = lookOf("300", [entryOf("300", refundId(1))], { ...refused, ...lookedAt(NOW) });
    const causes = decideLook(aggregate, seen).discrepancies?.map(({ cause }) => cause);
    assert.deepEqual(causes, ["amount_mismatch:imp_1"]);
  });
});
