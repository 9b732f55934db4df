import { DELIVERY_PREFIX, deliveryKey } from "../rows/delivery-task.ts";
import { readIdCursor, writeIdCursor } from "../rows/id-cursor.ts";
import { firstIdAt } from "../rows/mint-id.ts";
import type { Delivery, DeliveryPage, DeliveryQuery } from "../store.ts";
import type { RowContext } from "./row-context.ts";
import type { Rows } from "./rows.ts";

/** Above every id: the characters of ids sort below it. */
const END = "~";
/** Nobody counts on: who is behind so many waits long enough. */
const AHEAD_MAX = 300;
/** How far a clock may be set back between two events of one order without a change of their order. */
const CLOCK_STEP_MS = 1000;

export interface DeliveryLister {
  read(eventId: string): (Delivery & { readonly ahead: number }) | undefined;
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
  const countAhead = db
    .prepare<[object], number>(
      `SELECT count(*) FROM (
         SELECT 1 FROM tasks JOIN events ON event_id = substr(key, ${DELIVERY_PREFIX.length + 1})
         WHERE kind = 'deliver' AND wake_at IS NOT NULL AND tasks.merchant_uid = @orderId AND key < @before
           AND (sequence, position) < (SELECT sequence, position FROM events WHERE event_id = @eventId)
         LIMIT ${AHEAD_MAX})`,
    )
    .pluck();
  const find = (eventId: string): Delivery | undefined => {
    const event = rows.events.read(eventId);
    const task = rows.tasks.readOne(deliveryKey(eventId));
    return event === undefined || task === undefined ? undefined : { event, task };
  };
  return {
    read(eventId) {
      const delivery = find(eventId);
      if (delivery === undefined) return undefined;
      const { orderId, at } = delivery.event;
      // Ids sort by time: what was written well after this event need not be looked at.
      const before = deliveryKey(firstIdAt("evt_", at + CLOCK_STEP_MS));
      return { ...delivery, ahead: countAhead.get({ orderId, eventId, before }) ?? 0 };
    },
    list({ state, orderId, cursor, limit }) {
      const before = cursor === undefined ? END : readIdCursor(cursor, "d1");
      const keys = selectKeys.all({
        before: deliveryKey(before),
        state: state ?? null,
        orderId: orderId ?? null,
        limit: limit + 1,
      });
      const page = keys.slice(0, limit).map((key) => find(key.slice(DELIVERY_PREFIX.length)));
      const deliveries = page.filter((delivery) => delivery !== undefined);
      const last = deliveries.at(-1)?.event.id;
      const hasMore = keys.length > limit && last !== undefined;
      return { deliveries, ...(hasMore ? { nextCursor: writeIdCursor(last, "d1") } : {}) };
    },
  };
}
