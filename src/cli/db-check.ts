import { parseArgs } from "node:util";
import { type Config, readDatabase } from "../config.ts";
import { ConfigError } from "../env.ts";
import { type CheckFinding, type CheckReport, checkDatabase } from "../storage/check-database.ts";
import { findDataKey } from "../storage/open-store.ts";
import { inOneLine } from "./in-one-line.ts";
import { printable } from "./printable.ts";
import { openProgress } from "./progress.ts";
import { sums } from "./sums.ts";

const HOW = "dojang db check [sqlite:<path> | postgres://...] [--json]";

/**
 * `dojang db check`: holds all rows against what must be true of them, beside a running server or on a copy. One line for each rule
 * that does not hold on stdout, then the sums; progress on stderr. Exit code 1 when one does not hold.
 *
 * @throws {ConfigError} for arguments that are none, and where there is no database that can be read
 */
export async function dbCheck(args: readonly string[], config: Config): Promise<void> {
  const { url, isJson } = readArguments(args);
  const database = url === undefined ? config.database : readDatabase(url);
  const dataKey = findDataKey({ ...config, database });
  const progress = openProgress(process.stderr);
  const onFinding = (finding: CheckFinding) => {
    if (isJson) return;
    progress.clear();
    process.stdout.write(`${line(finding)}\n`);
  };
  const report = await inOneLine("check the database", () =>
    checkDatabase(database, { dataKey, onFinding, onProgress: progress.show }),
  );
  progress.clear();
  if (report === undefined) throw new ConfigError("Set DATABASE_URL to a database that exists");
  process.stdout.write(isJson ? `${JSON.stringify(json(report))}\n` : summary(report));
  if (report.findings.length > 0) process.exitCode = 1;
}

function readArguments(args: readonly string[]) {
  const { positionals, values } = parse(args);
  if (positionals.length > 1) throw new ConfigError(`Cannot read the arguments: expected ${HOW}`);
  return { url: positionals[0], isJson: values.json === true };
}

function parse(args: readonly string[]) {
  const options = { json: { type: "boolean" } } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch {
    throw new ConfigError(`Cannot read the arguments: expected ${HOW}`);
  }
}

function line({ name, says, count, ids }: CheckFinding): string {
  const more = count > ids.length ? ` and ${count - ids.length} more` : "";
  return `${name}: ${says}; not so: ${ids.map((id) => printable(id, { hasSpaces: true })).join(", ")}${more}`;
}

function summary({ rules, findings, rows, hasOpenedSeals }: CheckReport): string {
  const head = findings.length === 0 ? "Everything holds" : "NOT everything holds";
  const table = sums([
    [rules, "rules checked"],
    [findings.length, "do not hold"],
    ...Object.entries(rows).map(([name, count]) => [count, name] as const),
  ]);
  const seals = hasOpenedSeals ? "" : "\nNothing that is sealed was opened: set DOJANG_DATA_KEY for that.\n";
  return `\n${head}:\n${table}\n${seals}`;
}

function json({ rules, findings, rows, hasOpenedSeals }: CheckReport) {
  return { ok: findings.length === 0, rules, findings, rows, seals_opened: hasOpenedSeals };
}
