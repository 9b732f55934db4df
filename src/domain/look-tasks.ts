import type { NewTask } from "./decision.ts";

/** Fetches one payment and decides it. One task a payment, however many ask for it: asking again makes it due again. */
export function verifyTask(
  paymentId: string,
  { dueAt, orderId }: { dueAt: number; orderId?: string },
): NewTask {
  const task = { kind: "verify", key: `verify:${paymentId}`, repeat: "again", dueAt, paymentId } as const;
  return orderId === undefined ? task : { ...task, orderId };
}

/** Looks at every attempt of one order. One task an order; asking again moves it forward. */
export function lookTask(orderId: string, dueAt: number): NewTask {
  return { kind: "look", key: `look:${orderId}`, repeat: "again", dueAt, orderId };
}
