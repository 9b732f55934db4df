import { setFlagsFromString } from "node:v8";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { openLog } from "../log.ts";
import { openDeps } from "../main.ts";
import { openReconcile, saveReconcile, shareOf } from "../usecases/reconcile-run.ts";
import { reconcileWindow } from "../usecases/reconcile-window.ts";
import type { ReconcileAsked, ReconcileEnd } from "./reconcile-summary.ts";

/**
 * Each page is 10 MB of garbage, and 27 MB are alive. Left alone the heap takes eight times that before it is collected, and
 * the process 330 MB (measured with 1,000,000 payments): collected sooner it is as fast. Flags of V8, read at each collection.
 */
const SMALL_HEAP_FLAGS = ["--heap-growing-percent=20", "--semi-space-growth-factor=1"];

/** Reconciles in this process, on a database that no server owns or that all share. A dry run writes nothing, so it starts over. */
export async function reconcileHere(config: Config, asked: ReconcileAsked): Promise<ReconcileEnd> {
  const { isDryRun, onProgress, onFinding } = asked;
  if (config.gateway === undefined) {
    throw new ConfigError("Set IMP_API_URL: without it the gateway is the server's own emulator");
  }
  for (const flag of SMALL_HEAP_FLAGS) setFlagsFromString(flag);
  const level = config.logLevel === "debug" ? "debug" : "error";
  const log = openLog(level, { write: (line: string) => void process.stderr.write(line) });
  const { deps, close } = await openDeps(config, { gateway: config.gateway, log });
  try {
    const { run, isResumed } = await openReconcile(deps, asked);
    const result = await reconcileWindow(deps, {
      run,
      onFinding,
      async onPiece(next) {
        if (!isDryRun) await saveReconcile(deps, next);
        onProgress(shareOf(next));
      },
    });
    if (result.kind === "reconciled") {
      const { counts, differences } = result.run;
      const leftTo = deps.store.isShared ? "left to tasks of their own" : "left to the server's next start";
      return { kind: "reconciled", counts, differences, moreFindings: 0, isResumed, leftTo };
    }
    const how = isDryRun ? "try again" : "the same command goes on where this one stopped";
    return { kind: "stopped", line: `The gateway cannot be asked (${result.reason}): ${how}` };
  } finally {
    await close();
  }
}
