import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refundId, refundOf } from "../../test/support/domain.ts";
import { alarmsOf } from "./alarms.ts";
import type { Decision, NewDiscrepancy, NewEvent } from "./decision.ts";

const ONE = refundId(1);
const outcome = null;
const openedBy = (cause: string, changes: Partial<NewDiscrepancy> = {}): Decision<null> => ({
  outcome,
  discrepancies: [{ kind: "cancelled_elsewhere", cause, paymentId: "imp_1", evidence: {}, ...changes }],
});
const succeeded = (data: NewEvent["data"], type: NewEvent["type"] = "refund.succeeded"): Decision<null> => ({
  outcome,
  events: [{ type, paymentId: "imp_1", data: { refund_id: ONE, ...data } }],
});
const failure = { code: "gateway_refused", message: "the PG's own words" };
const { paymentId: _, ...unnamed } = {
  kind: "cancelled_elsewhere",
  cause: "c",
  paymentId: "",
  evidence: {},
} as const;

describe("alarmsOf()", () => {
  const of = { paymentId: "imp_1" };
  const ROWS: Readonly<Record<string, readonly [Decision<null>, readonly object[]]>> = {
    "a decision without rows": [{ outcome }, []],
    "a refund that is on its way": [{ outcome, refunds: [refundOf()] }, []],
    "a refund that failed": [
      { outcome, refunds: [refundOf({ state: "failed", failure })] },
      [{ code: "refund_failed", refundId: ONE, reason: "gateway_refused", ...of }],
    ],
    "a refund that failed without a word": [
      { outcome, refunds: [refundOf({ state: "failed" })] },
      [{ code: "refund_failed", refundId: ONE, ...of }],
    ],
    "a success": [succeeded({}), []],
    "a success that is late": [succeeded({ is_late: true }), [{ code: "refund_late", refundId: ONE, ...of }]],
    "a late failure": [succeeded({ is_late: true }, "refund.failed"), []],
    "a late success of no payment": [
      { outcome, events: [{ type: "refund.succeeded", data: { refund_id: ONE, is_late: true } }] },
      [{ code: "refund_late", refundId: ONE }],
    ],
    "a cancellation elsewhere": [
      openedBy("cancelled_elsewhere:imp_1:400"),
      [{ code: "cancelled_elsewhere", ...of }],
    ],
    "a cancellation elsewhere of no payment": [
      { outcome, discrepancies: [unnamed] },
      [{ code: "cancelled_elsewhere" }],
    ],
    "another discrepancy": [openedBy("surplus:imp_1", { kind: "surplus" }), []],
    "a refund that nobody can tell": [
      openedBy(`refund_unclear:${ONE}`),
      [{ code: "refund_unclear", refundId: ONE, ...of }],
    ],
    "a refund of another amount": [
      openedBy(`refund_amount:${ONE}`),
      [{ code: "refund_amount_differs", refundId: ONE, ...of }],
    ],
    "a cause that names a refund further on": [
      openedBy(`cancelled_elsewhere:refund_unclear:${ONE}`),
      [{ code: "cancelled_elsewhere", ...of }],
    ],
  };
  for (const [what, [decision, alarms]] of Object.entries(ROWS)) {
    test(`alarmsOf() raises ${alarms.length} for ${what}`, () => {
      assert.deepEqual(alarmsOf(decision), alarms);
    });
  }
});
