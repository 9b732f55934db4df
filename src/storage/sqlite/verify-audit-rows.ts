import type Database from "better-sqlite3";
import { type AuditHead, type AuditRecord, auditHash, checkpointHash, NO_HASH } from "../audit-hash.ts";
import type { AuditReport, VerifyAuditOptions } from "../verify-audit.ts";
import { SELECT_HEADS } from "./audit-rows.ts";

type HashedRecord = AuditRecord & { readonly hash: Buffer };

interface CheckpointRow {
  readonly number: number;
  readonly at: number;
  readonly through: number;
  readonly heads: number;
  readonly prevHash: Buffer;
  readonly hash: Buffer;
}

/** Rows between two shows of the progress. */
const STEP = 2_000;

/** Reads each row twice at most, in a stream: once in its chain, once under its checkpoint. */
export function verifyAuditRows(db: Database.Database, options: VerifyAuditOptions): AuditReport {
  const steps = 2 * (db.prepare<[], number>("SELECT count(*) FROM audit").pluck().get() ?? 0);
  const report = { rows: 0, chains: 0, checkpoints: 0, faults: 0, uncovered: 0 };
  let stepsDone = 0;
  const check: Check = {
    report,
    fault(where, expected, seen) {
      report.faults += 1;
      options.onFault({ where, expected: shown(expected), seen: shown(seen) });
    },
    advance(count) {
      const isTimely = Math.floor((stepsDone + count) / STEP) > Math.floor(stepsDone / STEP);
      stepsDone += count;
      if (isTimely) options.onProgress(Math.min(stepsDone / steps, 1));
    },
  };
  checkChains(db, check);
  checkNumbers(db, check);
  checkEmptyHeads(db, check);
  checkCheckpoints(db, { ...check, expected: options.checkpoint });
  options.onProgress(1);
  return report;
}

interface Check {
  readonly report: { -readonly [Key in keyof AuditReport]: number };
  readonly fault: (where: string, expected: string | Uint8Array, seen: string | Uint8Array) => void;
  readonly advance: (steps: number) => void;
}

/** Every row against its own hash and the one before it, every chain against its head. */
function checkChains(db: Database.Database, { report, fault, advance }: Check): void {
  const rows = db.prepare<[], HashedRecord>(
    `SELECT number, merchant_uid AS orderId, position, at, actor, action, subject, data, reason_private AS reasonSealed,
       prev_hash AS prevHash, hash
     FROM audit INDEXED BY audit_chain ORDER BY merchant_uid, position`,
  );
  const headOf = db
    .prepare<[string], Buffer | null>("SELECT audit_head FROM aggregates WHERE merchant_uid = ?")
    .pluck();
  const actsHead = db.prepare<[], Buffer>("SELECT hash FROM audit_acts_head").pluck();
  let before: HashedRecord | undefined;
  const endChain = () => {
    if (before === undefined) return;
    report.chains += 1;
    const head = (before.orderId === null ? actsHead.get() : headOf.get(before.orderId)) ?? "none";
    if (!isSame(head, before.hash)) fault(`${nameOf(before.orderId)}, head`, before.hash, head);
  };
  for (const row of rows.iterate()) {
    if (before !== undefined && before.orderId !== row.orderId) {
      endChain();
      before = undefined;
    }
    const where = `${nameOf(row.orderId)}, row ${row.position}`;
    const position = (before?.position ?? 0) + 1;
    if (row.position !== position) fault(where, `row ${position}`, `row ${row.position}`);
    else if (!isSame(row.prevHash, before?.hash ?? NO_HASH))
      fault(`${where}, hash before`, before?.hash ?? NO_HASH, row.prevHash);
    const hash = auditHash(row);
    if (!isSame(row.hash, hash)) fault(where, hash, row.hash);
    before = row;
    report.rows += 1;
    advance(1);
  }
  endChain();
}

/** A row that is gone leaves a gap, also where its head was put right. */
function checkNumbers(db: Database.Database, { fault }: Check): void {
  const gaps = db.prepare<[], { before: number; number: number }>(
    `SELECT before, number FROM (SELECT number, lag(number, 1, 0) OVER (ORDER BY number) AS before FROM audit)
     WHERE number <> before + 1`,
  );
  for (const { before, number } of gaps.iterate())
    fault("all rows, by number", `row ${before + 1}`, `row ${number}`);
}

/** A head without a row: the whole chain is gone. */
function checkEmptyHeads(db: Database.Database, { fault }: Check): void {
  const orders = db.prepare<[], { orderId: string | null; head: Buffer }>(
    `SELECT merchant_uid AS orderId, audit_head AS head FROM aggregates AS root WHERE audit_head IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM audit WHERE merchant_uid = root.merchant_uid)
     UNION ALL
     SELECT NULL, hash FROM audit_acts_head WHERE NOT EXISTS (SELECT 1 FROM audit WHERE merchant_uid IS NULL)`,
  );
  for (const { orderId, head } of orders.iterate()) fault(`${nameOf(orderId)}, head`, "none", head);
}

function checkCheckpoints(
  db: Database.Database,
  check: Check & { readonly expected: VerifyAuditOptions["checkpoint"] },
): void {
  const { report, fault, advance, expected } = check;
  const rows = db.prepare<[], CheckpointRow>(
    "SELECT number, at, through, heads, prev_hash AS prevHash, hash FROM audit_checkpoints ORDER BY number",
  );
  const heads = db.prepare<[object], AuditHead>(SELECT_HEADS);
  const newest = db.prepare<[], number>("SELECT coalesce(max(number), 0) FROM audit").pluck().get() ?? 0;
  let before: { number: number; through: number; hash: Uint8Array } = {
    number: 0,
    through: 0,
    hash: NO_HASH,
  };
  let seen: Buffer | undefined;
  for (const row of rows.iterate()) {
    const where = `checkpoint ${row.number}`;
    if (row.number !== before.number + 1)
      fault(where, `checkpoint ${before.number + 1}`, `checkpoint ${row.number}`);
    else if (!isSame(row.prevHash, before.hash)) fault(`${where}, hash before`, before.hash, row.prevHash);
    if (row.through > newest) fault(where, `rows up to ${row.through}`, `rows up to ${newest}`);
    const made = checkpointHash(row, heads.iterate({ after: before.through, through: row.through }));
    if (made.heads !== row.heads) fault(where, `${row.heads} heads`, `${made.heads} heads`);
    if (!isSame(row.hash, made.hash)) fault(where, made.hash, row.hash);
    if (row.number === expected?.number) seen = row.hash;
    advance(Math.max(0, row.through - before.through));
    before = row;
    report.checkpoints += 1;
  }
  report.uncovered = Math.max(0, newest - before.through);
  if (expected === undefined || seen?.toString("hex") === expected.hash) return;
  fault(`checkpoint ${expected.number}, as logged`, expected.hash, seen ?? "none");
}

function nameOf(orderId: string | null): string {
  if (orderId === null) return "operators' acts";
  // An id of the gateway's may be any text: no line of the output is of its making.
  return `order ${/^[\x21-\x7e]+$/.test(orderId) ? orderId : JSON.stringify(orderId)}`;
}

function isSame(one: string | Uint8Array, other: Uint8Array): boolean {
  return typeof one !== "string" && Buffer.compare(one, other) === 0;
}

function shown(value: string | Uint8Array): string {
  return typeof value === "string" ? value : Buffer.from(value).toString("hex");
}
