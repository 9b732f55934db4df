import type { EventType } from "./decision.ts";

/** The events that the shop is told of; the others are for the timeline only. */
export const SHOP_EVENTS: ReadonlySet<EventType> = new Set([
  "order.paid",
  "order.awaiting_deposit",
  "order.expired",
  "order.cancelled",
  "order.partially_refunded",
  "order.refunded",
  "payment.rejected",
  "discrepancy.opened",
  "discrepancy.resolved",
]);
