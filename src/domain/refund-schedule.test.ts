import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  refundOf,
  SECOND_MS,
  sentRefundOf,
} from "../../test/support/domain.ts";
import { isOverdue, nextRefundLookAt, SENDS_MAX } from "./refund-schedule.ts";

/** When looks follow, after what they are counted from. */
const ACCEPTED = [5_000, 20_000, 80_000, 6 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS, DAY_MS];
const UNANSWERED = [
  2_000,
  12_000,
  42_000,
  60_000,
  5 * MINUTE_MS,
  20 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
];

describe("nextRefundLookAt()", () => {
  const since = NOW;
  for (const [what, refund, table] of [
    [
      "accepted",
      sentRefundOf({ sentAt: NOW - HOUR_MS, requestedAt: NOW - DAY_MS, acceptedAt: since }),
      ACCEPTED,
    ],
    ["sent", sentRefundOf({ sentAt: since, requestedAt: NOW - DAY_MS }), UNANSWERED],
    ["asked for", refundOf({ requestedAt: since }), UNANSWERED],
  ] as const) {
    test(`nextRefundLookAt() counts from when it was ${what}, and then daily`, () => {
      for (const [nth, afterMs] of table.entries()) {
        const before = table[nth - 1] ?? 0;
        assert.equal(nextRefundLookAt(refund, since + before), since + afterMs);
        assert.equal(nextRefundLookAt(refund, since + afterMs - 1), since + afterMs);
      }
      assert.equal(nextRefundLookAt(refund, since + DAY_MS), since + 2 * DAY_MS);
    });
  }
});

describe("isOverdue()", () => {
  const asked = { now: NOW, pgProvider: "tosspayments" };

  test("isOverdue() says no of what was not sent", () => {
    const refund = refundOf({ requestedAt: NOW - DAY_MS, sends: SENDS_MAX });
    assert.equal(isOverdue(refund, asked), false);
  });

  test("isOverdue() says no of what may still be sent again", () => {
    const refund = sentRefundOf({ sentAt: NOW - HOUR_MS, sends: SENDS_MAX - 1 });
    assert.equal(isOverdue(refund, asked), false);
  });

  test("isOverdue() forgives a clock exactly a minute, and no more", () => {
    const ahead = (ms: number) => isOverdue(sentRefundOf({ sentAt: NOW + MINUTE_MS + ms }), asked);
    assert.deepEqual([ahead(0), ahead(SECOND_MS)], [false, true]);
  });
});

const SENT = sentRefundOf({ requestedAt: NOW, sentAt: NOW });

describe("a refund that was marked by a clock that ran ahead", () => {
  const ahead = { ...SENT, requestedAt: NOW + 200 * DAY_MS, sentAt: NOW + 200 * DAY_MS };

  test("nextRefundLookAt() looks within a day all the same", () => {
    assert.ok(nextRefundLookAt(ahead, NOW) <= NOW + DAY_MS);
    assert.ok(nextRefundLookAt({ ...ahead, acceptedAt: ahead.sentAt }, NOW) <= NOW + DAY_MS);
  });

  test("isOverdue() has a person look, because nobody knows how long ago it was sent", () => {
    const asked = { now: NOW, pgProvider: "html5_inicis" };
    assert.equal(isOverdue(ahead, asked), true);
    assert.equal(isOverdue({ ...ahead, acceptedAt: ahead.sentAt }, asked), true);
  });

  test("isOverdue() passes over a clock that was corrected by seconds", () => {
    const asked = { now: NOW, pgProvider: "html5_inicis" };
    assert.equal(isOverdue({ ...SENT, sentAt: NOW + 5_000 }, asked), false);
    assert.equal(isOverdue({ ...SENT, sentAt: NOW + 5_000, acceptedAt: NOW + 5_000 }, asked), false);
  });
});
