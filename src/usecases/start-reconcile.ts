import type { Deps } from "./deps.ts";
import { openReconcile, type ReconcileRun, saveReconcile } from "./reconcile-run.ts";

export function reconcileKey(id: string): string {
  return `reconcile:${id}`;
}

/**
 * Has the server reconcile a window by a task: it goes on after the end of the process, and tries again by itself after trouble at the
 * gateway. A window that is under way is not begun a second time.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`: ask again, nothing is done twice
 */
export async function startReconcile(
  deps: Deps,
  { actor, ...asked }: Pick<ReconcileRun, "window" | "isDryRun"> & { readonly actor: string },
): Promise<{ readonly run: ReconcileRun; readonly isResumed: boolean }> {
  const opened = await openReconcile(deps, asked);
  const { id } = opened.run;
  if (!opened.isResumed) await saveReconcile(deps, opened.run);
  // Also for one that is under way: its task may have been given up.
  const task = { kind: "reconcile", key: reconcileKey(id), repeat: "again", payload: { id } } as const;
  const data = { from: asked.window.from, to: asked.window.to, is_dry_run: asked.isDryRun };
  const act = { action: "reconcile.started", actor, subject: id, data } as const;
  await deps.store.recordAct(act, [{ ...task, dueAt: deps.clock.now() }]);
  return opened;
}
