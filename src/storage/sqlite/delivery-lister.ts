import type { Delivery, DeliveryPage, DeliveryQuery } from "../store.ts";
import { readIdCursor, writeIdCursor } from "./id-cursor.ts";
import type { RowContext } from "./row-context.ts";
import type { Rows } from "./rows.ts";

const PREFIX = "deliver:";
/** Above every id: the characters of ids sort below it. */
const END = "~";

export const deliveryKey = (eventId: string) => PREFIX + eventId;

export interface DeliveryLister {
  read(eventId: string): (Delivery & { readonly isBehindAnother: boolean }) | undefined;
  list(query: DeliveryQuery): DeliveryPage;
}

/** A delivery is an event and the task that carries its id in its key: event ids sort by time, so keys do. */
export function createDeliveryLister({ db }: RowContext, rows: Rows): DeliveryLister {
  const selectKeys = db
    .prepare<[object], string>(
      `SELECT key FROM tasks WHERE kind = 'deliver' AND key < @before
         AND (@state IS NULL OR state = @state) AND (@orderId IS NULL OR merchant_uid = @orderId)
       ORDER BY key DESC LIMIT @limit`,
    )
    .pluck();
  const find = (eventId: string): Delivery | undefined => {
    const event = rows.events.read(eventId);
    const task = rows.tasks.readOne(deliveryKey(eventId));
    return event === undefined || task === undefined ? undefined : { event, task };
  };
  const isUnderWay = (eventId: string) => {
    const state = rows.tasks.readOne(deliveryKey(eventId))?.state;
    return state === "due" || state === "leased";
  };
  return {
    read(eventId) {
      const delivery = find(eventId);
      if (delivery === undefined) return undefined;
      return { ...delivery, isBehindAnother: rows.events.readEarlier(delivery.event).some(isUnderWay) };
    },
    list({ state, orderId, cursor, limit }) {
      const before = cursor === undefined ? END : readIdCursor(cursor, "d1");
      const keys = selectKeys.all({
        before: deliveryKey(before),
        state: state ?? null,
        orderId: orderId ?? null,
        limit: limit + 1,
      });
      const page = keys.slice(0, limit).map((key) => find(key.slice(PREFIX.length)));
      const deliveries = page.filter((delivery) => delivery !== undefined);
      const last = deliveries.at(-1)?.event.id;
      const hasMore = keys.length > limit && last !== undefined;
      return { deliveries, ...(hasMore ? { nextCursor: writeIdCursor(last, "d1") } : {}) };
    },
  };
}
