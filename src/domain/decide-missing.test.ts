import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  aggregateOf,
  issuedOf,
  isWriting,
  lookedAt,
  MINUTE_MS,
  NOW,
  orderOf,
  paymentOf,
  policyOf,
  SECOND_MS,
  snapshotOf,
  type With,
} from "../../test/support/domain.ts";
import { decideCompletion } from "./decide-completion.ts";
import { decideMissing, endMissing, MISSING_AFTER_MS, missingCause } from "./decide-missing.ts";
import type { Aggregate, Decision } from "./decision.ts";
import type { Payment } from "./payment.ts";

const SINCE = NOW;
const paid = orderOf({ status: "paid", paidBy: "imp_1", paidAt: NOW });
const NO_MONEY = { status: "failed", paidAt: undefined } as const;
const refused = (name: string) => ({
  clauses: [{ id: "K11", name, expected: "false", seen: "true", holds: false }] as const,
});

function missing(
  payment: With<Payment>,
  { askedAt = NOW, ...changes }: With<Aggregate> & { askedAt?: number } = {},
) {
  const stored = paymentOf({ verdict: "applied", ...payment });
  const aggregate = aggregateOf({ order: paid, payments: [stored], now: askedAt + SECOND_MS, ...changes });
  return { stored, aggregate, decision: decideMissing({ aggregate, paymentId: "imp_1", askedAt }) };
}

describe("decideMissing()", () => {
  test("decideMissing() notes when it was first missing, and asks again in ten minutes", () => {
    const { stored, aggregate, decision } = missing({});
    const recheckAt = aggregate.now + MISSING_AFTER_MS;
    const ids = { orderId: "dj_order_1", paymentId: "imp_1" };
    assert.deepEqual(decision, {
      outcome: { recheckAt },
      payments: [{ ...stored, missingSeenAt: aggregate.now }],
      tasks: [
        {
          kind: "verify",
          key: "verify:imp_1",
          repeat: "again",
          dueAt: recheckAt,
          payload: { found_by: "look" },
          ...ids,
        },
      ],
    });
  });

  const NOTED: Readonly<Record<string, With<Payment>>> = {
    "paid its order": {},
    "waits for a deposit": { ...issuedOf(), verdict: "held" },
    "is beyond what the order needs": { verdict: "surplus" },
    "was refused with money in it": { verdict: "rejected", ...refused("amount") },
    "came before its order": { verdict: "observed" },
    "was given back": { verdict: "reversed", status: "cancelled" },
  };
  for (const [what, payment] of Object.entries(NOTED)) {
    test(`decideMissing() notes a payment that ${what}`, () => {
      assert.equal(missing(payment).decision.payments?.[0]?.missingSeenAt, NOW + SECOND_MS);
    });
  }

  const PASSED_OVER: Readonly<Record<string, With<Payment>>> = {
    failed: { ...NO_MONEY, verdict: "observed" },
    "was refused without money": { ...NO_MONEY, verdict: "rejected" },
    "was a test on a live server": { verdict: "rejected", ...refused("sandbox") },
    "was shown after this was asked": lookedAt(NOW),
    "is another one": { paymentId: "imp_2" },
  };
  for (const [what, payment] of Object.entries(PASSED_OVER)) {
    test(`decideMissing() writes nothing for a payment that ${what}`, () => {
      const { decision } = missing(payment);
      assert.deepEqual([decision.outcome, isWriting(decision)], [{}, false]);
    });
  }

  test("decideMissing() writes nothing more within ten minutes, and names the same time", () => {
    for (const askedAt of [SINCE + 1, SINCE + MISSING_AFTER_MS - 1]) {
      const { decision } = missing({ missingSeenAt: SINCE }, { askedAt });
      assert.deepEqual(decision, { outcome: { recheckAt: SINCE + MISSING_AFTER_MS } });
    }
  });

  test("decideMissing() opens one discrepancy with its event after ten minutes, and leaves order and payment alone", () => {
    const askedAt = SINCE + MISSING_AFTER_MS;
    const { decision } = missing({ missingSeenAt: SINCE }, { askedAt });
    const { outcome, order, payments, discrepancies = [], events = [] } = decision;
    assert.deepEqual([outcome, order, payments], [{}, undefined, undefined]);
    const cause = missingCause("imp_1", SINCE);
    assert.deepEqual(
      discrepancies.map((opened) => [opened.kind, opened.cause, opened.paymentId]),
      [["missing_at_gateway", cause, "imp_1"]],
    );
    assert.deepEqual(
      events.map(({ type, data }) => [type, data["kind"]]),
      [["discrepancy.opened", "missing_at_gateway"]],
    );
    const again = missing({ missingSeenAt: SINCE }, { askedAt: askedAt + MINUTE_MS, causes: [cause] });
    assert.ok(!isWriting(again.decision));
  });
});

