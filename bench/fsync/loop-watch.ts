import { readFileSync } from "node:fs";

/** Milliseconds. `own`: less what the thread waited for a core that others held; the same where the system does not tell. */
export interface LoopReport {
  readonly elapsedMs: number;
  readonly ownElapsedMs: number;
  readonly stallP99Ms: number;
  readonly stallMaxMs: number;
  readonly ownStallP99Ms: number;
  readonly ownStallMaxMs: number;
}

const PERIOD_MS = 1;

/** Watches by a timer how late the event loop of the main thread is, and how much of that is the machine's doing. */
export function watchLoop(): () => LoopReport {
  const stalls: number[] = [];
  const ownStalls: number[] = [];
  const startedAt = performance.now();
  const waitedAtStart = waitedMs();
  let before = startedAt;
  let waitedBefore = waitedAtStart;
  let timer = setTimeout(look, PERIOD_MS);
  function look() {
    const now = performance.now();
    const waited = waitedMs();
    const stall = Math.max(0, now - before - PERIOD_MS);
    stalls.push(stall);
    ownStalls.push(Math.max(0, stall - (waited - waitedBefore)));
    // This look itself does not count.
    before = performance.now();
    waitedBefore = waited;
    timer = setTimeout(look, PERIOD_MS);
  }
  return () => {
    clearTimeout(timer);
    const elapsedMs = performance.now() - startedAt;
    const { p99: stallP99Ms, max: stallMaxMs } = ends(stalls);
    const { p99: ownStallP99Ms, max: ownStallMaxMs } = ends(ownStalls);
    const ownElapsedMs = elapsedMs - (waitedMs() - waitedAtStart);
    return { elapsedMs, ownElapsedMs, stallP99Ms, stallMaxMs, ownStallP99Ms, ownStallMaxMs };
  };
}

function ends(values: number[]): { readonly p99: number; readonly max: number } {
  values.sort((one, other) => one - other);
  return { p99: values[Math.floor(values.length * 0.99)] ?? 0, max: values.at(-1) ?? 0 };
}

/** How long the main thread has been ready to run without a core. The second number of schedstat, in nanoseconds. */
function waitedMs(): number {
  try {
    const text = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8");
    return Number(text.split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}
