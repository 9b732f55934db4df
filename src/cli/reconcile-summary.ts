import type { SweepFinding } from "../usecases/decide-candidate.ts";
import type { SweepCounts } from "../usecases/sweep-counts.ts";
import type { SweepWindow } from "../usecases/sweep-window.ts";

export type Finding = SweepFinding;

export interface ReconcileAsked {
  readonly window: SweepWindow;
  readonly isDryRun: boolean;
  /** 0 to 1. */
  readonly onProgress: (share: number) => void;
  readonly onFinding: (finding: Finding) => void;
}

export type ReconcileEnd =
  | {
      readonly kind: "reconciled";
      readonly counts: SweepCounts;
      readonly differences: Readonly<Record<string, number>>;
      /** Findings that were not listed one by one. */
      readonly moreFindings: number;
      readonly isResumed: boolean;
      /** What becomes of payments that the gateway did not give. */
      readonly leftTo: string;
    }
  /** Not to its end, and why, in one line. */
  | { readonly kind: "stopped"; readonly line: string };

/** What was met, as people read it: the sums, then how often each difference was found. */
export function summary(
  end: Extract<ReconcileEnd, { kind: "reconciled" }>,
  { isDryRun }: Pick<ReconcileAsked, "isDryRun">,
): string {
  const { counts, differences, moreFindings, isResumed, leftTo } = end;
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
          [leftTo, counts.handedOver],
        ] as const)),
    ...Object.entries(differences),
  ];
  const width = Math.max(...rows.map(([, count]) => String(count).length));
  const lines = rows.map(([what, count]) => `  ${String(count).padStart(width)}  ${what}`);
  const how = isDryRun ? " (dry run: nothing was changed)" : isResumed ? " (with the run before)" : "";
  const more = moreFindings === 0 ? "" : `\n${moreFindings} more were found than are listed.\n`;
  return `${more}\nReconciled${how}:\n${lines.join("\n")}\n`;
}
