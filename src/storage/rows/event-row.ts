import type { StoredEvent } from "../store.ts";
import type { Draft } from "./seal-context.ts";

export interface EventRow {
  readonly merchant_uid: string;
  readonly sequence: number;
  readonly event_id: string;
  readonly type: StoredEvent["type"];
  readonly imp_uid: string | null;
  readonly at: number;
  readonly data: string;
}

export function fromEventRow(row: EventRow): StoredEvent {
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
