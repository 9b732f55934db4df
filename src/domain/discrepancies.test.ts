import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aggregateOf, orderOf, policyOf, seenAmount, snapshotOf } from "../../test/support/domain.ts";
import { acceptPayment } from "./accept-payment.ts";
import { kindOfMoney, openDiscrepancy, repeatedTransaction, whatMoneyOpens } from "./discrepancies.ts";
import type { PaymentSnapshot } from "./payment.ts";

const policy = policyOf();

function openedBy(payment: PaymentSnapshot) {
  const acceptance = acceptPayment(orderOf(), payment, policy);
  return whatMoneyOpens(aggregateOf(), { payment, acceptance, policy }).discrepancies;
}

describe("openDiscrepancy()", () => {
  test("openDiscrepancy() keeps all that an operator needs to judge the payment", () => {
    const payment = snapshotOf({ amount: seenAmount("999"), cancelled: seenAmount("1") });
    const { discrepancies, events } = openDiscrepancy(aggregateOf(), {
      kind: "surplus",
      payment,
      why: "two",
    });
    const evidence = {
      why: "two",
      imp_uid: "imp_1",
      merchant_uid: "dj_order_1",
      status: "paid",
      amount: "999",
      cancelled_amount: "1",
      currency: "KRW",
      sandbox: false,
      pay_method: "card",
      channel: "tosspayments:shop1",
      paid_at: payment.paidAt,
      raw: "{}",
    };
    assert.deepEqual(discrepancies, [
      { kind: "surplus", cause: "surplus:imp_1", paymentId: "imp_1", evidence },
    ]);
    assert.deepEqual(events, [
      { type: "discrepancy.opened", paymentId: "imp_1", data: { kind: "surplus", why: "two" } },
    ]);
  });

  test("openDiscrepancy() shows null, or nothing around the colon, for what the gateway left out", () => {
    const missing = { sandbox: undefined, payMethod: undefined, paidAt: undefined };
    const payment = snapshotOf({ ...missing, pgProvider: undefined, pgMerchantId: undefined });
    const [opened] = openDiscrepancy(aggregateOf(), { kind: "orphan", payment, why: "" }).discrepancies;
    const { sandbox, pay_method, paid_at, channel } = opened?.evidence ?? {};
    assert.deepEqual([sandbox, pay_method, paid_at, channel], [null, null, null, ":"]);
  });

  test("repeatedTransaction() names the payment that carries the same number", () => {
    const aggregate = aggregateOf({ sameTransaction: { paymentId: "imp_9", orderId: "dj_order_9" } });
    const [opened] = repeatedTransaction(aggregate, snapshotOf()).discrepancies;
    assert.equal(opened?.evidence["why"], "imp_9 of dj_order_9 carries the same pg_tid");
  });
});

describe("whatMoneyOpens()", () => {
  test("whatMoneyOpens() says which clause is broken first, and by what", () => {
    const [opened] = openedBy(snapshotOf({ amount: seenAmount("999"), promotionId: "p" }));
    assert.equal(opened?.evidence["why"], "amount: expected 1000, seen 999");
  });

  test("whatMoneyOpens() says the finding where no clause is broken", () => {
    const acceptance = { finding: "order_closed", clauses: [] } as const;
    const [opened] = whatMoneyOpens(aggregateOf(), {
      payment: snapshotOf(),
      acceptance,
      policy,
    }).discrepancies;
    assert.equal(opened?.evidence["why"], "order_closed");
  });

  test("whatMoneyOpens() opens nothing for money that may still pay its order", () => {
    assert.deepEqual(openedBy(snapshotOf()), []);
  });

  test("whatMoneyOpens() opens where nobody can read how much was cancelled", () => {
    const kinds = openedBy(snapshotOf({ cancelled: { text: "1e3" } })).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["cancelled_elsewhere"]);
  });

  test("kindOfMoney() calls a forgery without a broken clause a channel's", () => {
    assert.equal(kindOfMoney({ finding: "forgery", clauses: [] }), "channel_mismatch");
  });
});
