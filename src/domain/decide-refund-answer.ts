import type { Aggregate, Decision } from "./decision.ts";
import { failRefund } from "./end-refund.ts";
import type { Refund } from "./refund.ts";

/**
 * What came of one sending, where anything is known of it. `not_sent`: it surely did not take effect, because it never left or
 * was turned away unread. `refused`: the gateway said no.
 */
export type RefundAnswer = "accepted" | "not_sent" | "refused";

/** One sending: the refund as it was marked for it, and as it was right before. */
export interface Sending {
  readonly marked: Refund;
  readonly before: Refund;
}

/** Writes down what the gateway answered, unless the refund has moved on meanwhile. */
export function decideRefundAnswer(
  aggregate: Aggregate,
  { sending, answer }: { readonly sending: Sending; readonly answer: RefundAnswer },
): Decision<"noted" | "moved_on"> {
  const { marked, before } = sending;
  const refund = find(aggregate, marked);
  if (refund === undefined || refund.sentAt !== marked.sentAt) return { outcome: "moved_on" };
  if (answer === "accepted") return { outcome: "noted", refunds: [{ ...refund, acceptedAt: aggregate.now }] };
  const { sentAt: _, ...rest } = refund;
  return {
    outcome: "noted",
    refunds: [
      {
        ...rest,
        sends: answer === "refused" ? refund.sends : before.sends,
        // Nothing of this sending is under way; an earlier one that was never answered may still be.
        ...(before.sentAt === undefined ? {} : { sentAt: before.sentAt }),
      },
    ],
  };
}

/**
 * Ends a refund that was refused, once a look since shows that nothing was cancelled. With more cancelled than before, the
 * checksum was behind: it stays open, and the next run reckons anew.
 *
 * `message` is the PG's.
 */
export function decideRefusal(
  aggregate: Aggregate,
  { sending, message }: { readonly sending: Sending; readonly message: string },
): Decision<"failed" | "open"> {
  const { marked, before } = sending;
  const refund = find(aggregate, marked);
  const payment = aggregate.payments.find(({ paymentId }) => paymentId === marked.paymentId);
  const isOpen = refund !== undefined && refund.sentAt === before.sentAt;
  const isUnmoved =
    payment?.regressionSeenAt === undefined &&
    payment?.cancelled.money?.amountMinor === marked.cancelledBeforeMinor;
  if (!isOpen || !isUnmoved) return { outcome: "open" };
  const failure = { code: "gateway_refused", message };
  return { outcome: "failed", ...failRefund(aggregate, { refund, payment, failure }) };
}

function find({ refunds }: Aggregate, marked: Refund): Refund | undefined {
  return refunds.find(
    ({ refundId, state, sends, acceptedAt }) =>
      refundId === marked.refundId &&
      state === "unknown" &&
      sends === marked.sends &&
      acceptedAt === undefined,
  );
}
