import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aggregateOf, NOW, paymentOf, refundId, refundOf, sentRefundOf } from "../../test/support/domain.ts";
import type { Clause } from "./clause.ts";
import { failRefund, NO_ROWS, succeedRefund } from "./end-refund.ts";

const ONE = refundId(1);
const failure = { code: "gateway_refused", message: "no" } as const;
const data = { refund_id: ONE, amount: "300", currency: "KRW" };
const clauseOf = (name: string, holds: boolean): Clause => ({
  id: "K8",
  name,
  expected: "",
  seen: "",
  holds,
});

describe("succeedRefund()", () => {
  test("succeedRefund() ends it with one event, and says when it was called failed before", () => {
    const sent = sentRefundOf();
    const refunds = [{ ...sent, state: "succeeded", finishedAt: NOW }];
    const event = { type: "refund.succeeded", paymentId: "imp_1", data };
    assert.deepEqual(succeedRefund({ now: NOW }, sent), { refunds, events: [event], discrepancies: [] });
    const late = succeedRefund({ now: NOW }, sentRefundOf({ state: "failed" }));
    assert.deepEqual(late.events, [{ ...event, data: { ...data, is_late: true } }]);
  });

  test("NO_ROWS holds none", () => {
    assert.deepEqual(NO_ROWS, { refunds: [], events: [], discrepancies: [] });
  });
});

describe("failRefund()", () => {
  const failed = { type: "refund.failed", paymentId: "imp_1", data: { ...data, code: "gateway_refused" } };

  for (const [what, refund, payment] of [
    ["of a payment that nobody asked to return", refundOf(), paymentOf()],
    ["of a payment that is not at hand", refundOf({ discrepancyId: "dsc_1" }), undefined],
  ] as const) {
    test(`failRefund() opens nothing for a refund ${what}`, () => {
      const { events, discrepancies, refunds } = failRefund(aggregateOf(), { refund, payment, failure });
      assert.deepEqual([events, discrepancies], [[failed], []]);
      assert.deepEqual(refunds, [{ ...refund, state: "failed", finishedAt: NOW, failure }]);
    });
  }

  for (const [name, kind] of [
    ["sandbox", "test_payment"],
    ["currency", "currency_mismatch"],
    ["amount", "amount_mismatch"],
    ["pay_method", "channel_mismatch"],
    ["channel", "channel_mismatch"],
    ["promotion", "channel_mismatch"],
    ["customer_uid", "channel_mismatch"],
    ["one_payment", "surplus"],
    ["paid_in_time", "paid_after_closing"],
  ] as const) {
    test(`failRefund() opens ${kind} again for a payment that breaks ${name}`, () => {
      const clauses = [
        clauseOf("sandbox", name !== "sandbox"),
        clauseOf("cancelled", false),
        clauseOf(name, false),
      ];
      const refund = refundOf({ discrepancyId: "dsc_1" });
      const { discrepancies, events } = failRefund(aggregateOf(), {
        refund,
        payment: paymentOf({ clauses }),
        failure,
      });
      assert.deepEqual(
        discrepancies.map((opened) => [opened.kind, opened.cause, opened.evidence["why"]]),
        [[kind, `refund_failed:${ONE}`, `its refund ${ONE} failed: gateway_refused`]],
      );
      assert.deepEqual(
        events.map(({ type }) => type),
        ["refund.failed", "discrepancy.opened"],
      );
    });
  }

  test("failRefund() calls a payment without a broken clause paid after closing", () => {
    const refund = refundOf({ discrepancyId: "dsc_1" });
    const { discrepancies } = failRefund(aggregateOf(), { refund, payment: paymentOf(), failure });
    assert.equal(discrepancies[0]?.kind, "paid_after_closing");
  });
});
