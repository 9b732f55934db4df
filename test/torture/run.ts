// npm run torture: the real server process on the real engines, tortured for as long as one likes. See options.ts.
import { openProgress } from "../../src/cli/progress.ts";
import { runCampaign } from "./campaign.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { runPlanted } from "./run-planted.ts";
import { runQuick } from "./run-quick.ts";
import { Tally } from "./tally.ts";
import { writeProof } from "./write-proof.ts";

/** On one database. */
const ROUNDS = 16;
const BUYERS = 6;
const MINUTE_S = 60;

async function main(args: readonly string[]): Promise<boolean> {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return true;
  }
  const options = readOptions(args);
  process.stdout.write(`seed ${options.seed}\n`);
  const tally = new Tally();
  const findings = await run(options, tally);
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  process.stdout.write(`${line(tally, findings.length)}\n`);
  if (options.proof !== undefined) writeProof(options.proof, { tally, findings, options });
  return findings.length === 0;
}

async function run(options: Options, tally: Tally): Promise<readonly string[]> {
  if (options.kind === "planted") return runPlanted(options, tally);
  if (options.kind === "quick") return runQuick(options, tally);
  const progress = openProgress(process.stderr);
  const { until } = options;
  const share = () =>
    "kills" in until ? tally.kills / until.kills : tally.seconds / MINUTE_S / until.minutes;
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      isStopped = true; // the round under way ends first, and takes its disk along
    });
  const isOver = () => {
    progress.show(Math.min(1, share()));
    return isStopped || share() >= 1;
  };
  const findings: string[] = [];
  // Each engine has a lane of its own; a finding ends its lane's database, and the lane goes on with a fresh one.
  const lanes = options.engines.map(async (engine) => {
    for (let seed = options.seed; !isOver(); seed += 1) {
      const given = { engine, seed, faults: options.faults, rounds: ROUNDS, buyers: BUYERS };
      const found = await runCampaign({ ...given, isOver, tally });
      for (const finding of found) {
        progress.clear();
        process.stderr.write(`seed ${seed}, ${finding}\n`);
        findings.push(`seed ${seed}, ${finding}`);
      }
    }
  });
  await Promise.all(lanes);
  progress.clear();
  return findings;
}

function line(tally: Tally, findings: number): string {
  const { rounds, kills, requests, answered, seconds } = tally;
  return `${rounds} rounds, ${kills} kills, ${requests} requests, ${answered} answered, ${findings} findings; ${seconds.toFixed(1)} s`;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
