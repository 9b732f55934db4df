import type { Aggregate, Decision, ResolveAction } from "./decision.ts";
import { failRefund, succeedRefund } from "./end-refund.ts";
import { refundTask } from "./new-refund.ts";
import { isOpenRefund, REFUND_ID, type Refund } from "./refund.ts";

type Rows = Pick<Decision<unknown>, "refunds" | "events" | "discrepancies" | "tasks">;

/** The refund of which a discrepancy says that nobody knows whether it was carried out; undefined for any other discrepancy. */
export function doubtedRefund({ discrepancy, refunds }: Aggregate): Refund | undefined {
  const cause = discrepancy?.cause ?? "";
  if (!/^refund_(?:unclear|overdue):/.test(cause)) return undefined;
  const id = REFUND_ID.exec(cause)?.[0];
  return refunds.find(({ refundId }) => refundId === id);
}

/**
 * What an operator's word makes of it: `accept`, it was carried out; `dismiss`, it was not, and may be asked for again. One that
 * has come to its end by itself keeps it.
 */
export function resolveDoubt(aggregate: Aggregate, refund: Refund, action: ResolveAction): Rows {
  if (!isOpenRefund(refund)) return {};
  const { orderId, paymentId } = refund;
  const payment = aggregate.payments.find((one) => one.paymentId === paymentId);
  const failure = { code: "not_found_at_gateway", message: "An operator found that it was not carried out" };
  const rows =
    action === "accept"
      ? succeedRefund(aggregate, refund)
      : failRefund(aggregate, { refund, payment, failure });
  return { ...rows, tasks: [refundTask({ orderId, paymentId }, aggregate.now)] };
}
