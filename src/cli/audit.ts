import { parseArgs } from "node:util";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { type AuditReport, type VerifyAuditOptions, verifyAudit } from "../storage/verify-audit.ts";
import { inOneLine } from "./in-one-line.ts";
import { openProgress } from "./progress.ts";
import { sums } from "./sums.ts";

const HOW = "dojang audit verify [--checkpoint <number>:<hash>]";

/**
 * `dojang audit verify`: computes every chain, head and checkpoint of the audit anew, beside a running server or without one.
 * One line for each fault on stdout, then the sums; progress on stderr. Exit code 1 when there is a fault.
 *
 * @throws {ConfigError} for arguments that are none, and where there is no database that can be read
 */
export async function audit(args: readonly string[], { database }: Config): Promise<void> {
  const checkpoint = readArguments(args);
  const progress = openProgress(process.stderr);
  const options: VerifyAuditOptions = {
    ...(checkpoint === undefined ? {} : { checkpoint }),
    onProgress: progress.show,
    onFault({ where, expected, seen }) {
      progress.clear();
      process.stdout.write(`${where}: expected ${expected}, saw ${seen}\n`);
    },
  };
  const report = await inOneLine("verify the audit", () => verifyAudit(database, options));
  progress.clear();
  if (report === undefined) throw new ConfigError("Set DATABASE_URL to a database that exists");
  process.stdout.write(summary(report));
  if (report.faults > 0) process.exitCode = 1;
}

function readArguments(args: readonly string[]): VerifyAuditOptions["checkpoint"] {
  const { positionals, values } = parse(args);
  if (positionals.length !== 1 || positionals[0] !== "verify")
    throw new ConfigError(`Cannot read the arguments: expected ${HOW}`);
  if (values.checkpoint === undefined) return undefined;
  const [, number, hash] = /^([1-9][0-9]{0,14}):([0-9a-f]{64})$/.exec(values.checkpoint) ?? [];
  if (number === undefined || hash === undefined)
    throw new ConfigError("Set --checkpoint to <number>:<hash> as the log shows them, 64 characters of hex");
  return { number: Number(number), hash };
}

function parse(args: readonly string[]) {
  const options = { checkpoint: { type: "string" } } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch {
    throw new ConfigError(`Cannot read the arguments: expected ${HOW}`);
  }
}

function summary({ rows, chains, checkpoints, uncovered, faults }: AuditReport): string {
  const lines: readonly (readonly [number, string])[] = [
    [rows, "audit rows"],
    [chains, "chains"],
    [checkpoints, "checkpoints"],
    [uncovered, "rows since the last checkpoint"],
    [faults, "faults"],
  ];
  return `\n${faults === 0 ? "Every row is as it was written" : "NOT as it was written"}:\n${sums(lines)}\n`;
}
