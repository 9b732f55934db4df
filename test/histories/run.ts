import { parseArgs } from "node:util";
import { killRealProcesses } from "./real-processes.ts";
import { runHistory } from "./run-history.ts";

const USAGE = "expected --seeds N, --from S and --processes N, whole numbers from 1";

/** `npm run histories -- --seeds N --from S`: one line of figures, and the story of each red seed, or of the first with `--bail`. */
async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      from: { type: "string" },
      bail: { type: "boolean" },
      processes: { type: "string" },
    },
  });
  const from = whole(values.from ?? "1");
  const seeds = whole(values.seeds ?? "100");
  const isGreen = await runSeeds({ seeds, from, isFirstEnough: values.bail ?? false });
  if (values.processes === undefined) return isGreen;
  const startedAt = Date.now();
  const lives = whole(values.processes);
  const figures = await killRealProcesses({ lives, seed: from });
  process.stdout.write(`${lives} real processes killed: ${figures} in ${secondsSince(startedAt)} s\n`);
  return isGreen;
}

async function runSeeds(asked: { seeds: number; from: number; isFirstEnough: boolean }): Promise<boolean> {
  const { seeds, from, isFirstEnough } = asked;
  const sums = new Map<string, number>();
  const red: number[] = [];
  const startedAt = Date.now();
  for (let seed = from; seed < from + seeds; seed++) {
    const { fault, counts, alarms } = await runHistory(seed);
    for (const [name, count] of [...Object.entries(counts), ...alarms])
      sums.set(name, (sums.get(name) ?? 0) + count);
    if (fault === undefined) continue;
    red.push(seed);
    process.stdout.write(`${fault}\n\n`);
    if (isFirstEnough) break;
  }
  const figures = [...sums].map(([name, sum]) => `${sum} ${name}`).join(", ");
  const verdict = red.length === 0 ? "green" : `RED ${red.join(" ")}`;
  process.stdout.write(`${seeds} seeds from ${from}: ${verdict}; ${figures}; ${secondsSince(startedAt)} s\n`);
  return red.length === 0;
}

function whole(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`Cannot run ${text}: ${USAGE}`);
  return Number(text);
}

function secondsSince(startedAt: number): string {
  return ((Date.now() - startedAt) / 1000).toFixed(1);
}

process.exitCode = (await main()) ? 0 : 1;
