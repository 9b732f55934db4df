import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { openLog } from "../log.ts";
import { openDeps } from "../main.ts";
import { type ReconcileReport, reconcileWindow } from "../usecases/reconcile-window.ts";
import { openProgress } from "./progress.ts";

const HOW = "dojang reconcile --from 2026-08-01T00:00:00+09:00 --to 2026-08-02T00:00:00+09:00 [--dry-run]";
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
/** The gateway's lists are complete up to this long ago. */
const SETTLED_MS = 30_000;
/**
 * Each page is 10 MB of garbage, and 27 MB are alive. Left alone the heap takes eight times that before it is collected, and
 * the process 330 MB (measured with 1,000,000 payments): collected sooner it is as fast. Flags of V8, read at each collection.
 */
const SMALL_HEAP_FLAGS = ["--heap-growing-percent=20", "--semi-space-growth-factor=1"];

/**
 * `dojang reconcile`: compares a past time with the gateway's lists. Differences go to stdout as they are found, then the
 * sums; progress goes to stderr. It owns the database while it runs, as the server does.
 *
 * @throws {ConfigError} for arguments that are none, and without a gateway; {DojangError} where the database is held
 */
export async function reconcile(args: readonly string[], config: Config): Promise<void> {
  const { isDryRun, ...window } = readArguments(args);
  if (config.gateway === undefined) {
    throw new ConfigError("Set IMP_API_URL: without it the gateway is the server's own emulator");
  }
  for (const flag of SMALL_HEAP_FLAGS) setFlagsFromString(flag);
  const level = config.logLevel === "debug" ? "debug" : "error";
  const log = openLog(level, { write: (line: string) => void process.stderr.write(line) });
  const { deps, close } = await openDeps(config, { gateway: config.gateway, log, clock: systemClock });
  const progress = openProgress(process.stderr);
  try {
    const result = await reconcileWindow(deps, {
      window,
      isDryRun,
      onProgress: progress.show,
      onFinding({ orderId, paymentId, what }) {
        progress.clear();
        process.stdout.write(`${printable(orderId)} ${paymentId}: ${what}\n`);
      },
    });
    progress.clear();
    if (result.kind === "reconciled") {
      process.stdout.write(summary(result.report, { isDryRun, isResumed: result.isResumed }));
      return;
    }
    const how = isDryRun ? "try again" : "the same command goes on where this one stopped";
    process.stderr.write(`dojang: The gateway cannot be asked (${result.reason}): ${how}\n`);
    process.exitCode = 1;
  } finally {
    await close();
  }
}

function readArguments(args: readonly string[]): { from: number; to: number; isDryRun: boolean } {
  const values = parse(args);
  const from = Math.floor(time("--from", values.from) / 1000);
  const to = Math.ceil(time("--to", values.to) / 1000);
  if (from >= to) throw new ConfigError("Set --to to a time after --from");
  if (to * 1000 > systemClock.now() - SETTLED_MS) {
    throw new ConfigError("Set --to to a time at least 30 s ago: the gateway's lists are not whole before");
  }
  return { from, to, isDryRun: values["dry-run"] ?? false };
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

function time(name: string, text: string | undefined): number {
  const ms = text !== undefined && RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (!(ms >= 0)) throw new ConfigError(`Set ${name} to a time with its offset: ${HOW}`);
  return ms;
}

/** An id of the gateway's may be any text: no line of the output is of its making. */
function printable(text: string): string {
  return /^[\x21-\x7e]+$/.test(text) ? text : JSON.stringify(text);
}

function summary(
  { counts, differences }: ReconcileReport,
  { isDryRun, isResumed }: { isDryRun: boolean; isResumed: boolean },
): string {
  const rows: readonly (readonly [string, number])[] = [
    ["payments in the gateway's lists", counts.seen],
    ["of other systems", counts.foreign],
    ["not stored as the lists show them", counts.news],
    ...(isDryRun
      ? []
      : ([
          ["orders found paid", counts.applied],
          ["virtual accounts found", counts.accounts],
          ["refunds found", counts.refunded],
          ["discrepancies opened", counts.discrepancies],
          ["left to the server's next start", counts.handedOver],
        ] as const)),
    ...Object.entries(differences),
  ];
  const width = Math.max(...rows.map(([, count]) => String(count).length));
  const lines = rows.map(([what, count]) => `  ${String(count).padStart(width)}  ${what}`);
  const how = isDryRun ? " (dry run: nothing was changed)" : isResumed ? " (with the run before)" : "";
  return `\nReconciled${how}:\n${lines.join("\n")}\n`;
}
