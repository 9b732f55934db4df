import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  accountOf,
  aggregateOf,
  HOUR_MS,
  orderOf,
  PAY_BY,
  paymentOf,
  policyOf,
  refundId,
  refundOf,
  type With,
} from "../../test/support/domain.ts";
import { decideResolution } from "./decide-resolution.ts";
import type { Aggregate, ResolveAction } from "./decision.ts";
import type { Payment } from "./payment.ts";

const LATE = PAY_BY + HOUR_MS;
const IDS = { refundId: refundId(7), fingerprint: "f" };
const OPEN = {
  id: "dsc_1",
  kind: "paid_after_closing",
  cause: "c",
  paymentId: "imp_1",
  isResolved: false,
} as const;

interface Given {
  readonly payment?: With<Payment>;
  readonly aggregate?: With<Aggregate>;
}

function reasonOf(action: ResolveAction, { payment = {}, aggregate = {} }: Given): unknown {
  const { outcome } = decideResolution({
    aggregate: aggregateOf({
      order: orderOf({ status: "expired" }),
      payments: [paymentOf({ verdict: "rejected", paidAt: LATE, ...payment })],
      discrepancy: OPEN,
      ...aggregate,
    }),
    resolution: { discrepancyId: "dsc_1", action, reason: "r", actor: "a" },
    policy: policyOf(),
    refund: IDS,
  });
  return "reason" in outcome ? outcome.reason : outcome.kind;
}

const surplus = { ...OPEN, kind: "surplus" } as const;
const failed = refundOf({ state: "failed" });
const overdue = { ...OPEN, kind: "missing_at_gateway", cause: `refund_overdue:${failed.refundId}` } as const;

describe("decideResolution() says what keeps money from being accepted", () => {
  const WHY: readonly (readonly [reason: string, Given])[] = [
    ["resolved", {}],
    ["a discrepancy of kind surplus cannot be accepted", { aggregate: { discrepancy: surplus } }],
    ["the order is paid", { aggregate: { order: orderOf({ status: "paid", paidBy: "imp_2" }) } }],
    ["its money is going back", { aggregate: { refunds: [refundOf()] } }],
    ["the gateway says less than it once did", { payment: { regressionSeenAt: LATE } }],
    ["promotion: more than time is wrong", { payment: { promotionId: "p" } }],
    ["the payment is not paid", { payment: { status: "pending", account: accountOf() } }],
    ["the payment is not paid", { payment: { paidAt: undefined } }],
    ["resolved", { payment: { account: accountOf({ dueAt: LATE + 24 * HOUR_MS }) } }],
    [
      "the refund has failed: the gateway's history alone says otherwise",
      { aggregate: { refunds: [failed], discrepancy: overdue } },
    ],
  ];
  for (const [nth, [reason, given]] of WHY.entries()) {
    test(`decideResolution() answers "${reason}" to an acceptance (${nth})`, () => {
      assert.equal(reasonOf("accept", given), reason);
    });
  }
});

describe("decideResolution() says what keeps money from going back", () => {
  const { paymentId: _, ...unnamed } = OPEN;
  const many = Array.from({ length: 100 }, (_each, nth) =>
    refundOf({ refundId: refundId(nth), state: "failed" }),
  );
  const WHY: readonly (readonly [reason: string, Given])[] = [
    ["resolved", {}],
    ["resolved", { aggregate: { refunds: many.slice(1) } }],
    ["an order has 100 refunds at most", { aggregate: { refunds: many } }],
    ["it names no payment", { aggregate: { discrepancy: unnamed } }],
    [
      "a discrepancy of kind orphan cannot be refunded",
      { aggregate: { discrepancy: { ...OPEN, kind: "orphan" } } },
    ],
    ["no payment of this order is named", { aggregate: { order: undefined } }],
    ["no payment of this order is named", { aggregate: { payments: [] } }],
    ["the payment paid the order: refund the order", { aggregate: { order: orderOf({ paidBy: "imp_1" }) } }],
    ["no money was taken", { payment: { paidAt: undefined } }],
    ["no money was taken", { payment: { amount: { text: "1e3" } } }],
    ["nothing is left of the payment", { payment: { status: "cancelled" } }],
    ["account_required", { payment: { payMethod: "vbank" } }],
  ];
  for (const [nth, [reason, given]] of WHY.entries()) {
    test(`decideResolution() answers "${reason}" to a refund (${nth})`, () => {
      assert.equal(reasonOf("refund", given), reason);
    });
  }

  test("decideResolution() throws where nobody has named the refund", () => {
    const aggregate = aggregateOf({ discrepancy: OPEN, payments: [paymentOf()] });
    const resolution = { discrepancyId: "dsc_1", action: "refund", reason: "r", actor: "a" } as const;
    assert.throws(
      () => decideResolution({ aggregate, resolution, policy: policyOf() }),
      /a refund is named before it is decided/,
    );
  });
});
