import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { type MigrationReport, migrateDatabase } from "../storage/migrate-database.ts";

const HOW = "dojang migrate [--grant-to <role>] [--dry-run]";

/**
 * `dojang migrate`: brings the schema up to this release, and lets the role of the servers use it. The one command that needs a role
 * which owns the schema. Says what it did, or would do, one line each.
 *
 * @throws {ConfigError} for arguments that are none; {DojangError} `storage_unavailable`
 */
export async function migrate(args: readonly string[], { database }: Config): Promise<void> {
  const { "grant-to": grantTo, "dry-run": isDryRun = false } = parse(args);
  const role = grantTo === undefined ? {} : { grantTo };
  const report = await migrateDatabase(database, { isDryRun, now: systemClock.now(), ...role });
  process.stdout.write(`${linesOf(report, { isDryRun, ...role }).join("\n")}\n`);
  for (const warning of report.warnings) process.stderr.write(`dojang: ${warning}\n`);
}

function linesOf(
  { database, steps, grants }: MigrationReport,
  { isDryRun, grantTo }: { readonly isDryRun: boolean; readonly grantTo?: string },
): readonly string[] {
  const lines = [
    ...steps.map((step) => `${isDryRun ? "would make" : "made"} ${step}`),
    ...grants.map((grant) => `${isDryRun ? "would run" : "ran"} ${grant}`),
    // What a step would make is not there to be asked about.
    ...(isDryRun && steps.length > 0 && grantTo !== undefined
      ? [`would then let ${grantTo} use what that makes`]
      : []),
  ];
  return lines.length > 0 ? lines : [`${database} is up to date: nothing to do`];
}

function parse(args: readonly string[]) {
  const options = { "grant-to": { type: "string" }, "dry-run": { type: "boolean" } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    if (values["grant-to"] !== "") return values;
  } catch {}
  throw new ConfigError(`Cannot read the arguments: expected ${HOW}`);
}
