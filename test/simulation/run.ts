/*
 * The deterministic simulation.
 *
 *   npm run sim -- --seeds 10000 --from 1          runs seeds; --jobs N processes, --bail ends at the first red one
 *   npm run sim -- --seed 7                        one seed again, with everything that happened in it
 *   npm run sim -- --seed 7 --shrink               looks for a smaller plan that breaks the same way
 *   npm run sim -- --seed 7 --steps 1,5 --faults X8   that smaller plan again
 *   npm run sim -- --planted                       puts each bug of planted/ into the server, and must find it within --seeds N;
 *                                                  --only a,b these bugs alone
 *   npm run sim -- --processes 10                  the same with real processes and the real clock, killed with SIGKILL
 *   ... --report                                   writes docs/proof/simulation.md and .json
 *
 * A seed is a world: 5 to 20 orders, some 200 steps, and the faults of the fault model that it draws (`faults.ts`). Everything is the
 * server's own, use cases, domain, tasks, the SQLite engine on a file, the gateway's client with its deadlines, token, breaker and
 * reading of bytes, but for what stands outside: time is virtual, randomness is the seed's, and requests go to the emulator's model in
 * this process (`wire.ts`), not to a socket. A crash drops all that the process held and opens the file again; when the power fails, what
 * was committed and not synced is gone as well. After each step the committed rows, the answers and what left the server are held
 * against the true ledger (`invariants/`); at the end all trouble ends, and all money must be known.
 *
 * Nothing in a seed depends on anything but the seed: the same one is the same trace, to the last line.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { findPlanted } from "./planted/find-planted.ts";
import { killRealProcesses } from "./real-processes.ts";
import { replay } from "./replay.ts";
import { seedsRun, writeReport } from "./report.ts";
import { runSeeds } from "./run-seeds.ts";
import { Tally } from "./tally.ts";

const OPTIONS = {
  seeds: { type: "string" },
  from: { type: "string" },
  jobs: { type: "string" },
  bail: { type: "boolean" },
  seed: { type: "string" },
  shrink: { type: "boolean" },
  steps: { type: "string" },
  faults: { type: "string" },
  processes: { type: "string" },
  planted: { type: "boolean" },
  only: { type: "string" },
  report: { type: "boolean" },
} as const;

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: OPTIONS });
  const jobs = whole("jobs", values.jobs ?? String(availableParallelism()));
  if (values.seed !== undefined) {
    const { shrink = false, steps, faults } = values;
    return replay({ seed: whole("seed", values.seed), shrink, steps, faults });
  }
  const from = whole("from", values.from ?? "1");
  if (values.processes !== undefined) {
    const lives = whole("processes", values.processes);
    const startedAt = Date.now();
    const figures = await killRealProcesses({ lives, seed: from });
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`${lives} real processes killed: ${figures} in ${seconds} s\n`);
    return true;
  }
  const { report: isReported = false } = values;
  if (values.planted === true) {
    const seedsMax = whole("seeds", values.seeds ?? "200");
    return findPlanted({ jobs, seedsMax, only: values.only, isReported });
  }
  const seeds = whole("seeds", values.seeds ?? "100");
  const tally = await runRange({ from, seeds, jobs, isFirstEnough: values.bail ?? false, isReported });
  return tally.red.length === 0;
}

async function runRange(asked: {
  from: number;
  seeds: number;
  jobs: number;
  isFirstEnough: boolean;
  isReported: boolean;
}): Promise<Tally> {
  const tally = new Tally();
  await runSeeds({
    ...asked,
    onResult(result) {
      tally.add(result);
      const { seed, fault, story, brokenAt } = result;
      if (fault !== undefined)
        process.stdout.write(
          `seed ${seed} ${brokenAt === undefined ? "at the end" : `at step ${brokenAt}`}: ${fault}\n${story}\n\n`,
        );
      drawBar(tally, asked.seeds);
      // A long run that is ended leaves what it found out so far.
      if (asked.isReported && (tally.seeds % REPORT_EVERY === 0 || tally.seeds === asked.seeds))
        writeReport({ seeds: seedsRun(tally, asked) });
      return fault === undefined || !asked.isFirstEnough;
    },
  });
  process.stdout.write(`${tally.summary()}\n`);
  return tally;
}

const REPORT_EVERY = 20;
const BAR = 40;

/** On a terminal alone. */
function drawBar({ seeds: done, red, seconds }: Tally, seeds: number): void {
  if (!process.stderr.isTTY) return;
  const filled = "#".repeat(Math.floor((done / seeds) * BAR)).padEnd(BAR, ".");
  const left = ((seconds / done) * (seeds - done)).toFixed(0);
  process.stderr.write(`\r[${filled}] ${done}/${seeds}, ${red.length} red, ${left} s left `);
  if (done === seeds) process.stderr.write("\n");
}

function whole(name: string, text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text))
    throw new Error(`Cannot read --${name} ${text}: expected a whole number from 1`);
  return Number(text);
}

process.exitCode = (await main()) ? 0 : 1;
