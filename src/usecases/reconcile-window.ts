import type { GatewayTrouble } from "../gateway/gateway.ts";
import type { SweepFinding } from "./decide-candidate.ts";
import type { Deps } from "./deps.ts";
import { addCounts, NO_COUNTS, type SweepCounts } from "./sweep-counts.ts";
import { SWEPT_LISTS, type SweepPosition, type SweepWindow, sweepWindow } from "./sweep-window.ts";

/** What a reconciliation of one window met so far, runs that were stopped included. */
export interface ReconcileReport {
  readonly counts: SweepCounts;
  /** How often each kind of difference was found. */
  readonly differences: Readonly<Record<string, number>>;
}

interface Progress extends ReconcileReport {
  readonly position: SweepPosition;
}

export interface ReconcileOptions {
  readonly window: SweepWindow;
  readonly isDryRun: boolean;
  /** 0 to 1, after each piece. */
  readonly onProgress: (share: number) => void;
  readonly onFinding: (finding: SweepFinding) => void;
}

export type ReconcileResult =
  | { readonly kind: "reconciled"; readonly isResumed: boolean; readonly report: ReconcileReport }
  | GatewayTrouble;

/**
 * Compares all payments of a past window with the gateway's lists and decides what differs. One that was stopped, or met
 * trouble at the gateway, goes on where it was when it is asked for again. A dry run writes nothing, so it starts over.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function reconcileWindow(
  deps: Deps,
  { window, isDryRun, onProgress, onFinding }: ReconcileOptions,
): Promise<ReconcileResult> {
  const name = `reconcile:${window.from}:${window.to}`;
  const saved = isDryRun ? undefined : await readProgress(deps, name);
  let report: ReconcileReport = saved ?? { counts: NO_COUNTS, differences: {} };
  const found = new Map(Object.entries(report.differences));
  const result = await sweepWindow(deps, {
    window,
    isDryRun,
    ...(saved === undefined ? {} : { position: saved.position }),
    onFinding(finding) {
      found.set(finding.what, (found.get(finding.what) ?? 0) + 1);
      onFinding(finding);
    },
    async onPiece(position, counts) {
      report = { counts: addCounts(report.counts, counts), differences: Object.fromEntries(found) };
      if (!isDryRun) await deps.store.saveCursor(name, JSON.stringify({ position, ...report }));
      onProgress(shareOf(position, window));
      return true;
    },
  });
  if (result.kind !== "swept") return result;
  if (!isDryRun) await deps.store.saveCursor(name, "");
  return { kind: "reconciled", isResumed: saved !== undefined, report };
}

async function readProgress({ store }: Deps, name: string): Promise<Progress | undefined> {
  const value = (await store.readCursor(name)) ?? "";
  return value === "" ? undefined : JSON.parse(value);
}

function shareOf({ list, at }: SweepPosition, { from, to }: SweepWindow): number {
  return Math.min(1, (list + (at - from) / Math.max(1, to - from)) / SWEPT_LISTS.length);
}
