import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  accountOf,
  aggregateOf,
  issuedOf,
  money,
  NOW,
  orderOf,
  paymentOf,
  seenAmount,
  type With,
} from "../../test/support/domain.ts";
import { acceptLatePayment, applyPayment, holdAccount, reverseOrder } from "./order-changes.ts";
import type { Payment } from "./payment.ts";

const OUTCOME = { kind: "pending", reason: "window_only" } as const;

describe("acceptLatePayment()", () => {
  for (const status of ["pending", "awaiting_deposit", "cancelled", "expired"] as const) {
    test(`acceptLatePayment() pays an order that is ${status}, by an operator's word`, () => {
      const change = { aggregate: aggregateOf(), order: orderOf({ status }), payment: paymentOf() };
      const { order, events } = acceptLatePayment(change);
      assert.deepEqual([order?.status, events?.[0]?.data["found_by"]], ["paid", "operator"]);
    });
  }

  for (const status of ["paid", "partially_refunded", "refunded"] as const) {
    test(`acceptLatePayment() throws on an order that is ${status}`, () => {
      const change = { aggregate: aggregateOf(), order: orderOf({ status }), payment: paymentOf() };
      assert.throws(() => acceptLatePayment(change), {
        message: `Invariant violated: ${status} cannot become paid by an operator's word`,
      });
    });
  }
});

describe("applyPayment() on an orphan", () => {
  const change = { order: orderOf(), payment: paymentOf(), foundBy: "look" } as const;

  test("applyPayment() resolves the discrepancy that showed the payment as an orphan", () => {
    const aggregate = aggregateOf({ openOrphanId: "dsc_1" });
    const { events, resolutions, audit } = applyPayment({ aggregate, ...change });
    const reason = "the order was registered and this payment paid it";
    assert.deepEqual(events?.at(-1), {
      type: "discrepancy.resolved",
      paymentId: "imp_1",
      data: { discrepancy_id: "dsc_1", kind: "orphan", action: "accept" },
    });
    assert.deepEqual(resolutions, [{ discrepancyId: "dsc_1", action: "accept", reason, actor: "dojang" }]);
    assert.deepEqual(
      audit?.map(({ action, actor, subject, data }) => [action, actor, subject, data["kind"]]),
      [["discrepancy.resolved", "dojang", "dsc_1", "orphan"]],
    );
  });

  test("applyPayment() resolves nothing where none was open", () => {
    const { events, resolutions, audit } = applyPayment({ aggregate: aggregateOf(), ...change });
    assert.deepEqual([events?.length, resolutions, audit], [1, undefined, undefined]);
  });
});

describe("holdAccount() beside other accounts", () => {
  const heldOf = (changes: With<Payment>) => paymentOf({ ...issuedOf(), verdict: "held", ...changes });
  const hold = (payments: readonly Payment[], payment: Payment, stored?: Payment) =>
    holdAccount(
      { aggregate: aggregateOf({ payments }), order: orderOf(), payment, foundBy: "look" },
      { stored, outcome: OUTCOME },
    );

  test("holdAccount() writes another number that is due at the same time", () => {
    const payment = heldOf({ account: accountOf({ number: "99999999999999" }) });
    assert.equal(hold([heldOf({})], payment, heldOf({})).order?.account?.number, "99999999999999");
  });

  test("holdAccount() closes the other one where both were issued in the same second", () => {
    const { order, tasks } = hold([heldOf({ paymentId: "imp_2" })], heldOf({}));
    assert.equal(order?.account?.paymentId, "imp_1");
    assert.deepEqual(
      tasks?.filter(({ kind }) => kind === "close_account").map(({ key }) => key),
      ["close_account:imp_2"],
    );
  });
});

describe("reverseOrder() where amounts are odd", () => {
  const order = orderOf({ status: "partially_refunded", paidBy: "imp_1", refunded: money(300) });
  const reverse = (changes: With<Payment>, elsewhereMinor = 0) =>
    reverseOrder({ aggregate: aggregateOf(), order, payment: paymentOf(changes) }, { elsewhereMinor });

  for (const [what, cancelled] of [
    ["is none", seenAmount("0")],
    ["cannot be read", { text: "1e3" }],
  ] as const) {
    test(`reverseOrder() keeps the order and shows the payment where the cancelled amount ${what}`, () => {
      const decision = reverse({ cancelled });
      assert.equal(decision.order, undefined);
      assert.deepEqual(
        decision.discrepancies?.map(({ kind }) => kind),
        ["cancelled_elsewhere"],
      );
    });
  }

  test("reverseOrder() says how much went back that is not by a refund of ours", () => {
    const { discrepancies } = reverse({ cancelled: seenAmount("700"), fetchEndedAt: NOW }, 400);
    const why = "the gateway shows 700 of 1000 as cancelled, 400 of it anew and not by a refund of ours";
    assert.equal(discrepancies?.[0]?.evidence["why"], why);
  });
});
