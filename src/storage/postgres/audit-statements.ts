import type { NewAudit } from "../../domain/decision.ts";
import type { AuditRecord } from "../audit-hash.ts";
import { type AuditEnd, nextAuditRow } from "../rows/audit-row.ts";
import type { SealContext } from "../rows/seal-context.ts";
import type { OperatorAct } from "../store.ts";
import type { Session, Statement } from "./session.ts";

/** Waits for the end of whoever adds a row or a checkpoint; nobody else can until the transaction ends. */
export const LOCK_COUNTER: Statement = {
  name: "lock_audit_counter",
  text: "SELECT number FROM audit_counter WHERE id = 1 FOR UPDATE",
  values: [],
};

/** The lock that is taken last of all: whoever holds it is about to commit. */
const takeNumbers = (count: number): Statement => ({
  name: "take_audit_numbers",
  text: `UPDATE audit_counter SET number = number + $1 WHERE id = 1 RETURNING number - $1 AS number`,
  values: [count],
});

const selectEnd = (orderId: string | null): Statement =>
  orderId === null
    ? {
        name: "acts_end",
        text: "SELECT position, hash FROM audit WHERE merchant_uid IS NULL ORDER BY position DESC LIMIT 1",
        values: [],
      }
    : {
        name: "audit_end",
        text: "SELECT position, hash FROM audit WHERE merchant_uid = $1 ORDER BY position DESC LIMIT 1",
        values: [orderId],
      };

const insertAudit = (record: AuditRecord & { readonly hash: Buffer }): Statement => ({
  name: "insert_audit",
  text: `INSERT INTO audit (number, merchant_uid, position, at, actor, action, subject, data, reason_private, prev_hash, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
  values: [
    record.number,
    record.orderId,
    record.position,
    record.at,
    record.actor,
    record.action,
    record.subject,
    record.data,
    record.reasonSealed,
    record.prevHash,
    record.hash,
  ],
});

export const saveActsHead = (hash: Buffer): Statement => ({
  name: "save_acts_head",
  text: `INSERT INTO audit_acts_head (id, hash) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET hash = excluded.hash`,
  values: [hash],
});

/** A write of ours whose COMMIT is still under way is waited for, and seen as what it became. */
export async function hasAuditRow(session: Session, { number, hash }: AuditedRow): Promise<boolean> {
  const [, found] = await session.run([
    LOCK_COUNTER,
    {
      name: "has_audit_row",
      text: "SELECT 1 FROM audit WHERE number = $1 AND hash = $2",
      values: [number, hash],
    },
  ]);
  return (found?.count ?? 0) > 0;
}

export interface AuditedRow {
  readonly number: number;
  readonly hash: Buffer;
}

export interface AuditPlan {
  readonly statements: readonly Statement[];
  /** The new head of the chain: its last row. */
  readonly last: AuditedRow;
}

/** Numbers rows of one chain, in one round trip. The statements are to be sent with COMMIT: nobody else can add a row until then. */
export async function planAudit(
  session: Session,
  {
    entries,
    orderId,
    at,
    context,
  }: {
    readonly entries: readonly (NewAudit | OperatorAct)[];
    readonly orderId: string | null;
    readonly at: number;
    readonly context: SealContext;
  },
): Promise<AuditPlan> {
  const [counter, ends] = await session.run([takeNumbers(entries.length), selectEnd(orderId)]);
  const end = ends?.rows[0] as Omit<AuditEnd, "number"> | undefined;
  let last: AuditEnd = {
    number: Number(counter?.rows[0]?.["number"]),
    position: end?.position ?? null,
    hash: end?.hash ?? null,
  };
  const statements: Statement[] = [];
  let newest: AuditedRow | undefined;
  for (const entry of entries) {
    const record = nextAuditRow(entry, { last, orderId, at }, context);
    statements.push(insertAudit(record));
    last = record;
    newest = record;
  }
  if (newest === undefined) throw new Error("Invariant violated: no audit entry to plan");
  return { statements, last: newest };
}
