import type { Aggregate, Decision } from "./decision.ts";
import { openDiscrepancy } from "./discrepancies.ts";
import { failRefund } from "./end-refund.ts";
import type { Money } from "./money.ts";
import type { Payment, PaymentSnapshot } from "./payment.ts";
import { cancelsLater, type Refund } from "./refund.ts";
import { currentRefund, uncancelledMinor } from "./refund-rest.ts";
import { isOverdue, nextRefundLookAt, SEND_AGAIN_AFTER_MS, SENDS_MAX } from "./refund-schedule.ts";
import { unclearCause } from "./settle-refunds.ts";

export interface RefundStepInput {
  readonly aggregate: Aggregate;
  readonly paymentId: string;
  /** The look that was just made and decided; it was whole. */
  readonly look: { readonly startedAt: number; readonly seen: PaymentSnapshot };
}

/** What the next move of a payment's current refund is. */
export type RefundStep =
  /** No refund of this payment is open. */
  | { readonly kind: "none" }
  /** Marked as sent in this very transaction: send it now, once. */
  | { readonly kind: "send"; readonly refund: Refund; readonly checksum: Money; readonly before: Refund }
  | { readonly kind: "wait"; readonly until: number; readonly alarm?: RefundAlarm }
  /** It came to its end without being sent; there may be another. */
  | { readonly kind: "ended" };

export interface RefundAlarm {
  readonly code: "refund_unclear" | "refund_overdue" | "refund_in_doubt";
  readonly refundId: string;
}

const IN_DOUBT_MS = 60_000;
const HOUR_MS = 60 * IN_DOUBT_MS;

/**
 * Decides whether a refund is sent now, looked for, or given up. Nothing is ever sent that was not marked in the same transaction,
 * right after a look that shows the payment as it is stored.
 */
export function decideRefundStep(input: RefundStepInput): Decision<RefundStep> {
  const { aggregate, paymentId } = input;
  const payment = aggregate.payments.find((one) => one.paymentId === paymentId);
  const refund = currentRefund(paymentId, aggregate.refunds);
  if (refund === undefined) return { outcome: { kind: "none" } };
  if (payment === undefined) throw new Error("Invariant violated: a refund hangs on its payment");
  const { now } = aggregate;
  if (!showsTheSame(payment, input.look.seen)) {
    const isOld = now - refund.requestedAt >= HOUR_MS;
    return wait(
      now + IN_DOUBT_MS,
      isOld ? { code: "refund_in_doubt", refundId: refund.refundId } : undefined,
    );
  }
  if (refund.sentAt !== undefined && aggregate.causes.includes(unclearCause(refund)))
    return waitForOperator(refund, now);
  if (!maySend(input, { refund, payment })) return lookOn(input, { refund, payment });
  return send(aggregate, { refund, payment });
}

interface Open {
  readonly refund: Refund;
  readonly payment: Payment;
}

/** A payment in doubt, or one that moved between the look and this transaction, is looked at once more. */
function showsTheSame(payment: Payment, seen: PaymentSnapshot): boolean {
  return (
    payment.regressionSeenAt === undefined &&
    payment.status === seen.status &&
    payment.currency === seen.currency &&
    payment.amount.money?.amountMinor === seen.amount.money?.amountMinor &&
    payment.cancelled.money?.amountMinor === seen.cancelled.money?.amountMinor
  );
}

/** Whether nothing of it can be under way, or so long ago that only `checksum` still speaks of it. */
function maySend({ look }: RefundStepInput, { refund, payment }: Open): boolean {
  const { acceptedAt, sentAt, sends } = refund;
  if (acceptedAt !== undefined) return false;
  if (sentAt === undefined) return true;
  if (cancelsLater(payment.pgProvider) || sends >= SENDS_MAX) return false;
  return look.startedAt >= sentAt + SEND_AGAIN_AFTER_MS;
}

function lookOn({ aggregate }: RefundStepInput, { refund, payment }: Open): Decision<RefundStep> {
  const { now } = aggregate;
  const until = nextRefundLookAt(refund, now);
  if (!isOverdue(refund, { now, pgProvider: payment.pgProvider })) return wait(until);
  const { refundId } = refund;
  const why = `refund ${refundId} was sent and the gateway does not show it`;
  const opened = openDiscrepancy(aggregate, {
    kind: "missing_at_gateway",
    payment,
    why,
    cause: overdueCause(refund),
  });
  return { ...wait(until, { code: "refund_overdue", refundId }), ...opened };
}

/** It alarmed when it became unclear, and does so again day by day. */
function waitForOperator(refund: Refund, now: number): Decision<RefundStep> {
  const until = nextRefundLookAt(refund, now);
  return wait(
    until,
    until - now >= HOUR_MS ? { code: "refund_unclear", refundId: refund.refundId } : undefined,
  );
}

/** Names a refund that the gateway has not shown for too long: an operator says whether it was carried out. */
export function overdueCause({ refundId }: Refund): string {
  return `refund_overdue:${refundId}`;
}

function send(aggregate: Aggregate, { refund, payment }: Open): Decision<RefundStep> {
  const { currency } = refund.amount;
  const balance = uncancelledMinor(payment, aggregate.refunds);
  const cancelledMinor = payment.cancelled.money?.amountMinor;
  const isPaid =
    payment.paidAt !== undefined && (payment.status === "paid" || payment.status === "cancelled");
  if (!isPaid || cancelledMinor === undefined || balance === undefined || payment.currency !== currency)
    return fail(aggregate, { refund, payment }, "payment_not_paid");
  if (refund.amount.amountMinor > balance) return fail(aggregate, { refund, payment }, "refund_exceeds_rest");
  if (refund.sends >= SENDS_MAX) return fail(aggregate, { refund, payment }, "refused_too_often");
  const marked: Refund = {
    ...refund,
    state: "unknown",
    sends: refund.sends + 1,
    sentAt: aggregate.now,
    cancelledBeforeMinor: cancelledMinor,
  };
  // What the gateway shows, not what we reckon: it compares with its own balance.
  const checksum = { amountMinor: (payment.amount.money?.amountMinor ?? 0) - cancelledMinor, currency };
  return { outcome: { kind: "send", refund: marked, checksum, before: refund }, refunds: [marked] };
}

const FAILURES = {
  payment_not_paid: "The gateway does not show the payment as paid",
  refund_exceeds_rest: "Less is left of the payment than was asked for",
  refused_too_often: "The gateway refused it each time that it was sent",
} as const;

function fail(
  aggregate: Aggregate,
  { refund, payment }: Open,
  code: keyof typeof FAILURES,
): Decision<RefundStep> {
  const failure = { code, message: FAILURES[code] };
  return { outcome: { kind: "ended" }, ...failRefund(aggregate, { refund, payment, failure }) };
}

function wait(until: number, alarm?: RefundAlarm): Decision<RefundStep> {
  return { outcome: { kind: "wait", until, ...(alarm === undefined ? {} : { alarm }) } };
}
