import type { NewEvent, NewTask } from "../../domain/decision.ts";
import { SHOP_EVENTS } from "../../domain/shop-events.ts";

export const DELIVERY_PREFIX = "deliver:";

export const deliveryKey = (eventId: string) => DELIVERY_PREFIX + eventId;

/** The task that tells the shop, for an event that is for the shop. */
export function deliveryOf(
  { type }: NewEvent,
  eventId: string,
  { orderId, now }: { readonly orderId: string; readonly now: number },
): NewTask[] {
  if (!SHOP_EVENTS.has(type)) return [];
  const payload = { event_id: eventId };
  return [{ kind: "deliver", key: deliveryKey(eventId), repeat: "once", dueAt: now, orderId, payload }];
}
