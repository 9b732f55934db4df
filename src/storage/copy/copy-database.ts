import { createHash } from "node:crypto";
import { openPool } from "../postgres/open-pool.ts";
import { openingError } from "../postgres/opening-error.ts";
import { isConnectionLost } from "../postgres/postgres-error.ts";
import type { Statement } from "../postgres/session.ts";
import { COPIED_TABLES, type CopiedTable } from "./copied-tables.ts";
import { type CopySource, keyOf, lastKeyText, openCopySource } from "./copy-source.ts";
import { type CopyTarget, openCopyTarget, readTargetState, type TargetState } from "./copy-target.ts";
import { addRow, checksumOf, keyToText, type Values } from "./values.ts";

export interface CopyOptions {
  /** The SQLite file. */
  readonly from: string;
  /** The address of the PostgreSQL. */
  readonly to: string;
  readonly now: () => number;
  /** 0 to 1. */
  readonly onProgress: (share: number) => void;
  /** Rows in one transaction. Default 500: a few MB. */
  readonly batchRows?: number;
  /** Sees every statement to the target before it is sent, for tests. */
  readonly onStatement?: (statement: Statement) => void;
}

export interface CopyReport {
  readonly kind: "copied" | "was_complete";
  /** Rows by table. */
  readonly rows: ReadonlyMap<string, number>;
}

export interface CopyPlan {
  readonly target: TargetState;
  /** Whether what is in the target came from this source as it is now. */
  readonly isOfSource: boolean;
  /** Rows by table. */
  readonly rows: ReadonlyMap<string, number>;
}

const BATCH_ROWS = 500;
/** Then everything is read once more, on both sides. */
const COPIED_SHARE = 0.6;

/**
 * Copies everything of a SQLite into a PostgreSQL and compares it row by row; ended at any moment, it goes on when it is run again.
 * Nobody may own the source meanwhile, and nothing is written to it. Until it is complete no server opens the target.
 *
 * @throws {DojangError} `storage_unavailable`; {Error} in one line: another source or state of it than the copy was begun with, a
 * target that is not empty, a value that the target cannot hold, a difference at the end
 */
export async function copyDatabase(options: CopyOptions): Promise<CopyReport> {
  using source = await openCopySource(options.from, { isOwned: true });
  return await withTarget(options, async (pool) => {
    const target = openCopyTarget(pool);
    const rows = rowsOf(source);
    await target.migrate(options.now());
    let state = await readTargetState(pool);
    if (state.kind === "empty") {
      await target.begin(source.mark, options.now());
      state = await readTargetState(pool);
    }
    refuseOther(state, source);
    if (state.kind === "complete") return { kind: "was_complete", rows };
    const steps = stepsOf(source, options.onProgress);
    for (const table of COPIED_TABLES) await copyTable({ source, target, table, state, steps, options });
    const checksums = new Map<string, Buffer>();
    for (const table of COPIED_TABLES)
      checksums.set(table.name, await compareTable({ source, target, table, state, steps, options }));
    await target.complete(checksums, options.now());
    return { kind: "copied", rows };
  });
}

/** What `copyDatabase` would meet. Changes nothing, and looks beside whoever owns the source. @throws as `copyDatabase` */
export async function planCopy(options: Pick<CopyOptions, "from" | "to">): Promise<CopyPlan> {
  using source = await openCopySource(options.from, { isOwned: false });
  const target = await withTarget(options, readTargetState);
  const isOfSource = "source" in target && target.source.equals(source.mark);
  return { target, isOfSource, rows: rowsOf(source) };
}

async function withTarget<Value>(
  { to, onStatement }: Pick<CopyOptions, "to" | "onStatement">,
  work: (pool: ReturnType<typeof openPool>) => Promise<Value>,
): Promise<Value> {
  let pool: ReturnType<typeof openPool>;
  try {
    pool = openPool({ url: to, size: 1, onStatement });
  } catch (error) {
    throw openingError("to copy into", error);
  }
  try {
    return await work(pool);
  } catch (error) {
    throw isConnectionLost(error) ? openingError(pool.address.shown, error) : error;
  } finally {
    await pool.close();
  }
}

function refuseOther(state: TargetState, source: CopySource): void {
  if ("source" in state && state.source.equals(source.mark)) return;
  throw new Error(
    "the target holds a copy of another database, or this one has changed since: begin again with an empty one",
  );
}

function rowsOf(source: CopySource): ReadonlyMap<string, number> {
  return new Map(COPIED_TABLES.map((table) => [table.name, source.countOf(table)]));
}

function stepsOf({ rowCount }: CopySource, onProgress: (share: number) => void) {
  const done = { copied: 0, compared: 0 };
  return (kind: keyof typeof done, rows: number) => {
    done[kind] += rows;
    const { copied, compared } = done;
    onProgress((COPIED_SHARE * copied + (1 - COPIED_SHARE) * compared) / Math.max(1, rowCount));
  };
}

interface TableWork {
  readonly source: CopySource;
  readonly target: CopyTarget;
  readonly table: CopiedTable;
  readonly state: TargetState;
  readonly steps: ReturnType<typeof stepsOf>;
  readonly options: CopyOptions;
}

async function copyTable({ source, target, table, state, steps, options }: TableWork): Promise<void> {
  const progress = "tables" in state ? state.tables.get(table.name) : undefined;
  const columns = source.columnsOf(table);
  const limit = options.batchRows ?? BATCH_ROWS;
  let after = progress?.after;
  steps("copied", progress?.rows ?? 0);
  for (;;) {
    const rows = source.read(table, { after, limit });
    const last = rows.at(-1);
    if (last === undefined) return;
    await target.write(table, {
      columns,
      rows,
      before: after === undefined ? null : keyToText(after),
      last: lastKeyText(table, columns, rows),
    });
    after = keyOf(table, columns, last);
    steps("copied", rows.length);
  }
}

/** @returns the checksum over all rows. @throws {Error} that names the first row which is not the same */
async function compareTable({ source, target, table, steps, options }: TableWork): Promise<Buffer> {
  const columns = source.columnsOf(table);
  const limit = options.batchRows ?? BATCH_ROWS;
  const hash = createHash("sha256");
  let after: Values | undefined;
  for (;;) {
    const ours = source.read(table, { after, limit });
    const theirs = await target.read(table, { columns, after, limit });
    if (!checksumOf(ours).equals(checksumOf(theirs))) throw difference(table, { columns, ours, theirs });
    for (const row of ours) addRow(hash, row);
    const last = ours.at(-1);
    if (last === undefined) return hash.digest();
    after = keyOf(table, columns, last);
    steps("compared", ours.length);
  }
}

function difference(
  table: CopiedTable,
  {
    columns,
    ours,
    theirs,
  }: { columns: readonly string[]; ours: readonly Values[]; theirs: readonly Values[] },
): Error {
  const texts = [ours, theirs].map((rows) => rows.map((row) => checksumOf([row]).toString("hex")));
  const first = (texts[0] ?? []).findIndex((text, index) => text !== texts[1]?.[index]);
  const row = ours[first] ?? theirs[ours.length] ?? [];
  const key = keyToText(keyOf(table, columns, row));
  return new Error(
    `${table.name} is not the same on both sides, from the row ${key} on: begin again with an empty database`,
  );
}
