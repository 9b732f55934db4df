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
  add(
    events: readonly NewEvent[],
    cause: { readonly orderId: string; readonly sequence: number; readonly at: number },
  ): void;
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
  return {
    add(events, { orderId, sequence, at }) {
      for (const [position, event] of events.entries()) {
        const id = mintId("evt_", { at, random });
        const data = JSON.stringify(event.data);
        insert.run(orderId, sequence, position, id, event.type, event.paymentId ?? null, at, data);
      }
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
