import type Database from "better-sqlite3";
import type { AuditHead } from "../audit-hash.ts";
import type { AuditSource, CheckpointRow, HashedRecord } from "../verify-audit-rows.ts";
import { SELECT_HEADS } from "./audit-rows.ts";

const ROWS_MAX = 1_000;

/** The audit of one file. The caller holds a read transaction, so all of it is of one moment. */
export function openSqliteAudit(db: Database.Database): AuditSource {
  const [count = 0, newest = 0] = db
    .prepare<[], [number, number]>("SELECT count(*), coalesce(max(number), 0) FROM audit")
    .raw()
    .get() ?? [0, 0];
  const heads = db.prepare<[object], AuditHead>(SELECT_HEADS);
  return {
    count,
    newest,
    chains: () =>
      pieces<HashedRecord>(
        db,
        `SELECT number, audit.merchant_uid AS orderId, position, at, actor, action, subject, data,
           reason_private AS reasonSealed, prev_hash AS prevHash, audit.hash,
           CASE WHEN audit.merchant_uid IS NULL THEN (SELECT hash FROM audit_acts_head) ELSE root.audit_head END AS head
         FROM audit INDEXED BY audit_chain LEFT JOIN aggregates AS root ON root.merchant_uid = audit.merchant_uid
         ORDER BY audit.merchant_uid, position`,
      ),
    gaps: () =>
      pieces(
        db,
        `SELECT before, number FROM (SELECT number, lag(number, 1, 0) OVER (ORDER BY number) AS before FROM audit)
         WHERE number <> before + 1`,
      ),
    emptyHeads: () =>
      pieces<AuditHead>(
        db,
        `SELECT merchant_uid AS orderId, audit_head AS hash FROM aggregates AS root WHERE audit_head IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM audit WHERE merchant_uid = root.merchant_uid)
         UNION ALL
         SELECT NULL, hash FROM audit_acts_head WHERE NOT EXISTS (SELECT 1 FROM audit WHERE merchant_uid IS NULL)`,
      ),
    checkpoints: () =>
      pieces<CheckpointRow>(
        db,
        "SELECT number, at, through, heads, prev_hash AS prevHash, hash FROM audit_checkpoints ORDER BY number",
      ),
    heads: async (range) => heads.iterate(range),
  };
}

async function* pieces<Row>(db: Database.Database, sql: string): AsyncGenerator<readonly Row[]> {
  let rows: Row[] = [];
  for (const row of db.prepare<[], Row>(sql).iterate()) {
    rows.push(row);
    if (rows.length < ROWS_MAX) continue;
    yield rows;
    rows = [];
  }
  yield rows;
}
