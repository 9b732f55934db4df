import type { NewEvent } from "../../domain/decision.ts";
import type { StoredEvent } from "../store.ts";
import { mintId } from "./mint-id.ts";
import type { Draft, RowContext } from "./row-context.ts";

interface EventRow {
  readonly merchant_uid: string;
  readonly sequence: number;
  readonly event_id: string;
  readonly type: StoredEvent["type"];
  readonly imp_uid: string | null;
  readonly at: number;
  readonly data: string;
}

export interface EventRows {
  /** @returns the ids, in the order given */
  add(
    events: readonly NewEvent[],
    cause: { readonly orderId: string; readonly sequence: number; readonly at: number },
  ): string[];
  read(eventId: string): StoredEvent | undefined;
  /** Oldest first. */
  readAll(orderId: string): StoredEvent[];
}

export function createEventRows({ db, random }: RowContext): EventRows {
  const insert = db.prepare(
    `INSERT INTO events (merchant_uid, sequence, position, event_id, type, imp_uid, at, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = db.prepare<[string], EventRow>(
    `SELECT merchant_uid, sequence, event_id, type, imp_uid, at, data FROM events
     WHERE merchant_uid = ? ORDER BY sequence, position`,
  );
  const selectOne = db.prepare<[string], EventRow>(
    "SELECT merchant_uid, sequence, event_id, type, imp_uid, at, data FROM events WHERE event_id = ?",
  );
  return {
    add(events, { orderId, sequence, at }) {
      return events.map((event, position) => {
        const id = mintId("evt_", { at, random });
        const data = JSON.stringify(event.data);
        insert.run(orderId, sequence, position, id, event.type, event.paymentId ?? null, at, data);
        return id;
      });
    },
    read(eventId) {
      const row = selectOne.get(eventId);
      return row === undefined ? undefined : fromRow(row);
    },
    readAll: (orderId) => select.all(orderId).map(fromRow),
  };
}

function fromRow(row: EventRow): StoredEvent {
  const event: Draft<StoredEvent> = {
    id: row.event_id,
    orderId: row.merchant_uid,
    sequence: row.sequence,
    type: row.type,
    at: row.at,
    data: JSON.parse(row.data),
  };
  if (row.imp_uid !== null) event.paymentId = row.imp_uid;
  return event;
}
