import type { NewAudit } from "../../domain/decision.ts";
import { type AuditRecord, auditHash, NO_HASH } from "../audit-hash.ts";
import type { OperatorAct, StoredAudit } from "../store.ts";
import type { Draft, SealContext } from "./seal-context.ts";

export interface AuditRow {
  readonly number: number;
  readonly merchant_uid: string | null;
  readonly position: number;
  readonly at: number;
  readonly actor: string;
  readonly action: StoredAudit["action"];
  readonly subject: string | null;
  readonly data: string;
  readonly reason_private: Buffer | null;
  readonly hash: Buffer;
}

/** The last row of the whole table, and of the chain that goes on: nothing where there is none. */
export interface AuditEnd {
  readonly number: number;
  readonly position: number | null;
  readonly hash: Buffer | null;
}

/** The next row of a chain, with its hash. */
export function nextAuditRow(
  entry: NewAudit | OperatorAct,
  place: { readonly last: AuditEnd; readonly orderId: string | null; readonly at: number },
  { sealer }: SealContext,
): AuditRecord & { readonly hash: Buffer } {
  const { last, orderId, at } = place;
  const number = last.number + 1;
  const record = {
    number,
    orderId,
    position: (last.position ?? 0) + 1,
    at,
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject ?? null,
    data: JSON.stringify(entry.data),
    reasonSealed: entry.reason === undefined ? null : sealer.seal(entry.reason, reasonPlace(number)),
    prevHash: last.hash ?? NO_HASH,
  };
  return { ...record, hash: auditHash(record) };
}

export function fromAuditRow(row: AuditRow, { sealer }: SealContext): StoredAudit {
  const stored: Draft<StoredAudit> = {
    position: row.position,
    at: row.at,
    actor: row.actor,
    action: row.action,
    data: JSON.parse(row.data),
    hash: row.hash.toString("hex"),
  };
  if (row.merchant_uid !== null) stored.orderId = row.merchant_uid;
  if (row.subject !== null) stored.subject = row.subject;
  if (row.reason_private !== null)
    stored.reason = sealer.open(row.reason_private, reasonPlace(row.number)).toString("utf8");
  return stored;
}

function reasonPlace(number: number) {
  return { table: "audit", column: "reason_private", row: String(number) };
}
