import type { Aggregate, Decision, NewTask } from "./decision.ts";
import type { Order, Preparation } from "./order.ts";

/**
 * Whether the gateway is told of each order's amount before its window opens. `required`: and the buyer's page waits until it has
 * said that it holds it.
 */
export type PreparePolicy = "required" | "best_effort" | "off";

/** Once an order, however often it is registered. */
export function prepareTask(orderId: string, dueAt: number): NewTask {
  return { kind: "prepare", key: `prepare:${orderId}`, repeat: "once", dueAt, orderId };
}

/** Whether there is still something to prepare: nobody opens a window for an order that is paid or closed. */
export function wantsPreparation({ status, preparation = "wanted" }: Order): boolean {
  const isOpen = status === "pending" || status === "awaiting_deposit";
  return isOpen && preparation === "wanted";
}

/** Whether the buyer's page must not offer a payment yet. Orders from before the policy are not withheld. */
export function isWithheld({ preparation }: Order, policy: PreparePolicy): boolean {
  return policy === "required" && preparation !== undefined && preparation !== "confirmed";
}

/** Records what the gateway said to the amount of an order that waits for it, once. For any other nothing is written. */
export function decidePreparation(
  { order }: Aggregate,
  preparation: Exclude<Preparation, "wanted">,
): Decision<{ readonly isRecorded: boolean }> {
  if (order?.preparation === undefined || !wantsPreparation(order)) return { outcome: { isRecorded: false } };
  return { outcome: { isRecorded: true }, order: { ...order, preparation } };
}
