import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sentRefundOf } from "../../test/support/domain.ts";
import { isOverdue, nextRefundLookAt } from "./refund-schedule.ts";

const NOW = Date.UTC(2026, 8, 1);
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

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
