import type { EventType, NewEvent } from "./decision.ts";

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

type EventData = NewEvent["data"];

/** Facts of events that are amounts (texts in major units) or times (milliseconds since the epoch), by name. */
const AMOUNTS: readonly string[] = ["amount", "refunded_amount"];
const TIMES: readonly string[] = ["due_at", "pay_by"];

/** The facts of an event as the wire has them: amounts as numbers, times in RFC 3339. */
export function wireEventData(data: EventData): EventData {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      if (AMOUNTS.includes(name) && typeof value === "string") return [name, Number(value)];
      if (TIMES.includes(name) && typeof value === "number") return [name, new Date(value).toISOString()];
      return [name, value];
    }),
  );
}

/** The facts that may leave for the shop's endpoint. Nothing personal, and no text that a gateway or a buyer wrote. */
const SHOP_FACTS: readonly string[] = [
  ...AMOUNTS,
  ...TIMES,
  "currency",
  "pay_method",
  "kind",
  "action",
  "finding",
  "clause",
  "discrepancy_id",
];

/** As `wireEventData`, for events that are sent out: without the facts that stay here. */
export function shopEventData(data: EventData): EventData {
  return wireEventData(
    Object.fromEntries(Object.entries(data).filter(([name]) => SHOP_FACTS.includes(name))),
  );
}
