import type { NewEvent } from "../../domain/decision.ts";
import { type EventRow, fromEventRow } from "../rows/event-row.ts";
import { mintId } from "../rows/mint-id.ts";
import type { StoredEvent } from "../store.ts";
import type { RowContext } from "./row-context.ts";

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
      return row === undefined ? undefined : fromEventRow(row);
    },
    readAll: (orderId) => select.all(orderId).map(fromEventRow),
  };
}
