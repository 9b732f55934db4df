import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { makeBlankDatabase, makeWorkFolder } from "./blank-database.ts";
import { makePlan } from "./plan.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";

/** A result as it goes from process to process. */
export type SentResult = Omit<SeedResult, "faults" | "checks" | "alarms"> &
  Readonly<Record<"faults" | "checks" | "alarms", readonly (readonly [string, number])[]>>;

/** Runs the seeds that it is sent, one after the other, until its parent is gone. */
async function main(): Promise<void> {
  const blank = await makeBlankDatabase(makeWorkFolder());
  const clean = () => rmSync(dirname(blank), { recursive: true, force: true });
  process.once("exit", clean);
  process.on("disconnect", () => process.exit(0));
  process.on("message", (seed: number) => {
    runSeed(makePlan(seed), { blank }).then(
      ({ faults, checks, alarms, ...result }) => {
        process.send?.({ ...result, faults: [...faults], checks: [...checks], alarms: [...alarms] });
      },
      (error: unknown) => {
        process.stderr.write(`seed ${seed}: ${error instanceof Error ? error.stack : error}\n`);
        process.exit(1);
      },
    );
  });
  process.send?.("ready");
}

await main();
