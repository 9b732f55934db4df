import type { Aggregate, Decision, DiscrepancyKind, NewEvent } from "./decision.ts";
import { openDiscrepancy } from "./discrepancies.ts";
import { amountText } from "./money.ts";
import type { Payment } from "./payment.ts";
import type { Refund, RefundFailure } from "./refund.ts";

export type RefundRows = Required<Pick<Decision<unknown>, "refunds" | "events" | "discrepancies">>;

export const NO_ROWS: RefundRows = { refunds: [], events: [], discrepancies: [] };

/** The money went back. The account that it went to is erased: nobody needs it any more. */
export function succeedRefund({ now }: Pick<Aggregate, "now">, refund: Refund): RefundRows {
  const { account: _, failure: __, ...rest } = refund;
  return {
    refunds: [{ ...rest, state: "succeeded", finishedAt: now }],
    // It was called failed, and may have been asked for again since.
    events: [ended("refund.succeeded", refund, refund.state === "failed" ? { is_late: true } : {})],
    discrepancies: [],
  };
}

/**
 * Nothing went back. Money that was to be returned because it fits no order is not forgotten: a discrepancy of the same kind
 * opens again.
 */
export function failRefund(
  aggregate: Aggregate,
  { refund, payment, failure }: { refund: Refund; payment: Payment | undefined; failure: RefundFailure },
): RefundRows {
  const { account: _, ...rest } = refund;
  const opened = payment === undefined ? undefined : reopened(aggregate, { refund, payment, failure });
  return {
    refunds: [{ ...rest, state: "failed", finishedAt: aggregate.now, failure }],
    events: [ended("refund.failed", refund, { code: failure.code }), ...(opened?.events ?? [])],
    discrepancies: opened?.discrepancies ?? [],
  };
}

function reopened(
  aggregate: Aggregate,
  { refund, payment, failure }: { refund: Refund; payment: Payment; failure: RefundFailure },
) {
  const { refundId, discrepancyId } = refund;
  if (discrepancyId === undefined) return undefined;
  return openDiscrepancy(aggregate, {
    kind: kindOf(payment),
    payment,
    why: `its refund ${refundId} failed: ${failure.code}`,
    cause: `refund_failed:${refundId}`,
  });
}

const KINDS: Readonly<Record<string, DiscrepancyKind>> = {
  sandbox: "test_payment",
  currency: "currency_mismatch",
  amount: "amount_mismatch",
  pay_method: "channel_mismatch",
  channel: "channel_mismatch",
  promotion: "channel_mismatch",
  customer_uid: "channel_mismatch",
  one_payment: "surplus",
};

/** What the first clause that keeps it from paying the order says; that it is partly cancelled says nothing of that. */
function kindOf({ clauses }: Payment): DiscrepancyKind {
  const broken = clauses.find(({ name, holds }) => !holds && Object.hasOwn(KINDS, name));
  return KINDS[broken?.name ?? ""] ?? "paid_after_closing";
}

function ended(
  type: "refund.succeeded" | "refund.failed",
  { paymentId, refundId, amount }: Refund,
  more: NewEvent["data"],
): NewEvent {
  const data = { refund_id: refundId, amount: amountText(amount), currency: amount.currency };
  return { type, paymentId, data: { ...data, ...more } };
}
