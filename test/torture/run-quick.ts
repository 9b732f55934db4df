import { runCampaign } from "./campaign.ts";
import type { Options } from "./options.ts";
import type { Tally } from "./tally.ts";

const ROUNDS = 2;
const BUYERS = 4;

/** Some rounds on each engine at the same time. @returns the findings */
export async function runQuick(
  { engines, seed }: Pick<Options, "engines" | "seed">,
  tally: Tally,
): Promise<readonly string[]> {
  const lanes = engines.map((engine) =>
    runCampaign({
      ...{ engine, seed, tally, rounds: ROUNDS, buyers: BUYERS, isSmall: true },
      faults: ["kill", "labelled"],
      isOver: () => false,
    }),
  );
  return (await Promise.all(lanes)).flat();
}
