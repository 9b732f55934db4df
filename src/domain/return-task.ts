import type { Aggregate, NewDiscrepancy, NewTask } from "./decision.ts";
import type { Policy } from "./policy.ts";
import { RETURNABLE } from "./return-payment.ts";

/**
 * Where the policy is that money goes back, the task that does so later for a payment of which one of these discrepancies says that it
 * fits no order. One a payment for ever, so that a return that failed is not tried again by itself.
 */
export function returnTasks(
  { orderId, now }: Pick<Aggregate, "orderId" | "now">,
  { opened, policy }: { opened: readonly NewDiscrepancy[]; policy: Policy },
): readonly NewTask[] {
  const { returnAfterMs } = policy;
  const found = opened.find(({ kind }) => RETURNABLE.includes(kind));
  const paymentId = found?.paymentId;
  if (returnAfterMs === undefined || found === undefined || paymentId === undefined) return [];
  return [
    {
      kind: "return_money",
      key: `return_money:${paymentId}`,
      repeat: "once",
      dueAt: now + returnAfterMs,
      orderId,
      paymentId,
      payload: { cause: found.cause },
    },
  ];
}
