import type Database from "better-sqlite3";
import {
  type AuditHead,
  type AuditRecord,
  auditHash,
  checkpointHash,
  NO_HASH,
} from "../../../src/storage/audit-hash.ts";
import { SELECT_HEADS } from "../../../src/storage/sqlite/audit-rows.ts";

/** Computes every hash anew, as whoever knows this code can. */
export function rebuildAudit(db: Database.Database): void {
  const heads = new Map<string | null, Buffer>();
  const rows = db
    .prepare<[], AuditRecord>(
      `SELECT number, merchant_uid AS orderId, position, at, actor, action, subject, data,
         reason_private AS reasonSealed, prev_hash AS prevHash FROM audit ORDER BY number`,
    )
    .all();
  for (const row of rows) {
    const prevHash = heads.get(row.orderId) ?? NO_HASH;
    const hash = auditHash({ ...row, prevHash });
    db.prepare("UPDATE audit SET prev_hash = ?, hash = ? WHERE number = ?").run(prevHash, hash, row.number);
    heads.set(row.orderId, hash);
  }
  for (const [orderId, hash] of heads) {
    if (orderId === null) db.prepare("UPDATE audit_acts_head SET hash = ?").run(hash);
    else db.prepare("UPDATE aggregates SET audit_head = ? WHERE merchant_uid = ?").run(hash, orderId);
  }
  let last = { through: 0, hash: NO_HASH };
  const checkpoints = db
    .prepare<[], { number: number; at: number; through: number }>(
      "SELECT * FROM audit_checkpoints ORDER BY number",
    )
    .all();
  for (const { number, at, through } of checkpoints) {
    const grown = db.prepare<[object], AuditHead>(SELECT_HEADS).all({ after: last.through, through });
    const { hash } = checkpointHash({ number, at, through, prevHash: last.hash }, grown);
    db.prepare("UPDATE audit_checkpoints SET prev_hash = ?, hash = ? WHERE number = ?").run(
      last.hash,
      hash,
      number,
    );
    last = { through, hash };
  }
}
