import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import { type Config, readDatabase } from "../config.ts";
import { ConfigError } from "../env.ts";
import { type CopyPlan, copyDatabase, planCopy } from "../storage/copy/copy-database.ts";
import { inOneLine } from "./in-one-line.ts";
import { openProgress } from "./progress.ts";
import { sums } from "./sums.ts";

const HOW = "dojang db copy sqlite:<path> [postgres://...] [--dry-run]";
const WHAT = "copy the database";

/**
 * `dojang db copy <from> [<to>]`: everything of a SQLite that no server owns, into an empty PostgreSQL; without <to>, the one that
 * DATABASE_URL names, so that its password is in no list of processes. Ended at any moment, it goes on when it is run again.
 * Progress goes to stderr.
 *
 * @throws {ConfigError} for arguments that are none, and where it cannot be copied; {DojangError} `storage_unavailable`
 */
export async function dbCopy(args: readonly string[], { database }: Config): Promise<void> {
  const { from, to, isDryRun } = readArguments(args, database);
  if (isDryRun) {
    const plan = await inOneLine(WHAT, () => planCopy({ from, to }));
    process.stdout.write(planText(plan));
    return;
  }
  const progress = openProgress(process.stderr);
  const report = await inOneLine(WHAT, () =>
    copyDatabase({ from, to, now: systemClock.now, onProgress: progress.show }),
  ).finally(() => progress.clear());
  const head =
    report.kind === "copied" ? "Copied, and the same on both sides:" : "Was copied before: nothing to do";
  process.stdout.write(
    `${head}\n${rowsText(report.rows)}\nSet DATABASE_URL to the copy and start. Never start a server on sqlite:${from} again: it knows nothing of what comes now.\n`,
  );
}

function readArguments(args: readonly string[], database: Config["database"]) {
  const { positionals, values } = parse(args);
  const [first, second] = positionals;
  if (first === undefined || positionals.length > 2)
    throw new ConfigError(`Cannot read the arguments: expected ${HOW}`);
  const from = readDatabase(first);
  const to = second === undefined ? database : readDatabase(second);
  if (from.kind === "postgres")
    throw new ConfigError("Cannot copy a PostgreSQL: use pg_dump and pg_restore, or a standby");
  if (to.kind === "sqlite")
    throw new ConfigError(
      "Cannot copy into a SQLite: name a postgres://... or set DATABASE_URL to one (dojang backup copies a SQLite)",
    );
  return { from: from.path, to: to.url, isDryRun: values["dry-run"] === true };
}

function parse(args: readonly string[]) {
  const options = { "dry-run": { type: "boolean" } } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch {
    throw new ConfigError(`Cannot read the arguments: expected ${HOW}`);
  }
}

function planText({ target, isOfSource, rows }: CopyPlan): string {
  return `Would copy:\n${rowsText(rows)}\n${targetText(target, isOfSource)}\n`;
}

function targetText(target: CopyPlan["target"], isOfSource: boolean): string {
  if (target.kind === "not_migrated")
    return `The target lacks ${target.steps} steps of the schema: they would be made first.`;
  if (target.kind === "empty") return "The target is empty.";
  if (!isOfSource)
    return "It would be REFUSED: the target holds a copy of another database, or this one has changed since.";
  const there = [...target.tables.values()].reduce((sum, { rows }) => sum + rows, 0);
  return target.kind === "complete"
    ? "The target is a complete copy already: nothing would be done."
    : `A copy was begun: ${there} rows are there, and it would go on after them.`;
}

function rowsText(rows: ReadonlyMap<string, number>): string {
  return sums([...rows].map(([name, count]) => [count, name]));
}