describe("decideCompletion() when a missing payment is shown again", () => {
  const show = (
    stored: Payment,
    {
      seen = snapshotOf(lookedAt(SINCE + MINUTE_MS)),
      ...changes
    }: With<Aggregate> & {
      seen?: ReturnType<typeof snapshotOf>;
    } = {},
  ) => {
    const aggregate = aggregateOf({ order: paid, payments: [stored], ...changes });
    return decideCompletion({ aggregate, seen, policy: policyOf(), isOurId: true, foundBy: "look" });
  };
  const applied = paymentOf({ verdict: "applied", missingSeenAt: SINCE });

  test("decideCompletion() ends the doubt and keeps the answer", () => {
    const decision = show(applied);
    assert.deepEqual(decision.outcome, { kind: "success" });
    assert.deepEqual(
      decision.payments?.map((one) => [one.verdict, one.missingSeenAt]),
      [["applied", undefined]],
    );
    assert.deepEqual([decision.order, decision.resolutions], [undefined, undefined]);
  });

  test("decideCompletion() ends the discrepancy that told of it", () => {
    const decision = show(applied, { openMissingId: "dsc_1" });
    const [resolution] = decision.resolutions ?? [];
    assert.deepEqual(
      [resolution?.discrepancyId, resolution?.action, resolution?.actor],
      ["dsc_1", "dismiss", "dojang"],
    );
    assert.deepEqual(decision.events?.at(-1)?.data, {
      discrepancy_id: "dsc_1",
      kind: "missing_at_gateway",
      action: "dismiss",
    });
  });

  test("decideCompletion() does not end it by an answer from before it was missing, nor by one that nobody can read", () => {
    const old = snapshotOf(lookedAt(SINCE - MINUTE_MS));
    assert.ok(!isWriting(show(applied, { seen: old })));
    const unreadable = snapshotOf({ ...lookedAt(SINCE + MINUTE_MS), faults: ["paid_at"] });
    assert.ok(!isWriting(show(applied, { seen: unreadable })));
  });

  test("decideCompletion() ends it for one that is shown as less, which is another doubt", () => {
    const less = snapshotOf({ status: "pending", paidAt: undefined, ...lookedAt(SINCE + MINUTE_MS) });
    const [payment] = show(applied, { seen: less }).payments ?? [];
    assert.equal(payment?.missingSeenAt, undefined);
    assert.ok(payment?.regressionSeenAt);
  });

  test("decideCompletion() ends it for a refused payment and for one without an order", () => {
    const rejected = paymentOf({ verdict: "rejected", missingSeenAt: SINCE, orderId: "dj_order_1" });
    const closed = show(rejected, { order: orderOf({ status: "expired" }) });
    assert.deepEqual(
      closed.payments?.map((one) => one.missingSeenAt),
      [undefined],
    );
    const orphan = show(paymentOf({ missingSeenAt: SINCE }), { order: undefined });
    assert.deepEqual(orphan.outcome, { kind: "not_found" });
    assert.deepEqual(
      orphan.payments?.map((one) => one.missingSeenAt),
      [undefined],
    );
  });
});

describe("decideMissing() and endMissing() at their edges", () => {
  test("missingCause() names the payment and when it went missing", () => {
    assert.equal(MISSING_AFTER_MS, 10 * MINUTE_MS);
    assert.equal(missingCause("imp_1", SINCE), `missing_at_gateway:imp_1:${SINCE}`);
  });

  test("decideMissing() notes an applied payment that names no time of payment", () => {
    assert.ok(missing({ paidAt: undefined }).decision.payments);
  });

  test("decideMissing() passes over what was asked in the very moment that the gateway showed it", () => {
    const askedAt = lookedAt(NOW).fetchEndedAt;
    assert.deepEqual(missing(lookedAt(NOW), { askedAt }).decision, { outcome: {} });
  });

  test("decideMissing() says what is stored and since when nobody knows it", () => {
    const { decision } = missing({ missingSeenAt: SINCE }, { askedAt: SINCE + MISSING_AFTER_MS });
    const why = "stored as paid, the gateway has known no such payment for over 10 min";
    assert.equal(decision.discrepancies?.[0]?.evidence["why"], why);
  });

  const back = (decision: Decision<null>, { fetchEndedAt = SINCE, openMissingId = "dsc_1" } = {}) => {
    const payments = [
      paymentOf({ paymentId: "imp_2", missingSeenAt: SINCE }),
      paymentOf({ missingSeenAt: SINCE }),
    ];
    return endMissing(
      { ...aggregateOf({ payments }), openMissingId },
      { ...snapshotOf(), fetchEndedAt },
      decision,
    );
  };

  test("endMissing() ends the doubt and its discrepancy, and says why", () => {
    const { payments, events, resolutions, audit } = back({ outcome: null });
    assert.deepEqual(payments, [paymentOf()]);
    const data = { discrepancy_id: "dsc_1", kind: "missing_at_gateway", action: "dismiss" };
    assert.deepEqual(events, [{ type: "discrepancy.resolved", paymentId: "imp_1", data }]);
    const reason = "the gateway shows the payment again";
    assert.deepEqual(resolutions, [{ discrepancyId: "dsc_1", action: "dismiss", reason, actor: "dojang" }]);
    assert.deepEqual(
      audit?.map(({ subject, data: { kind } }) => [subject, kind]),
      [["dsc_1", "missing_at_gateway"]],
    );
  });

  test("endMissing() keeps the other payments that the decision writes", () => {
    const other = paymentOf({ paymentId: "imp_3" });
    const written = paymentOf({ status: "cancelled", missingSeenAt: SINCE });
    const { payments } = back({ outcome: null, payments: [other, written] });
    assert.deepEqual(payments, [other, paymentOf({ status: "cancelled" })]);
  });

  test("endMissing() leaves the doubt where the look ended before it began", () => {
    const decision = { outcome: null };
    assert.equal(back(decision, { fetchEndedAt: SINCE - 1 }), decision);
  });
});
