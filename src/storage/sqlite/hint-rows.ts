import type { Hint, StoredHint } from "../store.ts";
import type { Draft, RowContext } from "./row-context.ts";

interface HintRow {
  readonly hint_id: number;
  readonly imp_uid: string;
  readonly merchant_uid: string | null;
  readonly content_type: string;
  readonly source_address: string;
  readonly received_at: number;
  readonly body_private: Buffer;
}

export interface HintRows {
  add(hint: Hint, receivedAt: number): void;
  /** Newest first. */
  read(limit: number): StoredHint[];
}

export function createHintRows(context: RowContext): HintRows {
  const { db, sealer } = context;
  const insert = db.prepare(
    `INSERT INTO hints (hint_id, imp_uid, merchant_uid, content_type, source_address, received_at, body_private)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = db.prepare<[number], HintRow>("SELECT * FROM hints ORDER BY hint_id DESC LIMIT ?");
  // Numbered here, not by the database: the number is bound into the sealed body. One process owns the file.
  let lastId = db.prepare<[], number | null>("SELECT max(hint_id) FROM hints").pluck().get() ?? 0;
  return {
    add(hint, receivedAt) {
      lastId += 1;
      const body = sealer.seal(hint.body, bodyPlace(lastId));
      const { paymentId, orderId = null, contentType, sourceAddress } = hint;
      insert.run(lastId, paymentId, orderId, contentType, sourceAddress, receivedAt, body);
    },
    read: (limit) => select.all(limit).map((row) => fromRow(row, context)),
  };
}

function fromRow(row: HintRow, { sealer }: RowContext): StoredHint {
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

function bodyPlace(id: number) {
  return { table: "hints", column: "body_private", row: String(id) };
}
