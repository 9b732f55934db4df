import { runCampaign } from "./campaign.ts";
import type { FaultName } from "./faults.ts";
import { PLANTS } from "./inside/plants.ts";
import type { EngineName } from "./labels.ts";
import type { Options } from "./options.ts";
import type { Tally } from "./tally.ts";

/** Where a planted bug is looked for. */
interface Hunt {
  readonly engine: EngineName;
  readonly faults: readonly FaultName[];
  /** No kill can show it: then nothing may be found. */
  readonly isBlind?: boolean;
}

const KILLS = ["kill", "labelled"] as const;

const HUNTS: Readonly<Record<string, Hunt>> = {
  "answers-before-commit": { engine: "sqlite", faults: KILLS },
  "webhook-not-awaited": { engine: "sqlite", faults: KILLS },
  "delivery-not-acknowledged": { engine: "sqlite", faults: KILLS },
  "refund-twice-after-restart": { engine: "sqlite", faults: KILLS },
  "claims-not-released": { engine: "sqlite", faults: KILLS },
  "doubt-is-success": { engine: "postgres", faults: ["cut"] },
  "lease-not-checked": { engine: "postgres", faults: ["stop"] },
  "nothing-synced": { engine: "sqlite", faults: KILLS, isBlind: true },
};

/** Databases, each with a seed of its own, before a bug counts as missed. */
const TRIES_MAX = 4;
const ROUNDS = 12;
const BUYERS = 6;

/** One line for each planted bug. @returns those that were not found, and a blind one that was */
export async function runPlanted({ seed, engines }: Options, tally: Tally): Promise<readonly string[]> {
  const missed: string[] = [];
  for (const name of Object.keys(PLANTS)) {
    const hunt = HUNTS[name];
    if (hunt === undefined) throw new Error(`Invariant violated: nobody hunts ${name}`);
    if (!engines.includes(hunt.engine)) continue;
    const rounds = tally.rounds;
    const [found] = await hunted(name, { hunt, seed, tally });
    const isFound = found !== undefined;
    const spent = `${tally.rounds - rounds + (isFound ? 0 : 0)} rounds`;
    process.stdout.write(
      `${name}: ${isFound ? `found after ${spent}: ${found.split("\n")[0]}` : `not found in ${spent}`}\n`,
    );
    if (isFound === (hunt.isBlind ?? false)) missed.push(`${name} was ${isFound ? "" : "not "}found`);
  }
  return missed;
}

async function hunted(
  plant: string,
  { hunt, seed, tally }: { hunt: Hunt; seed: number; tally: Tally },
): Promise<readonly string[]> {
  const { engine, faults, isBlind = false } = hunt;
  for (let tries = 0; tries < (isBlind ? 1 : TRIES_MAX); tries += 1) {
    const given = { engine, seed: seed + tries, faults, rounds: ROUNDS, buyers: BUYERS };
    const found = await runCampaign({ ...given, plant, isOver: () => false, tally });
    if (found.length > 0) return found;
  }
  return [];
}
