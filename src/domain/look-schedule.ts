import { paymentDeadline } from "./deadline.ts";
import type { Order } from "./order.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** After registration: soon, because most buyers pay within minutes. */
const FIRST_LOOKS_MS = [10 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS];
/** Gateways take some seconds to show a payment that arrived at the last moment. */
export const FINAL_LOOK_AFTER_MS = 30 * SECOND_MS;
/** Cancellations and late deposits are looked for this long. */
const WATCHED_MS = 90 * DAY_MS;

/**
 * When to look at the gateway for this order again: 10 s, 60 s, 5 min and 30 min after registration, hourly to the
 * deadline, 30 s after the deadline, then daily for 90 days. A paid order is looked at daily.
 *
 * @returns milliseconds since the epoch, or undefined when the watch is over
 */
export function nextLookAt(order: Order, now: number): number | undefined {
  const isOpen = order.status === "pending" || order.status === "awaiting_deposit";
  const finalLook = paymentDeadline(order, order.account) + FINAL_LOOK_AFTER_MS;
  if (isOpen && finalLook > now) {
    const first = FIRST_LOOKS_MS.map((delay) => order.createdAt + delay).find((at) => at > now);
    return Math.min(first ?? now + HOUR_MS, finalLook);
  }
  const next = now + DAY_MS;
  return next <= order.createdAt + WATCHED_MS ? next : undefined;
}
