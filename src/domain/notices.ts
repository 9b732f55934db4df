import type { Aggregate, NewTask } from "./decision.ts";
import type { Order } from "./order.ts";
import type { Payment } from "./payment.ts";

/** What a buyer is texted about a virtual account. */
export type Notice = "account_issued" | "deposit_received" | "deposit_due_soon";

const DUE_SOON_MS = 24 * 60 * 60 * 1000;

interface About {
  readonly order: Order;
  readonly payment: Payment;
}

/** On issue: the account now, and a reminder 24 hours before its due date where that is still to come. */
export function issueNotices(aggregate: Aggregate, { order, payment }: About): readonly NewTask[] {
  if (order.customer?.tel === undefined) return [];
  const remindAt = (payment.account?.dueAt ?? order.payBy) - DUE_SOON_MS;
  const issued = noticeTask(aggregate, { payment, notice: "account_issued", dueAt: aggregate.now });
  if (remindAt <= aggregate.now) return [issued];
  return [issued, noticeTask(aggregate, { payment, notice: "deposit_due_soon", dueAt: remindAt })];
}

/** On the deposit that pays an order which waited for it. */
export function depositNotices(aggregate: Aggregate, { order, payment }: About): readonly NewTask[] {
  const isWanted =
    order.status === "awaiting_deposit" && payment.account !== undefined && order.customer?.tel !== undefined;
  return isWanted
    ? [noticeTask(aggregate, { payment, notice: "deposit_received", dueAt: aggregate.now })]
    : [];
}

function noticeTask(
  { orderId }: Aggregate,
  { payment, notice, dueAt }: { payment: Payment; notice: Notice; dueAt: number },
): NewTask {
  const { paymentId } = payment;
  // The first text of an account kept its key from the first release on: it must not go out twice after an upgrade.
  const key =
    notice === "account_issued" ? `sms:account_issued:${paymentId}` : `notice:${notice}:${paymentId}`;
  return { kind: "sms", key, repeat: "once", dueAt, orderId, paymentId, payload: { template: notice } };
}
