import type { GatewayTrouble } from "../gateway/gateway.ts";
import type { SweepFinding } from "./decide-candidate.ts";
import type { Deps } from "./deps.ts";
import { FINDINGS_MAX, type ReconcileRun } from "./reconcile-run.ts";
import { addCounts } from "./sweep-counts.ts";
import { sweepWindow } from "./sweep-window.ts";

export interface ReconcileOptions {
  readonly run: ReconcileRun;
  /** After each piece, and at the end. What it saves is durable before the next piece begins. */
  readonly onPiece: (run: ReconcileRun) => Promise<void>;
  readonly onFinding?: (finding: SweepFinding) => void;
  /** The run stops after the piece that is under way then; the next one goes on. */
  readonly endAt?: number;
  /** As for a sweep. */
  readonly handOverAt?: number;
}

/**
 * Compares all payments of a past window with the gateway's lists and decides what differs, from where the run is on. What was
 * stopped, or met trouble at the gateway, goes on where it was.
 *
 * @returns the run as it ended, done or not
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function reconcileWindow(
  deps: Deps,
  options: ReconcileOptions,
): Promise<{ readonly kind: "reconciled"; readonly run: ReconcileRun } | GatewayTrouble> {
  const { onPiece, onFinding, endAt = Number.POSITIVE_INFINITY, handOverAt } = options;
  let { run } = options;
  const found = new Map(Object.entries(run.differences));
  const findings = [...run.findings];
  const result = await sweepWindow(deps, {
    window: run.window,
    isDryRun: run.isDryRun,
    position: run.position,
    foundBy: "reconcile",
    ...(handOverAt === undefined ? {} : { handOverAt }),
    onFinding(finding) {
      found.set(finding.what, (found.get(finding.what) ?? 0) + 1);
      if (findings.length < FINDINGS_MAX) findings.push(finding);
      onFinding?.(finding);
    },
    async onPiece(position, counts) {
      const differences = Object.fromEntries(found);
      run = { ...run, position, counts: addCounts(run.counts, counts), differences, findings };
      await onPiece(run);
      return deps.clock.now() < endAt;
    },
  });
  if (result.kind !== "swept") return result;
  if (result.isWhole) {
    run = { ...run, isDone: true, endedAt: deps.clock.now() };
    await onPiece(run);
  }
  return { kind: "reconciled", run };
}
