import { DELIVERY_PREFIX, deliveryKey } from "../rows/delivery-task.ts";
import { type EventRow, fromEventRow } from "../rows/event-row.ts";
import { readIdCursor, writeIdCursor } from "../rows/id-cursor.ts";
import { firstIdAt, timeOfId } from "../rows/mint-id.ts";
import { END } from "../rows/pages.ts";
import { type TaskRow, toTaskRecord } from "../rows/task-row.ts";
import type { Delivery, DeliveryPage, DeliveryQuery } from "../store.ts";
import { STATE_CONDITIONS } from "./read-statements.ts";
import { BEGIN_READ, COMMIT, type Session, type Statement } from "./session.ts";
import { TASK_COLUMNS } from "./task-statements.ts";

/** Nobody counts on: who is behind so many waits long enough. */
const AHEAD_MAX = 300;
/** How far a clock may be set back between two events of one order without a change of their order. */
const CLOCK_STEP_MS = 1000;
const EVENT_PREFIX = "evt_";
const EVENT_ID = `substr(tasks.key, ${DELIVERY_PREFIX.length + 1})`;

/** `tasks`: which ones, as a FROM item of that name. A page is cut before its events are looked up, one by one. */
const selectDeliveries = (tasks: string) => `
  SELECT ${TASK_COLUMNS}, events.event_id, events.merchant_uid AS event_order, events.sequence, events.type,
    events.imp_uid AS event_payment, events.at, events.data
  FROM ${tasks} LEFT JOIN events ON events.event_id = ${EVENT_ID}`;

type DeliveryRow = TaskRow &
  Omit<EventRow, "merchant_uid" | "imp_uid" | "event_id"> & {
    /** Null where the event of the task is not there. */
    readonly event_id: string | null;
    readonly event_order: string;
    readonly event_payment: string | null;
  };

function fromDeliveryRow(row: DeliveryRow): Delivery[] {
  const { event_id, event_order: merchant_uid, event_payment: imp_uid } = row;
  if (event_id === null) return [];
  return [{ event: fromEventRow({ ...row, event_id, merchant_uid, imp_uid }), task: toTaskRecord(row) }];
}

/** From the waiting deliveries of the order to their events: few, however long the order's history is. */
const COUNT_AHEAD = `SELECT count(*) AS ahead FROM (
    SELECT 1 FROM events AS this
      JOIN tasks ON tasks.merchant_uid = this.merchant_uid
      JOIN events AS earlier ON earlier.event_id = ${EVENT_ID}
    WHERE this.event_id = $1 AND tasks.kind = 'deliver' AND tasks.wake_at IS NOT NULL AND tasks.key < $2
      AND (earlier.sequence, earlier.position) < (this.sequence, this.position)
    LIMIT ${AHEAD_MAX}) AS waiting`;

export function deliveryStatements(eventId: string): Statement[] {
  const key = deliveryKey(eventId);
  // Ids sort by time: what was written well after this event need not be looked at.
  const before = deliveryKey(firstIdAt(EVENT_PREFIX, timeOfId(EVENT_PREFIX, eventId) + CLOCK_STEP_MS));
  return [
    { name: "delivery", text: `${selectDeliveries("tasks")} WHERE tasks.key = $1`, values: [key] },
    { name: "deliveries_ahead", text: COUNT_AHEAD, values: [eventId, before] },
  ];
}

/** A delivery is an event and the task that carries its id in its key. With what is ahead of it: one moment, one round trip. */
export async function readDelivery(
  session: Session,
  eventId: string,
): Promise<(Delivery & { readonly ahead: number }) | undefined> {
  const [, found, counted] = await session.run([BEGIN_READ, ...deliveryStatements(eventId), COMMIT]);
  const rows = (found?.rows ?? []) as unknown as readonly DeliveryRow[];
  const [delivery] = rows.flatMap(fromDeliveryRow);
  return delivery === undefined
    ? undefined
    : { ...delivery, ahead: Number(counted?.rows[0]?.["ahead"] ?? 0) };
}

/** Newest first: event ids sort by time, so keys do. @throws {DojangError} `invalid_cursor` */
export async function listDeliveries(session: Session, query: DeliveryQuery): Promise<DeliveryPage> {
  const { cursor, limit } = query;
  const before = cursor === undefined ? END : readIdCursor(cursor, "d1");
  const [found] = await session.run([deliveryPage(query, before)]);
  const rows = (found?.rows ?? []) as unknown as readonly DeliveryRow[];
  const page = rows.slice(0, limit);
  const deliveries = page.flatMap(fromDeliveryRow);
  const last = page.at(-1)?.key.slice(DELIVERY_PREFIX.length);
  const hasMore = rows.length > limit && last !== undefined;
  return { deliveries, ...(hasMore ? { nextCursor: writeIdCursor(last, "d1") } : {}) };
}

/** One more than the limit where there are more. */
export function deliveryPage({ state, orderId, limit }: DeliveryQuery, before: string): Statement {
  const values: unknown[] = [deliveryKey(before), limit + 1];
  const ofOrder = orderId === undefined ? "" : `AND merchant_uid = $${values.push(orderId)}`;
  const page = `(
    SELECT * FROM tasks WHERE kind = 'deliver' AND key < $1 AND ${STATE_CONDITIONS[state ?? "any"]} ${ofOrder}
    ORDER BY key DESC LIMIT $2) AS tasks`;
  return {
    name: `deliveries_${state ?? "any"}${orderId === undefined ? "" : "_order"}`,
    text: `${selectDeliveries(page)} ORDER BY tasks.key DESC`,
    values,
  };
}
