import type { NewAudit } from "../../domain/decision.ts";
import { type AuditHead, checkpointHash, NO_HASH } from "../audit-hash.ts";
import { type AuditEnd, type AuditRow, fromAuditRow, nextAuditRow } from "../rows/audit-row.ts";
import type { AuditCheckpoint, OperatorAct, StoredAudit } from "../store.ts";
import type { RowContext } from "./row-context.ts";

export interface AuditRows {
  /** Adds one row to a chain. @returns its hash: the chain's new head */
  add(entry: NewAudit | OperatorAct, place: { readonly orderId: string | null; readonly at: number }): Buffer;
  /** Adds what concerns no order, and saves its head. An order's head lies at its root. */
  addAct(act: OperatorAct, at: number): void;
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
  const { db } = context;
  const selectLast = db.prepare<[string | null], AuditEnd>(
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
  const add: AuditRows["add"] = (entry, { orderId, at }) => {
    const last = selectLast.get(orderId) ?? { number: 0, position: null, hash: null };
    const { hash, ...record } = nextAuditRow(entry, { last, orderId, at }, context);
    insert.run(...Object.values(record), hash);
    return hash;
  };
  return {
    add,
    addAct: (act, at) => void saveHead.run(add(act, { orderId: null, at })),
    readAll: (orderId) => selectAll.all(orderId).map((row) => fromAuditRow(row, context)),
    listActs: ({ before, limit }) => selectActs.all(before, limit).map((row) => fromAuditRow(row, context)),
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
