import type { ClockPlan } from "./plan.ts";
import { whenArmed } from "./when-armed.ts";

/** Steps the machine's clock as the process reads it. Timers and `performance.now` go on evenly, as they do when a real clock is set. */
export function shiftClock({ aheadMs = 0, jump, onContinueMs }: ClockPlan): void {
  const real = Date.now;
  let ahead = aheadMs;
  Date.now = () => real.call(Date) + ahead;
  const step = (byMs: number) => {
    ahead += byMs;
  };
  if (jump !== undefined) whenArmed(() => void setTimeout(step, jump.afterMs, jump.byMs).unref());
  if (onContinueMs !== undefined) process.once("SIGCONT", () => step(onContinueMs));
}
