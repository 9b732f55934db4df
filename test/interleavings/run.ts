import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { type Case, casesOf, FOURS, QUICK, SIX } from "./cases.ts";
import { PLANTED, plant } from "./planted.ts";
import { type PlantedRow, type Row, summaryOf } from "./summary.ts";
import { writeProof } from "./write-proof.ts";

const OPTIONS = {
  quick: { type: "boolean" },
  only: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  max: { type: "string" },
  six: { type: "string" },
  planted: { type: "boolean" },
  plant: { type: "string" },
  write: { type: "boolean" },
} as const;

/**
 * `npm run interleavings`: the planted bugs, the six of the issue with a bound, and every small case by all of its interleavings.
 * `-- --quick`: the few of the test. `--only TEXT`: cases whose name holds it, or `six`. `--from N`, `--to N`: by their numbers. `--max N`: schedules of one case at most. `--six N`: of the
 * six. `--planted`: those alone. `--write`: into docs/proof.
 */
async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.plant !== undefined) return runPlanted(values.plant);
  const isPart = values.quick === true || values.only !== undefined || values.from !== undefined;
  const planted = isPart ? [] : await runAllPlanted();
  const rows: Row[] = [];
  const onRow = () => {
    // A long run that is stopped leaves what it has done.
    if (values.write === true) writeProof({ rows, planted });
  };
  onRow();
  if (values.planted === true) return planted.every(({ isFound }) => isFound);
  const cases = values.quick === true ? QUICK : [...casesOf(), ...FOURS];
  const asked = cases
    .slice(whole(values.from ?? "1") - 1, whole(values.to))
    .filter(({ name }) => name.includes(values.only ?? ""));
  await runCases(asked, { rows, onRow, schedulesMax: whole(values.max) });
  if (!isPart || values.only === "six")
    await runCases([SIX], { rows, onRow, schedulesMax: whole(values.six ?? "20000") });
  process.stdout.write(`${summaryOf(rows)}\n`);
  return rows.every(({ finding }) => finding === undefined) && planted.every(({ isFound }) => isFound);
}

interface CasesRun {
  readonly rows: Row[];
  readonly onRow: () => void;
  readonly schedulesMax: number;
}

/** The modules of the product are loaded here, after a bug was planted in one of them. */
async function runCases(cases: readonly Case[], { rows, onRow, schedulesMax }: CasesRun): Promise<void> {
  const { openShelf } = await import("./shelf.ts");
  const { explore } = await import("./explore.ts");
  await using shelf = await openShelf();
  for (const asked of cases) {
    const startedAt = performance.now();
    const { ends, ...explored } = await explore(shelf, asked, { schedulesMax });
    const seconds = (performance.now() - startedAt) / 1000;
    rows.push({ case: asked.name, actors: asked.actors.length, ...explored, ends: ends.size, seconds });
    const { schedules, states, interleavings, isWhole, finding } = explored;
    const bound = isWhole ? "" : " BOUNDED";
    process.stdout.write(
      `${asked.name}: ${schedules} schedules, ${states} states, ${interleavings} interleavings${bound}\n`,
    );
    if (finding !== undefined)
      process.stdout.write(
        `  FOUND ${finding.says}\n${finding.steps.map((step) => `    ${step}\n`).join("")}`,
      );
    onRow();
  }
}

/** Each in a process of its own: a module is loaded once. */
async function runAllPlanted(): Promise<readonly PlantedRow[]> {
  const rows: PlantedRow[] = [];
  for (const { name, what, in: where } of PLANTED) {
    const args = [fileURLToPath(import.meta.url), "--plant", name];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { says, schedules } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as {
      says?: string;
      schedules: number;
    };
    rows.push({ name, what, in: where.name, isFound: says !== undefined, says: says ?? "", schedules });
    process.stdout.write(
      `${name}: ${says === undefined ? "NOT FOUND" : `found in ${schedules} schedules: ${says}`}\n`,
    );
  }
  return rows;
}

async function runPlanted(name: string): Promise<boolean> {
  const planted = PLANTED.find((one) => one.name === name);
  if (planted === undefined)
    throw new Error(`Cannot plant ${name}: expected ${PLANTED.map((one) => one.name).join(", ")}`);
  plant(planted);
  const rows: Row[] = [];
  await runCases([planted.in], { rows, onRow: () => {}, schedulesMax: Number.POSITIVE_INFINITY });
  const [row] = rows;
  process.stdout.write(`${JSON.stringify({ says: row?.finding?.says, schedules: row?.schedules })}\n`);
  return true;
}

function whole(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`Cannot run ${text}: expected a whole number from 1`);
  return Number(text);
}

process.exitCode = (await main()) ? 0 : 1;
