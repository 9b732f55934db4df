import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openDojang } from "../attacks/open-dojang.ts";
import { openGuide } from "../attacks/open-guide.ts";
import { type Outcome, runAttacks, verdictsByClass } from "../attacks/run-attacks.ts";
import type { Target } from "../attacks/target.ts";
import { runFlows } from "../flows/run-flows.ts";
import { runMutations } from "../mutations/run-mutations.ts";
import { CLASSES, type ClassId } from "./classes.ts";
import { namedIn } from "./find-tests.ts";
import { groupTests } from "./group-tests.ts";
import { renderReport, summaryOf } from "./render-report.ts";
import type { ClassReport, Report } from "./report.ts";
import { runNamedTests } from "./run-named-tests.ts";

const FOLDER = "docs/forgery-report";
const USAGE = "expected --flows N and --from S, whole numbers from 1";

/**
 * `npm run forgery -- --flows N --from S`: every named test, the attacks on both servers, N generated flows from seed S, every changed
 * answer. Writes docs/forgery-report when N is the whole 5,000, and is green when nothing of Dojang's went wrong.
 */
async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { flows: { type: "string" }, from: { type: "string" } } });
  const [flows, from] = [whole(values.flows ?? String(FLOWS)), whole(values.from ?? "1")];
  const mutated = await timed("changed answers", () => runMutations({ isWhole: true }));
  const flowed = await timed("generated flows", () => runFlows({ flows, from }));
  const dojang = await timed("attacks on Dojang", () => attack(openDojang));
  const guide = await timed("attacks on the guide's way", () => attack(openGuide));
  const ended = await timed("named tests", runNamedTests);
  const red = ended
    .filter(({ result }) => result === "red")
    .map(({ file, names }) => `${file}: ${names.join(" > ")}`);
  for (const fault of [...mutated.faults, ...flowed.faults, ...red]) process.stdout.write(`${fault}\n`);
  const tests = groupTests(ended);
  const classes = (Object.keys(CLASSES) as ClassId[]).map((of) => [
    of,
    { tests: tests[of], ...attacksOf(of, { dojang, guide }) },
  ]);
  const report: Report = {
    day: new Date().toISOString().slice(0, 10),
    node: process.version,
    classes: Object.fromEntries(classes),
    red: red.filter((name) => namedIn(name).length > 0),
    flows: { ...flowed, faults: flowed.faults.length },
    mutations: { ...mutated, faults: mutated.faults.length },
  };
  if (flows === FLOWS) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(`${FOLDER}/report.json`, `${JSON.stringify(report, null, 1)}\n`);
    writeFileSync(`${FOLDER}/README.md`, renderReport(report));
  }
  process.stdout.write(`${summaryOf(report)}\n`);
  const open = dojang.filter(({ verdict }) => verdict !== "closed");
  return red.length + open.length + report.flows.faults + report.mutations.faults === 0;
}

const FLOWS = 5000;

async function attack(open: () => Promise<Target>): Promise<readonly Outcome[]> {
  await using target = await open();
  return await runAttacks(target);
}

function attacksOf(
  of: ClassId,
  { dojang, guide }: Readonly<Record<"dojang" | "guide", readonly Outcome[]>>,
): Omit<ClassReport, "tests"> {
  const off = "not over the wire" as const;
  const attacks = dojang.flatMap(({ of: one, what, verdict, seen }, index) => {
    const there = guide[index];
    if (one !== of || there === undefined) return [];
    return [{ what, dojang: { verdict, seen }, guide: { verdict: there.verdict, seen: there.seen } }];
  });
  return {
    dojang: verdictsByClass(dojang).get(of) ?? off,
    guide: verdictsByClass(guide).get(of) ?? off,
    attacks,
  };
}

/** Says how long it took, and how much of that this process had a processor: a busy machine makes the first longer. */
async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const [startedAt, usedBefore] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const used = process.cpuUsage(usedBefore);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(
    `${what}: ${seconds} s, ${Math.round((used.user + used.system) / 1e6)} s of a processor\n`,
  );
  return result;
}

function whole(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`Cannot run ${text}: ${USAGE}`);
  return Number(text);
}

process.exitCode = (await main()) ? 0 : 1;
