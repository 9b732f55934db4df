import { DELIVERY_PREFIX, deliveryKey } from "../rows/delivery-task.ts";
import { type EventRow, fromEventRow } from "../rows/event-row.ts";
import { readIdCursor, writeIdCursor } from "../rows/id-cursor.ts";
import { firstIdAt } from "../rows/mint-id.ts";
import { END } from "../rows/pages.ts";
import { type TaskRow, toTaskRecord } from "../rows/task-row.ts";
import type { Delivery, DeliveryPage, DeliveryQuery } from "../store.ts";
import type { Session, Statement } from "./session.ts";
import { TASK_COLUMNS } from "./task-statements.ts";

/** Nobody counts on: who is behind so many waits long enough. */
const AHEAD_MAX = 300;
/** How far a clock may be set back between two events of one order without a change of their order. */
const CLOCK_STEP_MS = 1000;
const EVENT_ID = `substr(key, ${DELIVERY_PREFIX.length + 1})`;

const selectDeliveries = (name: string, where: string, values: readonly unknown[]): Statement => ({
  name,
  text: `SELECT ${TASK_COLUMNS}, events.event_id, events.merchant_uid AS event_order, events.sequence, events.type,
      events.imp_uid AS event_payment, events.at, events.data
    FROM tasks JOIN events ON event_id = ${EVENT_ID}
    WHERE kind = 'deliver' AND ${where}`,
  values,
});

type DeliveryRow = TaskRow &
  Omit<EventRow, "merchant_uid" | "imp_uid"> & {
    readonly event_order: string;
    readonly event_payment: string | null;
  };

function fromDeliveryRow(row: DeliveryRow): Delivery {
  const { event_order: merchant_uid, event_payment: imp_uid } = row;
  return { event: fromEventRow({ ...row, merchant_uid, imp_uid }), task: toTaskRecord(row) };
}

/** A delivery is an event and the task that carries its id in its key. */
export async function readDelivery(
  session: Session,
  eventId: string,
): Promise<(Delivery & { readonly ahead: number }) | undefined> {
  const [found] = await session.run([selectDeliveries("delivery", "key = $1", [deliveryKey(eventId)])]);
  const row = found?.rows[0] as unknown as (DeliveryRow & { sequence: number }) | undefined;
  if (row === undefined) return undefined;
  const delivery = fromDeliveryRow(row);
  const { orderId, at } = delivery.event;
  // Ids sort by time: what was written well after this event need not be looked at.
  const before = deliveryKey(firstIdAt("evt_", at + CLOCK_STEP_MS));
  const [counted] = await session.run([
    {
      name: "deliveries_ahead",
      text: `SELECT count(*) AS ahead FROM (
          SELECT 1 FROM tasks JOIN events ON event_id = ${EVENT_ID}
          WHERE kind = 'deliver' AND wake_at IS NOT NULL AND tasks.merchant_uid = $1 AND key < $2
            AND (sequence, position) < (SELECT sequence, position FROM events WHERE event_id = $3)
          LIMIT ${AHEAD_MAX}) AS earlier`,
      values: [orderId, before, eventId],
    },
  ]);
  return { ...delivery, ahead: Number(counted?.rows[0]?.["ahead"] ?? 0) };
}

/** Newest first: event ids sort by time, so keys do. @throws {DojangError} `invalid_cursor` */
export async function listDeliveries(session: Session, query: DeliveryQuery): Promise<DeliveryPage> {
  const { state, orderId, cursor, limit } = query;
  const before = deliveryKey(cursor === undefined ? END : readIdCursor(cursor, "d1"));
  const values: unknown[] = [before, limit + 1];
  const ofState = state === undefined ? "" : `AND state = $${values.push(state)}`;
  const ofOrder = orderId === undefined ? "" : `AND tasks.merchant_uid = $${values.push(orderId)}`;
  const name = `deliveries${ofState === "" ? "" : "_state"}${ofOrder === "" ? "" : "_order"}`;
  const where = `key < $1 ${ofState} ${ofOrder} ORDER BY key DESC LIMIT $2`;
  const [found] = await session.run([selectDeliveries(name, where, values)]);
  const rows = (found?.rows ?? []) as unknown as readonly DeliveryRow[];
  const deliveries = rows.slice(0, limit).map(fromDeliveryRow);
  const last = deliveries.at(-1)?.event.id;
  const hasMore = rows.length > limit && last !== undefined;
  return { deliveries, ...(hasMore ? { nextCursor: writeIdCursor(last, "d1") } : {}) };
}
