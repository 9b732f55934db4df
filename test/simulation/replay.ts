import { rmSync } from "node:fs";
import { makeBlankDatabase, makeWorkFolder } from "./blank-database.ts";
import { FAULTS } from "./faults.ts";
import { makePlan, type Plan } from "./plan.ts";
import { runSeed } from "./run-seed.ts";
import { shrink } from "./shrink.ts";

interface Replay {
  readonly seed: number;
  readonly shrink: boolean;
  /** Indexes of the steps that are kept, by commas. Default: all. */
  readonly steps: string | undefined;
  /** Default: those of the seed. */
  readonly faults: string | undefined;
}

/** Runs one seed, or a part of its plan, again, and tells everything that happens in it. @returns whether it is green */
export async function replay(asked: Replay): Promise<boolean> {
  const folder = makeWorkFolder();
  const say = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const blank = await makeBlankDatabase(folder);
    const plan = part(makePlan(asked.seed), asked);
    const result = await runSeed(plan, { blank, isTraced: true });
    if (!asked.shrink || result.fault === undefined) {
      for (const line of result.trace ?? []) say(line);
      say(`seed ${asked.seed}: ${result.fault ?? "green"}; trace ${result.hash}`);
      return result.fault === undefined;
    }
    const onTry = (tries: number, { steps, faults }: Plan) => {
      if (process.stderr.isTTY)
        process.stderr.write(`\r${tries} tried, ${steps.length} steps and ${faults.size} faults left `);
    };
    const small = await shrink(plan, { first: result, blank, onTry });
    say(`\nseed ${asked.seed}: ${small.result.fault}\n${small.result.story}`);
    say(
      `again: npm run sim -- --seed ${asked.seed}${choice(
        "steps",
        small.plan.steps.map(({ index }) => index),
      )}${choice("faults", [...small.plan.faults])}`,
    );
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function choice(name: string, values: readonly (string | number)[]): string {
  return ` --${name} ${values.length === 0 ? "none" : values.join(",")}`;
}

function part(plan: Plan, { steps, faults }: Replay): Plan {
  const kept = steps?.split(",").map(Number);
  const named = faults?.split(",");
  return {
    ...plan,
    ...(kept === undefined ? {} : { steps: plan.steps.filter(({ index }) => kept.includes(index)) }),
    ...(named === undefined ? {} : { faults: new Set(FAULTS.filter((fault) => named.includes(fault))) }),
  };
}
