import type { StoredHint } from "../store.ts";
import type { Draft, SealContext } from "./seal-context.ts";

export interface HintRow {
  readonly hint_id: number;
  readonly imp_uid: string;
  readonly merchant_uid: string | null;
  readonly content_type: string;
  readonly source_address: string;
  readonly received_at: number;
  readonly body_private: Buffer;
}

export function fromHintRow(row: HintRow, { sealer }: SealContext): StoredHint {
  const hint: Draft<StoredHint> = {
    id: row.hint_id,
    paymentId: row.imp_uid,
    contentType: row.content_type,
    body: new Uint8Array(sealer.open(row.body_private, bodyPlace(row.hint_id))),
    sourceAddress: row.source_address,
    receivedAt: row.received_at,
  };
  if (row.merchant_uid !== null) hint.orderId = row.merchant_uid;
  return hint;
}

export function bodyPlace(id: number) {
  return { table: "hints", column: "body_private", row: String(id) };
}
