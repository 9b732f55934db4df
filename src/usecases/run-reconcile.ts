import type { GatewayTrouble } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";
import { readReconcile, saveReconcile } from "./reconcile-run.ts";
import { reconcileWindow } from "./reconcile-window.ts";

const SECOND_MS = 1000;
/** One run ends after this: within the time that the end of the process waits. The next one goes on where it stopped. */
const RUN_MS_MAX = 8 * SECOND_MS;
/** A piece that takes longer hands what is left of it to tasks, well within its lease. */
const PIECE_MS_MAX = 30 * SECOND_MS;

/**
 * Goes on with one reconciliation for a while.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function runReconcile(
  deps: Deps,
  id: string,
): Promise<{ readonly kind: "done" } | { readonly kind: "goes_on" } | GatewayTrouble> {
  const run = await readReconcile(deps, id);
  if (run === undefined || run.isDone) return { kind: "done" };
  const startedAt = deps.clock.now();
  const result = await reconcileWindow(deps, {
    run,
    onPiece: (next) => saveReconcile(deps, next),
    endAt: startedAt + RUN_MS_MAX,
    handOverAt: startedAt + PIECE_MS_MAX,
  });
  if (result.kind !== "reconciled") return result;
  if (!result.run.isDone) return { kind: "goes_on" };
  const { news, applied, discrepancies } = result.run.counts;
  deps.log.info("reconciled", {
    task: id,
    count: news,
    reason: `applied ${applied}, discrepancies ${discrepancies}`,
  });
  return { kind: "done" };
}
