import type { NewAudit } from "../../domain/decision.ts";
import { type AuditHead, auditHash, checkpointHash, NO_HASH } from "../audit-hash.ts";
import type { AuditCheckpoint, OperatorAct, StoredAudit } from "../store.ts";
import type { Draft, RowContext } from "./row-context.ts";

interface AuditRow {
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

interface Last {
  readonly number: number;
  readonly position: number | null;
  readonly hash: Buffer | null;
}

export interface AuditRows {
  /** Adds one row to a chain. @returns its hash: the chain's new head */
  add(entry: NewAudit | OperatorAct, place: { readonly orderId: string | null; readonly at: number }): Buffer;
  /** The head of what concerns no order. An order's lies at its root. */
  saveActsHead(hash: Buffer): void;
  /** Oldest first. */
  readAll(orderId: string): StoredAudit[];
  /** What concerns no order, newest first. */
  listActs(page: { readonly before: number; readonly limit: number }): StoredAudit[];
  /** Covers at most so many rows that no checkpoint covers yet. @returns undefined when there are none */
  addCheckpoint(limits: { readonly at: number; readonly rowsMax: number }): AuditCheckpoint | undefined;
}

/** Heads of the chains that grew in rows `after` to `through`, in the order of the checkpoint's hash. By number, not by chain. */
export const SELECT_HEADS = `SELECT merchant_uid AS orderId, hash, max(position) FROM audit NOT INDEXED
  WHERE number > @after AND number <= @through GROUP BY merchant_uid ORDER BY merchant_uid`;

export function createAuditRows(context: RowContext): AuditRows {
  const { db, sealer } = context;
  const selectLast = db.prepare<[string | null], Last>(
    `SELECT (SELECT coalesce(max(number), 0) FROM audit) AS number, last.position, last.hash
     FROM (SELECT 1) LEFT JOIN (SELECT position, hash FROM audit WHERE merchant_uid IS ?
       ORDER BY position DESC LIMIT 1) AS last`,
  );
  const insert = db.prepare<unknown[]>(
    `INSERT INTO audit (number, merchant_uid, position, at, actor, action, subject, data, reason_private, prev_hash, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const saveHead = db.prepare<[Buffer]>(
    "INSERT INTO audit_acts_head (id, hash) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET hash = excluded.hash",
  );
  const selectAll = db.prepare<[string], AuditRow>(
    "SELECT * FROM audit WHERE merchant_uid = ? ORDER BY position",
  );
  const selectActs = db.prepare<[number, number], AuditRow>(
    "SELECT * FROM audit WHERE merchant_uid IS NULL AND position < ? ORDER BY position DESC LIMIT ?",
  );
  return {
    add(entry, { orderId, at }) {
      const last = selectLast.get(orderId) ?? { number: 0, position: null, hash: null };
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
      const hash = auditHash(record);
      insert.run(...Object.values(record), hash);
      return hash;
    },
    saveActsHead: (hash) => void saveHead.run(hash),
    readAll: (orderId) => selectAll.all(orderId).map((row) => fromRow(row, context)),
    listActs: ({ before, limit }) => selectActs.all(before, limit).map((row) => fromRow(row, context)),
    addCheckpoint: checkpointWriter(context),
  };
}

function checkpointWriter({ db }: RowContext): AuditRows["addCheckpoint"] {
  const selectLast = db.prepare<[], { number: number; through: number; hash: Buffer }>(
    "SELECT number, through, hash FROM audit_checkpoints ORDER BY number DESC LIMIT 1",
  );
  const selectNewest = db.prepare<[], number>("SELECT coalesce(max(number), 0) FROM audit").pluck();
  const selectHeads = db.prepare<[object], AuditHead>(SELECT_HEADS);
  const insert = db.prepare<unknown[]>(
    "INSERT INTO audit_checkpoints (number, at, through, heads, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?)",
  );
  return ({ at, rowsMax }) => {
    const last = selectLast.get() ?? { number: 0, through: 0, hash: Buffer.from(NO_HASH) };
    const through = Math.min(selectNewest.get() ?? 0, last.through + rowsMax);
    if (through <= last.through) return undefined;
    const number = last.number + 1;
    const grown = selectHeads.iterate({ after: last.through, through });
    const { hash, heads } = checkpointHash({ number, at, through, prevHash: last.hash }, grown);
    insert.run(number, at, through, heads, last.hash, hash);
    return { number, at, heads, hash: hash.toString("hex") };
  };
}

function fromRow(row: AuditRow, { sealer }: RowContext): StoredAudit {
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
