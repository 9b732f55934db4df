import { setTimeout } from "node:timers/promises";
import type { Rows } from "../support/open-rows.ts";

export const IS_OPEN = "state IN ('requested', 'unknown')";
/** A delivery behind another one of its order waits for a moment that has not come yet. */
const IS_BUSY = "state = 'leased' OR wake_at <= ? OR (state = 'due' AND kind = 'deliver')";

const LOOK_AGAIN_MS = 50;
/** Far above what it takes, also on a busy machine. */
const QUIET_MS_MAX = 90_000;

export interface Quiet {
  /** Whether a refund that was marked and perhaps never sent is waited for: its minute. */
  readonly waitsForRefunds: boolean;
  /** The time of the servers. Default: the machine's. */
  readonly now?: () => number;
  readonly withinMs?: number;
}

/** No task can run now, the shop has heard all, and no refund is open: or the time is over. @returns whether it is quiet */
export async function untilQuiet(
  rows: Rows,
  { waitsForRefunds, now = Date.now, withinMs = QUIET_MS_MAX }: Quiet,
): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs;
  while (performance.now() < giveUpAt) {
    const busy = await rows.all(`SELECT 1 AS n FROM tasks WHERE ${IS_BUSY} LIMIT 1`, now() + LOOK_AGAIN_MS);
    const open = await rows.all(`SELECT 1 AS n FROM refunds WHERE ${IS_OPEN} LIMIT 1`);
    if (busy.length === 0 && (open.length === 0 || !waitsForRefunds)) return true;
    await setTimeout(LOOK_AGAIN_MS);
  }
  return false;
}
