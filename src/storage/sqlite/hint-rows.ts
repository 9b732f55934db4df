import { bodyPlace, fromHintRow, type HintRow } from "../rows/hint-row.ts";
import type { Hint, StoredHint } from "../store.ts";
import type { RowContext } from "./row-context.ts";

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
    read: (limit) => select.all(limit).map((row) => fromHintRow(row, context)),
  };
}
