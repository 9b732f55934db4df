import { runCampaign } from "./campaign.ts";
import type { EngineName } from "./labels.ts";
import type { Options } from "./options.ts";
import type { Tally } from "./tally.ts";

const ROUNDS: Readonly<Record<EngineName, number>> = { sqlite: 2, postgres: 1 };
const BUYERS = 4;

/** Some rounds on each engine at the same time. @returns the findings */
export async function runQuick(
  { engines, seed }: Pick<Options, "engines" | "seed">,
  tally: Tally,
): Promise<readonly string[]> {
  const lanes = engines.map((engine) =>
    runCampaign({
      ...{ engine, seed, tally, rounds: ROUNDS[engine], buyers: BUYERS, isSmall: true },
      faults: ["kill", "labelled"],
      isOver: () => false,
    }),
  );
  return (await Promise.all(lanes)).flat();
}
