import { type FoundBug, plantedRun, writeReport } from "../report.ts";
import { runSeeds } from "../run-seeds.ts";
import { PLANTED } from "./planted.ts";
import type { Planted } from "./planted-bug.ts";

interface Search {
  readonly jobs: number;
  /** A bug that no seed up to this one finds is not found. */
  readonly seedsMax: number;
  /** Ids by commas. Default: all. */
  readonly only: string | undefined;
  readonly isReported: boolean;
}

/** Puts each bug into the server alone, and runs the seeds from 1 until one goes red. @returns whether each was found */
export async function findPlanted({ jobs, seedsMax, only, isReported }: Search): Promise<boolean> {
  const startedAt = Date.now();
  const wanted = only?.split(",");
  const bugs = PLANTED.filter(({ id }) => wanted === undefined || wanted.includes(id));
  const found = new Map<string, FoundBug>();
  const waiting = [...bugs];
  const search = async () => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const result = await findOne(bug, seedsMax);
      found.set(bug.id, result);
      const where =
        result.seed === undefined
          ? `NOT FOUND in ${result.seeds} seeds`
          : `seed ${result.seed}: ${result.broke}`;
      process.stdout.write(`${bug.id}: ${where}\n`);
      if (isReported) {
        const seconds = (Date.now() - startedAt) / 1000;
        writeReport({
          planted: plantedRun(
            bugs.flatMap(({ id }) => found.get(id) ?? []),
            seconds,
          ),
        });
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, search));
  const missed = bugs.filter(({ id }) => found.get(id)?.seed === undefined).map(({ id }) => id);
  const verdict = missed.length === 0 ? "green" : `RED, not found: ${missed.join(" ")}`;
  process.stdout.write(
    `${bugs.length} planted bugs: ${verdict}; ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`,
  );
  return missed.length === 0;
}

async function findOne({ id, what, file }: Planted, seedsMax: number): Promise<FoundBug> {
  let red: Pick<FoundBug, "seed" | "broke"> = {};
  let seeds = 0;
  const endedWith = await runSeeds({
    from: 1,
    seeds: seedsMax,
    jobs: 1,
    planted: id,
    onResult({ seed, fault }) {
      seeds += 1;
      if (fault !== undefined) red = { seed, broke: firstLine(fault) };
      return fault === undefined;
    },
  }).catch((error: unknown) => String(error));
  // Some bugs end the process itself.
  if (endedWith !== undefined && red.seed === undefined) red = { seed: seeds + 1, broke: endedWith };
  return { id, what, file: `src/${file}`, seeds, ...red };
}

function firstLine(fault: string): string {
  return (fault.split("\n")[0] ?? "").slice(0, 160);
}
