import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openProgress } from "../../../src/cli/progress.ts";
import { PLANTS, type Plant } from "./plants.ts";

const RUN = fileURLToPath(new URL("../run.ts", import.meta.url));
const HOOK = new URL("./plant-hook.ts", import.meta.url).href;
const SECONDS = 90;

interface PlantOutcome {
  readonly plant: string;
  readonly target: string;
  readonly isFound: boolean;
  readonly seconds: number;
  /** The finding's first line. */
  readonly finding: string;
}

/** Plants one bug after another, all or those for some targets, and looks for each with its own. @returns the exit code: 0 when each was found */
export async function runPlanted(names: readonly string[], jsonPath: string | undefined): Promise<number> {
  const plants = PLANTS.filter(({ target }) => names.length === 0 || names.includes(target));
  const progress = openProgress(process.stderr);
  const outcomes: PlantOutcome[] = [];
  for (const [at, plant] of plants.entries()) {
    progress.show(at / plants.length);
    const outcome = await lookFor(plant);
    outcomes.push(outcome);
    progress.clear();
    process.stdout.write(
      `${outcome.isFound ? "found" : "MISSED"}  ${plant.name} (${plant.target}, ${outcome.seconds.toFixed(1)} s): ${outcome.finding}\n`,
    );
  }
  const found = outcomes.filter(({ isFound }) => isFound).length;
  process.stdout.write(`planted: ${found} of ${outcomes.length} found\n`);
  if (jsonPath !== undefined) writeFileSync(jsonPath, `${JSON.stringify(outcomes, null, 2)}\n`);
  return found === outcomes.length ? 0 : 1;
}

/** A process of its own: what is planted there stays there. It ends at its first finding. */
async function lookFor({ name, target }: Plant): Promise<PlantOutcome> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [RUN, "--target", target, "--seconds", String(SECONDS), "--first"], {
    env: { ...process.env, NODE_OPTIONS: `--import ${HOOK}`, DOJANG_FUZZ_PLANT: name },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const [code] = await once(child, "close");
  const [, finding = ""] = /FINDING ([^\n]*)/.exec(output) ?? [];
  return {
    plant: name,
    target,
    isFound: code === 1 && finding !== "",
    seconds: (performance.now() - startedAt) / 1000,
    finding: finding === "" ? output.slice(-300) : finding,
  };
}
