import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { type PlantedRow, type Row, summaryOf } from "./summary.ts";

const FOLDER = fileURLToPath(new URL("../../docs/proof/", import.meta.url));

interface Proof {
  readonly cases: readonly (Row & { readonly commit: string })[];
  readonly planted: readonly PlantedRow[];
}

/**
 * What was run, when, on what, and what came of it: as a page, and as data with a row for each case. A run of a part replaces the rows of
 * its cases and leaves the others.
 */
export function writeProof(run: {
  readonly rows: readonly Row[];
  readonly planted: readonly PlantedRow[];
}): void {
  const about = aboutRun();
  const known = readProof();
  const names = new Set(run.rows.map((row) => row.case));
  const rows = [
    ...known.cases.filter((row) => !names.has(row.case)),
    ...run.rows.map((row) => ({ ...row, commit: about.commit })),
  ].toSorted((one, other) => one.actors - other.actors || (one.case < other.case ? -1 : 1));
  const planted = run.planted.length > 0 ? run.planted : known.planted;
  const commits = [...new Set(rows.map(({ commit }) => commit))].join(", ");
  const line = summaryOf(rows);
  const found = rows.filter(({ finding }) => finding !== undefined);
  const bounded = rows.filter(({ isWhole, finding }) => !isWhole && finding === undefined);
  const largest = rows.toSorted((one, other) => other.states - one.states).slice(0, 12);
  const page = `# Interleavings

\`npm run interleavings -- --write\` makes this page. How it works, and why it may leave out what it leaves out, stands in
\`test/interleavings/explore.ts\`; what is checked in \`test/interleavings/invariants.ts\`.

The real use cases, decisions and SQLite store run in one process over the emulator's books. Each await on the gateway or the store is a
point; a schedule is a list of choices between the points that wait. Every case is run by every schedule, from the beginning each time. A
state that was met before is not followed again, so one schedule stands for many interleavings: those are counted, too.

| | |
| --- | --- |
| Commit | ${commits} |
| Date | ${about.date} |
| Machine | ${about.machine} |
| Result | ${line} |

## Not exhausted

${bounded.length === 0 ? "Every case was run to its end." : "A bound on schedules was met here; the states beyond it were not looked at."}

${bounded.map((row) => `- ${row.case}: ${row.schedules} schedules, ${row.states} states`).join("\n")}

## Findings

${found.length === 0 ? "None." : found.map((row) => `- ${row.case}: ${row.finding?.says}`).join("\n")}

## Bugs that were planted

Each alone, in a process of its own, in the case that has to find it.

| Bug | Case | Found after | It says |
| --- | --- | --- | --- |
${planted.map((row) => `| ${row.what} | ${row.in} | ${row.isFound ? `${row.schedules} schedules` : "NOT FOUND"} | ${row.says} |`).join("\n")}

## The largest cases

| Case | Schedules | States | Interleavings | Ends |
| --- | --- | --- | --- | --- |
${largest.map((row) => `| ${row.case} | ${row.schedules} | ${row.states} | ${row.isWhole ? row.interleavings.toLocaleString("en") : "bounded"} | ${row.ends} |`).join("\n")}

All cases are in [interleavings.json](interleavings.json).
`;
  mkdirSync(FOLDER, { recursive: true });
  replaceFile(`${FOLDER}interleavings.md`, page);
  replaceFile(
    `${FOLDER}interleavings.json`,
    `${JSON.stringify({ ...about, line, planted, cases: rows }, null, 1)}\n`,
  );
}

function readProof(): Proof {
  const path = `${FOLDER}interleavings.json`;
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { cases: [], planted: [] };
}

function aboutRun() {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const [cpu] = cpus();
  const machine = `${cpus().length} cores, ${cpu?.model ?? "unknown"}, shared, Node.js ${process.version}`;
  return { commit, date: new Date().toISOString().slice(0, 10), machine };
}

/** Whole or not at all: two runs of parts may write at the same time. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}
