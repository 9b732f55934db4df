import type { Decision } from "./decision.ts";

/** Something in a decision that a person must look at. */
export interface Alarm {
  readonly code:
    | "cancelled_elsewhere"
    | "refund_unclear"
    | "refund_amount_differs"
    | "refund_failed"
    | "refund_late";
  readonly paymentId?: string;
  readonly refundId?: string;
  /** Fixed words. */
  readonly reason?: string;
}

/** What a decision about refunds and cancellations raises, once: what is known already is in no decision. */
export function alarmsOf({
  refunds = [],
  discrepancies = [],
  events = [],
}: Decision<unknown>): readonly Alarm[] {
  const late = events
    .filter(({ type, data }) => type === "refund.succeeded" && data["is_late"] === true)
    .map(({ paymentId, data }): Alarm => {
      const of = paymentId === undefined ? {} : { paymentId };
      return { code: "refund_late", refundId: String(data["refund_id"]), ...of };
    });
  const failed = refunds
    .filter(({ state }) => state === "failed")
    .map(({ paymentId, refundId, failure }): Alarm => {
      const reason = failure === undefined ? {} : { reason: failure.code };
      return { code: "refund_failed", paymentId, refundId, ...reason };
    });
  const opened = discrepancies
    .filter(({ kind }) => kind === "cancelled_elsewhere")
    .map(({ cause, paymentId }): Alarm => {
      const of = paymentId === undefined ? {} : { paymentId };
      const refundId = /^refund_(?:unclear|amount):(\w+)/.exec(cause)?.[1];
      if (refundId === undefined) return { code: "cancelled_elsewhere", ...of };
      const code = cause.startsWith("refund_unclear:") ? "refund_unclear" : "refund_amount_differs";
      return { code, refundId, ...of };
    });
  return [...failed, ...late, ...opened];
}
