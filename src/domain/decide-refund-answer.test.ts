import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  isWriting,
  MINUTE_MS,
  NOW,
  paidAggregateOf,
  refundOf,
  seenAmount,
  sentRefundOf,
  type With,
} from "../../test/support/domain.ts";
import { decideRefundAnswer, decideRefusal, type Sending } from "./decide-refund-answer.ts";
import type { Refund } from "./refund.ts";

const FIRST: Sending = { marked: sentRefundOf({ sentAt: NOW }), before: refundOf() };
const UNANSWERED = sentRefundOf({ sentAt: NOW - MINUTE_MS });
const SECOND: Sending = { marked: sentRefundOf({ sentAt: NOW, sends: 2 }), before: UNANSWERED };
const without = ({ sentAt: _, ...refund }: Refund): Refund => refund;

describe("decideRefundAnswer()", () => {
  test("decideRefundAnswer() notes that the gateway said yes, so that it is never sent again", () => {
    const aggregate = paidAggregateOf({ refunds: [FIRST.marked] });
    const decision = decideRefundAnswer(aggregate, { sending: FIRST, answer: "accepted" });
    assert.deepEqual(decision, { outcome: "noted", refunds: [{ ...FIRST.marked, acceptedAt: NOW }] });
  });

  test("decideRefundAnswer() takes back the sending that surely took no effect, and keeps an earlier one", () => {
    const rows = [
      ["not_sent", FIRST, { ...without(FIRST.marked), sends: 0 }],
      ["refused", FIRST, { ...without(FIRST.marked), sends: 1 }],
      ["not_sent", SECOND, { ...SECOND.marked, sends: 1, sentAt: UNANSWERED.sentAt }],
      ["refused", SECOND, { ...SECOND.marked, sends: 2, sentAt: UNANSWERED.sentAt }],
    ] as const;
    for (const [answer, sending, expected] of rows) {
      const aggregate = paidAggregateOf({ refunds: [sending.marked] });
      const { outcome, refunds } = decideRefundAnswer(aggregate, { sending, answer });
      assert.deepEqual([outcome, refunds], ["noted", [expected]]);
    }
  });

  test("decideRefundAnswer() writes nothing over what has moved on", () => {
    const moved: readonly With<Refund>[] = [
      { state: "succeeded" },
      { state: "failed" },
      { sends: 2 },
      { sentAt: NOW + 1 },
      { acceptedAt: NOW },
    ];
    for (const changes of moved)
      for (const answer of ["accepted", "not_sent", "refused"] as const) {
        const aggregate = paidAggregateOf({ refunds: [{ ...FIRST.marked, ...changes } as Refund] });
        const decision = decideRefundAnswer(aggregate, { sending: FIRST, answer });
        assert.deepEqual(decision, { outcome: "moved_on" });
      }
  });
});

describe("decideRefusal()", () => {
  const answered = without(FIRST.marked);
  const refuse = (refund: Refund, cancelled = "0", sending = FIRST) =>
    decideRefusal(paidAggregateOf({ refunds: [refund] }, { cancelled: seenAmount(cancelled) }), {
      sending,
      message: "한도초과",
    });

  test("decideRefusal() fails it in the PG's words where nothing was cancelled since", () => {
    const account = { bank: "88", number: "110", holder: "Hong" };
    const decision = refuse({ ...answered, account });
    const failure = { code: "gateway_refused", message: "한도초과" };
    assert.equal(decision.outcome, "failed");
    assert.deepEqual(decision.refunds, [{ ...answered, state: "failed", finishedAt: NOW, failure }]);
  });

  test("decideRefusal() leaves it open where more is cancelled, the payment is in doubt, or it has moved on", () => {
    const doubtful = decideRefusal(paidAggregateOf({ refunds: [answered] }, { regressionSeenAt: NOW }), {
      sending: FIRST,
      message: "no",
    });
    const { marked } = FIRST;
    const open = [
      refuse(answered, "1"),
      doubtful,
      refuse(marked),
      refuse({ ...answered, sends: 2 }),
      refuse({ ...answered, state: "succeeded" }),
      refuse({ ...answered, acceptedAt: NOW }),
    ];
    for (const decision of open) {
      assert.equal(decision.outcome, "open");
      assert.equal(isWriting(decision), false);
    }
  });

  test("decideRefusal() ends a second sending too: the first has left no trace for a minute", () => {
    const refund = { ...SECOND.marked, sentAt: UNANSWERED.sentAt ?? 0 };
    assert.equal(refuse(refund, "0", SECOND).outcome, "failed");
  });
});
