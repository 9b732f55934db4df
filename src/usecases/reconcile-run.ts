import type { SweepFinding } from "./decide-candidate.ts";
import type { Deps } from "./deps.ts";
import { NO_COUNTS, type SweepCounts } from "./sweep-counts.ts";
import { SWEPT_LISTS, type SweepPosition, type SweepWindow } from "./sweep-window.ts";

/** One reconciliation of one window, as far as it has come. What it met counts runs that were stopped too. */
export interface ReconcileRun {
  readonly id: string;
  readonly window: SweepWindow;
  /** Looks and counts, and decides nothing. */
  readonly isDryRun: boolean;
  readonly isDone: boolean;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly position: SweepPosition;
  readonly counts: SweepCounts;
  /** How often each kind of difference was found. */
  readonly differences: Readonly<Record<string, number>>;
  /** The first `FINDINGS_MAX`. */
  readonly findings: readonly SweepFinding[];
}

/** What one window may leave in the database and in memory. */
export const FINDINGS_MAX = 1000;

/** The run of this window that was stopped or is under way, or a new one. There is one at a time of each window. */
export async function openReconcile(
  deps: Deps,
  { window, isDryRun }: Pick<ReconcileRun, "window" | "isDryRun">,
): Promise<{ readonly run: ReconcileRun; readonly isResumed: boolean }> {
  const id = `${window.from}-${window.to}${isDryRun ? "-dry" : ""}`;
  const saved = await readReconcile(deps, id);
  if (saved !== undefined && !saved.isDone) return { run: saved, isResumed: true };
  const run: ReconcileRun = {
    id,
    window,
    isDryRun,
    isDone: false,
    startedAt: deps.clock.now(),
    position: { list: 0, at: window.from },
    counts: NO_COUNTS,
    differences: {},
    findings: [],
  };
  return { run, isResumed: false };
}

export async function readReconcile({ store }: Deps, id: string): Promise<ReconcileRun | undefined> {
  const value = await store.readCursor(nameOf(id));
  return value === undefined ? undefined : JSON.parse(value);
}

export async function saveReconcile({ store }: Deps, run: ReconcileRun): Promise<void> {
  await store.saveCursor(nameOf(run.id), JSON.stringify(run));
}

/** How much of the lists is behind it, 0 to 1. */
export function shareOf({ isDone, position, window }: ReconcileRun): number {
  if (isDone) return 1;
  const ofList = (position.at - window.from) / Math.max(1, window.to - window.from);
  return Math.min(1, (position.list + ofList) / SWEPT_LISTS.length);
}

function nameOf(id: string): string {
  return `reconcile:${id}`;
}
