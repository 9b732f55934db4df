import type { NewTask } from "./decision.ts";
import type { FoundBy } from "./found-by.ts";

/** Fetches one payment and decides it. One task a payment, however many ask for it: asking again makes it due again. */
export function verifyTask(
  paymentId: string,
  { dueAt, orderId, foundBy }: { dueAt: number; orderId?: string; foundBy: FoundBy },
): NewTask {
  const payload = { found_by: foundBy };
  const key = `verify:${paymentId}`;
  const task = { kind: "verify", key, repeat: "again", dueAt, paymentId, payload } as const;
  return orderId === undefined ? task : { ...task, orderId };
}

/** Looks at every attempt of one order. One task an order; asking again moves it forward. */
export function lookTask(orderId: string, dueAt: number): NewTask {
  return { kind: "look", key: `look:${orderId}`, repeat: "again", dueAt, orderId };
}
