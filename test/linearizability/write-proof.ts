import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import type { PlantedRow, Share } from "./run.ts";

const FOLDER = fileURLToPath(new URL("../../docs/proof/", import.meta.url));

/** What one run of one kind of servers came to; its seed and its kind name it. */
interface Row {
  readonly where: string;
  readonly seed: number;
  readonly commit: string;
  readonly histories: number;
  readonly operations: number;
  readonly unanswered: number;
  readonly visited: number;
  readonly seconds: number;
  readonly findings: readonly string[];
  readonly answers: Readonly<Record<string, number>>;
}

interface Proof {
  readonly date: string;
  readonly machine: string;
  readonly runs: readonly Row[];
  readonly planted: readonly PlantedRow[];
}

/**
 * What was recorded and checked, when, on what, and what came of it. A run replaces the rows of the same servers and seed, and leaves
 * the others.
 */
export function writeProof(run: {
  readonly seed: number;
  readonly shares?: readonly Share[];
  readonly planted?: readonly PlantedRow[];
}): void {
  const { seed, shares = [], planted } = run;
  const known = readProof();
  const rows = [...new Set(shares.map(({ where }) => where))].map((where) => rowOf(where, { shares, seed }));
  const isKept = (row: Row) => !rows.some((one) => one.where === row.where && one.seed === row.seed);
  const runs = [...known.runs.filter(isKept), ...rows].toSorted((one, other) => one.seed - other.seed);
  const [cpu] = cpus();
  const machine = `${cpus().length} cores, ${cpu?.model ?? "unknown"}, shared, Node.js ${process.version}`;
  write({ date: new Date().toISOString().slice(0, 10), machine, runs, planted: planted ?? known.planted });
}

function readProof(): Pick<Proof, "runs" | "planted"> {
  const path = `${FOLDER}linearizability.json`;
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { runs: [], planted: [] };
}

function rowOf(where: string, { shares, seed }: { shares: readonly Share[]; seed: number }): Row {
  const some = shares.filter((share) => share.where === where);
  const sum = (of: (share: Share) => number) => some.reduce((total, share) => total + of(share), 0);
  return {
    where,
    seed,
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    histories: sum(({ report }) => report.histories),
    operations: sum(({ report }) => report.operations),
    unanswered: sum(({ report }) => report.unanswered),
    visited: sum(({ report }) => report.visited),
    seconds: Math.round(sum(({ seconds }) => seconds)),
    findings: some.flatMap(({ report }) => report.findings),
    answers: addAnswers(some.map(({ report }) => Object.fromEntries(report.answers))),
  };
}

function addAnswers(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const answers of all)
    for (const [word, count] of Object.entries(answers)) sums.set(word, (sums.get(word) ?? 0) + count);
  return Object.fromEntries([...sums].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function lineOf(row: Row): string {
  const { where, seed, commit, histories, operations, unanswered, visited, findings, seconds } = row;
  const cells = [where, seed, commit, histories, operations, unanswered, visited, findings.length, seconds];
  return `| ${cells.join(" | ")} |`;
}

function write(proof: Proof): void {
  const { date, machine, runs, planted } = proof;
  const findings = runs.flatMap((row) => row.findings);
  const sum = (of: (row: Row) => number) => runs.reduce((total, row) => total + of(row), 0);
  const page = `# Linearizability

\`npm run linearizability -- --write\` makes this page. Three servers and a worker on one PostgreSQL; four clients at the same time complete,
send webhooks, cancel, refund and read one order at any of the servers, while its payments are approved. What was asked and answered, and
when, is one history. \`test/linearizability/check-history.ts\` looks for one order of the operations, each between its call and its answer,
by which \`test/linearizability/order-model.ts\` gives the same answers. That model was written from the guarantees, without the domain.

| | |
| --- | --- |
| Date | ${date} |
| Machine | ${machine} |
| Histories | ${sum(({ histories }) => histories)} |
| Operations | ${sum(({ operations }) => operations)} |
| Findings | ${findings.length} |

| Servers | First seed | Commit | Histories | Operations | Unanswered | Positions looked at | Findings | Seconds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${runs.map(lineOf).join("\n")}

## Findings

${findings.length === 0 ? "None." : findings.map((finding) => `\`\`\`\n${finding}\n\`\`\``).join("\n")}

## Bugs that were planted

Each before the store of all three servers.

| Bug | Found after |
| --- | --- |
${planted.map(({ what, isFound, histories }) => `| ${what} | ${isFound ? `${histories} histories` : "NOT FOUND"} |`).join("\n")}

## What was answered

| Answer | Times |
| --- | --- |
${Object.entries(addAnswers(runs.map((row) => row.answers)))
  .map(([word, count]) => `| ${word} | ${count} |`)
  .join("\n")}
`;
  mkdirSync(FOLDER, { recursive: true });
  replaceFile(`${FOLDER}linearizability.md`, page);
  replaceFile(`${FOLDER}linearizability.json`, `${JSON.stringify(proof, null, 2)}\n`);
}

/** Whole or not at all: two runs of parts may write at the same time. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}
