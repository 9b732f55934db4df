import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  DAY_MS,
  HOUR_MS,
  isWriting,
  MINUTE_MS,
  money,
  NOW,
  paidAggregateOf,
  refundId,
  refundOf,
  SECOND_MS,
  seenAmount,
  sentRefundOf,
  snapshotOf,
  type With,
} from "../../test/support/domain.ts";
import { decideRefundStep, type RefundStep } from "./decide-refund-step.ts";
import type { Aggregate, Decision } from "./decision.ts";
import type { Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";
import { SENDS_MAX } from "./refund-schedule.ts";

interface Given {
  readonly payment?: With<Payment>;
  readonly seen?: With<Payment>;
  readonly causes?: readonly string[];
  /** When the look of this run began. */
  readonly startedAt?: number;
}

function stepOf(refunds: readonly Refund[], given: Given = {}): Decision<RefundStep> {
  const { payment = {}, seen = {}, causes = [], startedAt = NOW } = given;
  const aggregate: Aggregate = paidAggregateOf({ refunds, causes }, payment);
  const look = { startedAt, seen: snapshotOf({ ...payment, ...seen } as With<Payment>) };
  return decideRefundStep({ aggregate, paymentId: "imp_1", look });
}

const sentAgo = (ms: number, changes: With<Refund> = {}) => sentRefundOf({ sentAt: NOW - ms, ...changes });
const acceptedAgo = (ms: number) => sentAgo(ms, { acceptedAt: NOW - ms });
const PARTLY = {
  status: "cancelled",
  statusText: "cancelled",
  cancelled: seenAmount("600"),
  cancelCount: 1,
} as const;
const ASYNCHRONOUS = { pgProvider: "paypal_v2" };

/** What the next move is, one fact changed from row to row. */
const ROWS: readonly (readonly [string, string, readonly Refund[], Given?])[] = [
  ["none", "no refund", []],
  ["none", "refunds that are over", [refundOf({ state: "succeeded" }), refundOf({ state: "failed" })]],
  ["none", "another payment's", [refundOf({ paymentId: "imp_2" })]],
  ["send", "one that was asked for", [refundOf()]],
  ["send", "one that did not leave", [sentRefundOf({ sentAt: undefined, sends: 0 })]],
  ["wait", "a look that shows more than is stored", [refundOf()], { seen: { cancelled: seenAmount("1") } }],
  ["wait", "a look that shows another status", [refundOf()], { seen: { status: "failed" } }],
  ["wait", "a look that shows another amount", [refundOf()], { seen: { amount: seenAmount("999") } }],
  ["wait", "a payment in doubt", [refundOf()], { payment: { regressionSeenAt: NOW } }],
  ["send", "one whose sending left no trace for a minute", [sentAgo(MINUTE_MS)]],
  ["wait", "one sent less than a minute ago", [sentAgo(MINUTE_MS - 1)]],
  ["wait", "a look that began before the minute was over", [sentAgo(MINUTE_MS)], { startedAt: NOW - 1 }],
  ["wait", "one that the gateway accepted, however long ago", [acceptedAgo(HOUR_MS)]],
  [
    "wait",
    "one without an answer, at a PG that cancels later",
    [sentAgo(MINUTE_MS)],
    { payment: ASYNCHRONOUS },
  ],
  ["send", "the first sending to such a PG", [refundOf()], { payment: ASYNCHRONOUS }],
  ["wait", "one that was sent often enough", [sentAgo(MINUTE_MS, { sends: SENDS_MAX })]],
  ["wait", "one that nobody can tell", [sentAgo(HOUR_MS)], { causes: [`refund_unclear:${refundId(1)}`] }],
  [
    "send",
    "one that nobody could tell, and that was refused since",
    [sentRefundOf({ sentAt: undefined })],
    { causes: [`refund_unclear:${refundId(1)}`] },
  ],
  ["send", "all that is left", [refundOf({ amount: money(400) })], { payment: PARTLY }],
  ["ended", "more than is left", [refundOf({ amount: money(401) })], { payment: PARTLY }],
  [
    "ended",
    "a payment that is not paid",
    [refundOf()],
    { payment: { status: "failed", statusText: "failed" } },
  ],
  ["ended", "another currency", [refundOf({ amount: money(300, "USD") })]],
  ["ended", "one that was refused each time", [sentRefundOf({ sentAt: undefined, sends: SENDS_MAX })]],
];

describe("decideRefundStep()", () => {
  for (const [kind, what, refunds, given] of ROWS) {
    test(`decideRefundStep() answers ${kind} to ${what}`, () => {
      const decision = stepOf(refunds, given);
      assert.equal(decision.outcome.kind, kind);
      assert.equal(isWriting(decision), kind === "send" || kind === "ended");
    });
  }

  test("decideRefundStep() marks what it sends, with the balance that the look showed", () => {
    const before = refundOf();
    const { outcome, refunds, ...rest } = stepOf([before], { payment: PARTLY });
    const marked = { ...before, state: "unknown", sends: 1, sentAt: NOW, cancelledBeforeMinor: 600 };
    assert.deepEqual(outcome, { kind: "send", refund: marked, before, checksum: money(400) });
    assert.deepEqual([refunds, rest], [[marked], {}]);
  });

  test("decideRefundStep() takes what was sent before what waits, whichever was asked for first", () => {
    const waiting = refundOf({ refundId: refundId(0), requestedAt: NOW - HOUR_MS });
    assert.equal(stepOf([waiting, acceptedAgo(SECOND_MS)]).outcome.kind, "wait");
    const decision = stepOf([waiting, refundOf()]);
    assert.equal(decision.refunds?.[0]?.refundId, waiting.refundId);
  });

  test("decideRefundStep() fails by name what can never be sent, and forgets no money that fits no order", () => {
    const refund = refundOf({ amount: money(401), discrepancyId: "dsc_1" });
    const broken = [
      { id: "K14" as const, name: "one_payment", expected: "imp_2", seen: "imp_1", holds: false },
    ];
    const { refunds, events, discrepancies } = stepOf([refund], { payment: { ...PARTLY, clauses: broken } });
    const failure = {
      code: "refund_exceeds_rest",
      message: "Less is left of the payment than was asked for",
    };
    assert.deepEqual(refunds, [{ ...refund, state: "failed", finishedAt: NOW, failure }]);
    assert.deepEqual(
      events?.map(({ type }) => type),
      ["refund.failed", "discrepancy.opened"],
    );
    assert.deepEqual(
      discrepancies?.map(({ kind, cause, paymentId }) => [kind, cause, paymentId]),
      [["surplus", `refund_failed:${refundId(1)}`, "imp_1"]],
    );
  });

  const OVERDUE: readonly (readonly [string, Refund, With<Payment>, boolean])[] = [
    ["accepted a day ago", acceptedAgo(DAY_MS), {}, true],
    ["accepted a minute less ago", acceptedAgo(DAY_MS - MINUTE_MS), {}, false],
    ["sent an hour ago to a PG that cancels later", sentAgo(HOUR_MS), ASYNCHRONOUS, true],
    ["sent a minute less ago to such a PG", sentAgo(HOUR_MS - MINUTE_MS), ASYNCHRONOUS, false],
    ["sent often enough, the last time an hour ago", sentAgo(HOUR_MS, { sends: SENDS_MAX }), {}, true],
  ];
  for (const [what, refund, payment, isOverdue] of OVERDUE) {
    test(`decideRefundStep() ${isOverdue ? "calls somebody" : "waits on"} for a refund that was ${what}`, () => {
      const { outcome, discrepancies = [] } = stepOf([refund], { payment });
      const alarm = outcome.kind === "wait" ? outcome.alarm?.code : "none";
      assert.equal(alarm, isOverdue ? "refund_overdue" : undefined);
      assert.deepEqual(
        discrepancies.map(({ kind, cause }) => [kind, cause]),
        isOverdue ? [["missing_at_gateway", `refund_overdue:${refundId(1)}`]] : [],
      );
    });
  }

  test("decideRefundStep() looks ever more seldom, at least daily, and always later than now", () => {
    for (const age of [0, 1, 5 * SECOND_MS, 59 * SECOND_MS, HOUR_MS, 5 * DAY_MS]) {
      for (const refund of [acceptedAgo(age), sentAgo(age, { sends: SENDS_MAX })]) {
        const { outcome } = stepOf([refund]);
        assert.ok(outcome.kind === "wait" && outcome.until > NOW && outcome.until <= NOW + DAY_MS);
      }
    }
  });
});
