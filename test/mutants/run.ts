import { globSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { openJudge } from "./judge.ts";
import { type Argued, type Result, type Row, rowsOf, summaryOf } from "./rows.ts";
import { writeProof } from "./write-proof.ts";

/**
 * `npm run mutants`: changes every file of src/domain in every small way that Stryker knows, one at a time, and has the domain's own
 * tests find it. `-- src/domain/money.ts ...`: these files alone (`money.ts:40-50` too). `--write`: into docs/proof.
 * Fails when a mutant lives that argued.json does not excuse, when an excuse is not needed, and when nothing was killed.
 */
async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    options: { write: { type: "boolean" } },
    allowPositionals: true,
  });
  const argued: readonly Argued[] = JSON.parse(
    readFileSync(new URL("./argued.json", import.meta.url), "utf8"),
  );
  const files = positionals.length > 0 ? positionals : sources();
  const isPart = files.some((file) => file.includes(":"));
  const startedAt = performance.now();
  await using judge = await openJudge();
  const results = await mutate(files, judge.command);
  const { rows, stale } = rowsOf(results, argued);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  for (const row of rows) write(row);
  const faults = [
    ...(isPart
      ? []
      : stale.map(({ file, mutant }) => `argued.json excuses what does not live: ${file}: ${mutant}`)),
    ...(rows.some(({ killed }) => killed > 0) ? [] : ["no mutant was killed: the tests did not run"]),
    ...(isAsJudged(results, judge.killed)
      ? []
      : ["Stryker counts other mutants as killed than a test has ended"]),
    ...((await judge.isSound()) ? [] : ["the tests do not pass any more without a mutant"]),
  ];
  for (const fault of faults) process.stdout.write(`FAULT ${fault}\n`);
  if (values.write === true && !isPart && faults.length === 0) writeProof({ rows, argued, seconds });
  process.stdout.write(`${summaryOf(rows)}, ${seconds} s\n`);
  return faults.length === 0 && rows.every(({ survived }) => survived.length === 0);
}

/** All of the domain. Files that hold types alone have no mutants. */
function sources(): readonly string[] {
  return globSync("src/domain/*.ts").filter((path) => !path.endsWith(".test.ts"));
}

/** In a copy of the few files that the domain and its tests need. */
async function mutate(files: readonly string[], command: string): Promise<readonly Result[]> {
  const stryker = new Stryker({
    mutate: [...files],
    testRunner: "command",
    commandRunner: { command },
    ignorePatterns: ["**", "!package.json", "!src/domain/**", "!test/support/*.ts"],
    concurrency: 1,
    reporters: ["progress-append-only"],
    allowEmpty: false,
    timeoutMS: 300_000,
    tempDirName: ".mutants",
  });
  const results = await stryker.runMutationTest();
  return results.map((result) => ({ ...result, fileName: relative(process.cwd(), result.fileName) }));
}

/** A request that failed for another reason than a test looks like a kill to Stryker. */
function isAsJudged(results: readonly Result[], killed: ReadonlyMap<string, string>): boolean {
  const counted = results.filter(({ status }) => status === "Killed").map(({ id }) => id);
  return counted.length === killed.size && counted.every((id) => killed.has(id));
}

function write({ file, mutants, killed, survived }: Row): void {
  process.stdout.write(`${file}: ${killed} of ${mutants} killed\n`);
  for (const { line, mutant } of survived) process.stdout.write(`  LIVES ${file}:${line} ${mutant}\n`);
}

process.exitCode = (await main()) ? 0 : 1;
