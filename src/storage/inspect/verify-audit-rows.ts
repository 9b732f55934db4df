import { type AuditHead, type AuditRecord, auditHash, checkpointHash, NO_HASH } from "../audit-hash.ts";
import type { AuditReport, VerifyAuditOptions } from "../verify-audit.ts";
import type { Moment } from "./with-moment.ts";

/** A row, and what its order's root names as the last one's hash. */
type HashedRecord = AuditRecord & { readonly hash: Buffer; readonly head: Buffer | null };

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
export async function verifyAuditRows(moment: Moment, options: VerifyAuditOptions): Promise<AuditReport> {
  const counted = await moment.first<{ count: number }>("SELECT count(*) AS count FROM audit");
  const steps = 2 * (counted?.count ?? 0);
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
  await checkChains(moment, check);
  await checkNumbers(moment, check);
  await checkEmptyHeads(moment, check);
  await checkCheckpoints(moment, { ...check, expected: options.checkpoint });
  options.onProgress(1);
  return report;
}

interface Check {
  readonly report: { -readonly [Key in keyof AuditReport]: number };
  readonly fault: (where: string, expected: string | Uint8Array, seen: string | Uint8Array) => void;
  readonly advance: (steps: number) => void;
}

/** Every row against its own hash and the one before it, every chain against its head. */
async function checkChains(moment: Moment, { report, fault, advance }: Check): Promise<void> {
  const rows = moment.rows<HashedRecord>(
    `SELECT number, audit.merchant_uid AS "orderId", position, at, actor, action, subject, data,
       reason_private AS "reasonSealed", prev_hash AS "prevHash", hash, root.audit_head AS head
     FROM audit${moment.engine === "sqlite" ? " INDEXED BY audit_chain" : ""}
     LEFT JOIN aggregates AS root ON root.merchant_uid = audit.merchant_uid
     ORDER BY audit.merchant_uid, position`,
  );
  const acts = await moment.first<{ hash: Buffer }>("SELECT hash FROM audit_acts_head");
  let before: HashedRecord | undefined;
  const endChain = () => {
    if (before === undefined) return;
    report.chains += 1;
    const head = (before.orderId === null ? acts?.hash : before.head) ?? "none";
    if (!isSame(head, before.hash)) fault(`${nameOf(before.orderId)}, head`, before.hash, head);
  };
  for await (const row of rows) {
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
async function checkNumbers(moment: Moment, { fault }: Check): Promise<void> {
  const gaps = moment.rows<{ before: number; number: number }>(
    `SELECT before, number FROM (SELECT number, lag(number, 1, 0) OVER (ORDER BY number) AS before FROM audit) AS numbered
     WHERE number <> before + 1`,
  );
  for await (const { before, number } of gaps)
    fault("all rows, by number", `row ${before + 1}`, `row ${number}`);
}

/** A head without a row: the whole chain is gone. */
async function checkEmptyHeads(moment: Moment, { fault }: Check): Promise<void> {
  const orders = moment.rows<{ orderId: string | null; head: Buffer }>(
    `SELECT merchant_uid AS "orderId", audit_head AS head FROM aggregates AS root WHERE audit_head IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM audit WHERE merchant_uid = root.merchant_uid)
     UNION ALL
     SELECT NULL, hash FROM audit_acts_head WHERE NOT EXISTS (SELECT 1 FROM audit WHERE merchant_uid IS NULL)`,
  );
  for await (const { orderId, head } of orders) fault(`${nameOf(orderId)}, head`, "none", head);
}

/** Heads of the chains that grew in rows `$1` to `$2`, in the order of the checkpoint's hash. By number, not by chain. */
const selectHeads = (engine: Moment["engine"]) =>
  `SELECT "orderId", hash FROM (
     SELECT merchant_uid AS "orderId", hash, position, max(position) OVER (PARTITION BY merchant_uid) AS last
     FROM audit${engine === "sqlite" ? " NOT INDEXED" : ""} WHERE number > $1 AND number <= $2
   ) AS grown WHERE position = last ORDER BY "orderId" NULLS FIRST`;

async function checkCheckpoints(
  moment: Moment,
  check: Check & { readonly expected: VerifyAuditOptions["checkpoint"] },
): Promise<void> {
  const { report, fault, advance, expected } = check;
  const rows = moment.rows<CheckpointRow>(
    `SELECT number, at, through, heads, prev_hash AS "prevHash", hash FROM audit_checkpoints ORDER BY number`,
  );
  const end = await moment.first<{ number: number }>("SELECT coalesce(max(number), 0) AS number FROM audit");
  const newest = end?.number ?? 0;
  let before: { number: number; through: number; hash: Uint8Array } = {
    number: 0,
    through: 0,
    hash: NO_HASH,
  };
  let seen: Buffer | undefined;
  for await (const row of rows) {
    const where = `checkpoint ${row.number}`;
    if (row.number !== before.number + 1)
      fault(where, `checkpoint ${before.number + 1}`, `checkpoint ${row.number}`);
    else if (!isSame(row.prevHash, before.hash)) fault(`${where}, hash before`, before.hash, row.prevHash);
    if (row.through > newest) fault(where, `rows up to ${row.through}`, `rows up to ${newest}`);
    const heads: AuditHead[] = [];
    for await (const head of moment.rows<AuditHead>(selectHeads(moment.engine), before.through, row.through))
      heads.push(head);
    const made = checkpointHash(row, heads);
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
