import { type AuditHead, type AuditRecord, auditHash, checkpointHash, NO_HASH } from "./audit-hash.ts";
import type { AuditReport, VerifyAuditOptions } from "./verify-audit.ts";

/** A row as stored, and the head of its chain as the root has it. */
export type HashedRecord = AuditRecord & { readonly hash: Buffer; readonly head: Buffer | null };

export interface CheckpointRow {
  readonly number: number;
  readonly at: number;
  readonly through: number;
  readonly heads: number;
  readonly prevHash: Buffer;
  readonly hash: Buffer;
}

/** The audit of one engine as of one moment. Whatever can be long comes in pieces. */
export interface AuditSource {
  readonly count: number;
  /** The number of the newest row; 0: there is none. */
  readonly newest: number;
  /** By chain, the operators' acts first, and by position. */
  chains(): AsyncIterable<readonly HashedRecord[]>;
  /** Rows whose number is not that of the one before and one more. */
  gaps(): AsyncIterable<readonly { readonly before: number; readonly number: number }[]>;
  /** Heads of chains that have no row. */
  emptyHeads(): AsyncIterable<readonly AuditHead[]>;
  checkpoints(): AsyncIterable<readonly CheckpointRow[]>;
  /** The heads of the chains that grew in these rows, in the order of the checkpoint's hash. */
  heads(range: { readonly after: number; readonly through: number }): Promise<Iterable<AuditHead>>;
}

/** Rows between two shows of the progress. */
const STEP = 2_000;

/** Reads each row twice at most, in a stream: once in its chain, once under its checkpoint. */
export async function verifyAuditRows(
  source: AuditSource,
  options: VerifyAuditOptions,
): Promise<AuditReport> {
  const steps = 2 * source.count;
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
  await checkChains(source, check);
  // A row that is gone leaves a gap, also where its head was put right.
  for await (const gaps of source.gaps())
    for (const { before, number } of gaps)
      check.fault("all rows, by number", `row ${before + 1}`, `row ${number}`);
  // A head without a row: the whole chain is gone.
  for await (const heads of source.emptyHeads())
    for (const { orderId, hash } of heads) check.fault(`${nameOf(orderId)}, head`, "none", hash);
  await checkCheckpoints(source, { ...check, expected: options.checkpoint });
  options.onProgress(1);
  return report;
}

interface Check {
  readonly report: { -readonly [Key in keyof AuditReport]: number };
  readonly fault: (where: string, expected: string | Uint8Array, seen: string | Uint8Array) => void;
  readonly advance: (steps: number) => void;
}

/** Every row against its own hash and the one before it, every chain against its head. */
async function checkChains(source: AuditSource, { report, fault, advance }: Check): Promise<void> {
  let before: HashedRecord | undefined;
  const endChain = () => {
    if (before === undefined) return;
    report.chains += 1;
    const head = before.head ?? "none";
    if (!isSame(head, before.hash)) fault(`${nameOf(before.orderId)}, head`, before.hash, head);
  };
  const visit = (row: HashedRecord) => {
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
  };
  for await (const rows of source.chains()) for (const row of rows) visit(row);
  endChain();
}

async function checkCheckpoints(
  source: AuditSource,
  { report, fault, advance, expected }: Check & { readonly expected: VerifyAuditOptions["checkpoint"] },
): Promise<void> {
  let before: { number: number; through: number; hash: Uint8Array } = {
    number: 0,
    through: 0,
    hash: NO_HASH,
  };
  let seen: Buffer | undefined;
  const visit = async (row: CheckpointRow) => {
    const where = `checkpoint ${row.number}`;
    if (row.number !== before.number + 1)
      fault(where, `checkpoint ${before.number + 1}`, `checkpoint ${row.number}`);
    else if (!isSame(row.prevHash, before.hash)) fault(`${where}, hash before`, before.hash, row.prevHash);
    if (row.through > source.newest) fault(where, `rows up to ${row.through}`, `rows up to ${source.newest}`);
    const heads = await source.heads({ after: before.through, through: row.through });
    const made = checkpointHash(row, heads);
    if (made.heads !== row.heads) fault(where, `${row.heads} heads`, `${made.heads} heads`);
    if (!isSame(row.hash, made.hash)) fault(where, made.hash, row.hash);
    if (row.number === expected?.number) seen = row.hash;
    advance(Math.max(0, row.through - before.through));
    before = row;
    report.checkpoints += 1;
  };
  for await (const rows of source.checkpoints()) for (const row of rows) await visit(row);
  report.uncovered = Math.max(0, source.newest - before.through);
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
