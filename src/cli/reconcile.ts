import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { isDatabaseHeld } from "../storage/peek-database.ts";
import { readWindow } from "../usecases/read-window.ts";
import { printable } from "./printable.ts";
import { openProgress } from "./progress.ts";
import { reconcileByServer } from "./reconcile-by-server.ts";
import { reconcileHere } from "./reconcile-here.ts";
import { type Finding, type ReconcileEnd, summary } from "./reconcile-summary.ts";

const HOW = "dojang reconcile --from 2026-08-01T00:00:00+09:00 --to 2026-08-02T00:00:00+09:00 [--dry-run]";

/**
 * `dojang reconcile`: compares a past time with the gateway's lists. Differences go to stdout as they are found, then the
 * sums; progress goes to stderr. A running server does the work itself and this command shows it; without one, the command owns the
 * database while it runs.
 *
 * @throws {ConfigError} for arguments that are none, and without a gateway or a server that answers
 */
export async function reconcile(args: readonly string[], config: Config): Promise<void> {
  const asked = readArguments(args);
  const progress = openProgress(process.stderr);
  const show = {
    onProgress: progress.show,
    onFinding({ orderId, paymentId, what }: Finding) {
      progress.clear();
      process.stdout.write(`${printable(orderId)} ${paymentId}: ${what}\n`);
    },
  };
  const run = isDatabaseHeld(config.database) ? reconcileByServer : reconcileHere;
  const end: ReconcileEnd = await run(config, { ...asked, ...show });
  progress.clear();
  if (end.kind === "reconciled") {
    process.stdout.write(summary(end, asked));
    return;
  }
  process.stderr.write(`dojang: ${end.line}\n`);
  process.exitCode = 1;
}

function readArguments(args: readonly string[]) {
  const { from, to, "dry-run": isDryRun = false } = parse(args);
  const reading = readWindow({ from, to }, systemClock.now());
  if (reading.kind === "refused") throw new ConfigError(`Set --${reading.field} to ${reading.expected}`);
  return { window: reading.window, isDryRun };
}

function parse(args: readonly string[]) {
  const options = {
    from: { type: "string" },
    to: { type: "string" },
    "dry-run": { type: "boolean" },
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch {
    throw new ConfigError(`Cannot read the arguments: expected ${HOW}`);
  }
}
