import type { Plan } from "./plan.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";

/** So many smaller plans are tried at most. */
const TRIES_MAX = 400;

/**
 * Looks for a smaller plan of the same seed that breaks the same invariant: without what comes after, with fewer kinds of trouble, with
 * fewer steps, and so with fewer orders.
 */
export async function shrink(
  plan: Plan,
  { first, blank, onTry }: { first: SeedResult; blank: string; onTry: (tries: number, plan: Plan) => void },
): Promise<{ readonly plan: Plan; readonly result: SeedResult }> {
  let smallest = plan;
  let result = first;
  let tries = 0;
  const attempt = async (smaller: Plan): Promise<boolean> => {
    if (tries >= TRIES_MAX) return false;
    tries += 1;
    onTry(tries, smallest);
    const tried = await runSeed(smaller, { blank });
    if (tried.fault === undefined || kindOf(tried) !== kindOf(first)) return false;
    smallest = smaller;
    result = tried;
    return true;
  };
  const { brokenAt } = first;
  if (brokenAt !== undefined)
    await attempt({ ...plan, steps: plan.steps.filter(({ index }) => index <= brokenAt) });
  for (const fault of plan.faults)
    await attempt({ ...smallest, faults: new Set([...smallest.faults].filter((one) => one !== fault)) });
  for (let size = Math.ceil(smallest.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.steps.length; ) {
      const steps = smallest.steps.toSpliced(at, size);
      if (!(await attempt({ ...smallest, steps }))) at += size;
    }
  }
  return { plan: smallest, result };
}

/** The invariant, or the place of the code, that broke: which order it was may differ. */
function kindOf({ fault = "" }: SeedResult): string {
  return /^I\d+/.exec(fault)?.[0] ?? fault.replace(/[\d_]+\w*/g, "").slice(0, 60);
}
