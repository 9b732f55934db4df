import type { AuditHead } from "../audit-hash.ts";
import type { AuditSource, CheckpointRow, HashedRecord } from "../verify-audit-rows.ts";
import { selectHeads } from "./add-checkpoint.ts";
import type { Session, Statement } from "./session.ts";

const ROWS_MAX = 1_000;

const CHAINS = `SELECT number, audit.merchant_uid AS "orderId", position, at, actor, action, subject, data,
    reason_private AS "reasonSealed", prev_hash AS "prevHash", audit.hash,
    CASE WHEN audit.merchant_uid IS NULL THEN (SELECT hash FROM audit_acts_head) ELSE root.audit_head END AS head
  FROM audit LEFT JOIN aggregates AS root USING (merchant_uid) ORDER BY audit.merchant_uid NULLS FIRST, position`;

const GAPS = `SELECT before, number FROM (SELECT number, lag(number, 1, 0::bigint) OVER (ORDER BY number) AS before FROM audit) AS each
  WHERE number <> before + 1`;

const EMPTY_HEADS = `SELECT merchant_uid AS "orderId", audit_head AS hash FROM aggregates AS root WHERE audit_head IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM audit WHERE merchant_uid = root.merchant_uid)
  UNION ALL
  SELECT NULL, hash FROM audit_acts_head WHERE NOT EXISTS (SELECT 1 FROM audit WHERE merchant_uid IS NULL)`;

const CHECKPOINTS = `SELECT number, at, through, heads, prev_hash AS "prevHash", hash FROM audit_checkpoints ORDER BY number`;

const patient = (text: string): Statement => ({ name: "", text, values: [], isPatient: true });

/** The audit of one database. The session is in a transaction of one snapshot, so all of it is of one moment. */
export async function openPostgresAudit(session: Session): Promise<AuditSource> {
  const [found] = await session.run([
    patient("SELECT count(*) AS count, coalesce(max(number), 0) AS newest FROM audit"),
  ]);
  const { count, newest } = (found?.rows[0] ?? {}) as { count: number; newest: number };
  return {
    count,
    newest,
    chains: () => pieces<HashedRecord>(session, "chains", CHAINS),
    gaps: () => pieces(session, "gaps", GAPS),
    emptyHeads: () => pieces<AuditHead>(session, "empty_heads", EMPTY_HEADS),
    checkpoints: () => pieces<CheckpointRow>(session, "checkpoints", CHECKPOINTS),
    async heads({ after, through }) {
      const [heads] = await session.run([{ ...selectHeads(after, through), isPatient: true }]);
      return (heads?.rows ?? []) as unknown as readonly AuditHead[];
    },
  };
}

/** Through a cursor: memory does not grow with the rows. */
async function* pieces<Row>(session: Session, cursor: string, sql: string): AsyncGenerator<readonly Row[]> {
  await session.run([patient(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`)]);
  for (;;) {
    const [fetched] = await session.run([patient(`FETCH ${ROWS_MAX} FROM ${cursor}`)]);
    const rows = (fetched?.rows ?? []) as unknown as readonly Row[];
    if (rows.length === 0) return;
    yield rows;
  }
}
