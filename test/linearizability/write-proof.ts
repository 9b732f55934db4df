import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import type { PlantedRow, Share } from "./run.ts";

const FOLDER = fileURLToPath(new URL("../../docs/proof/", import.meta.url));

type Total = ReturnType<typeof totalOf>;

interface Proof {
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly seed: number;
  readonly rows: readonly Total[];
  readonly findings: readonly string[];
  readonly planted: readonly PlantedRow[];
  readonly answers: Readonly<Record<string, number>>;
}

/** What was recorded and checked, when, on what, and what came of it. The shares and the planted bugs may be run one without the other. */
export function writeProof(run: {
  readonly seed: number;
  readonly shares?: readonly Share[];
  readonly planted?: readonly PlantedRow[];
}): void {
  const known = readProof();
  const shares = run.shares === undefined ? {} : { ...aboutRun(), ...sumsOf(run.shares), seed: run.seed };
  write({ ...known, ...shares, ...(run.planted && { planted: run.planted }) });
}

function readProof(): Proof {
  const path = `${FOLDER}linearizability.json`;
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8"));
  return { ...aboutRun(), ...sumsOf([]), seed: 0, planted: [] };
}

function aboutRun() {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}, shared, Node.js ${process.version}`;
  return { commit, date: new Date().toISOString().slice(0, 10), machine };
}

function sumsOf(shares: readonly Share[]) {
  const findings = shares.flatMap(({ report }) => report.findings);
  const answers = new Map<string, number>();
  for (const { report } of shares)
    for (const [word, count] of report.answers) answers.set(word, (answers.get(word) ?? 0) + count);
  const wheres = [...new Set(shares.map(({ where }) => where))];
  const rows = [...wheres.map((where) => totalOf(where, shares)), totalOf("all", shares)];
  const inOrder = [...answers].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return { rows, findings, answers: Object.fromEntries(inOrder) };
}

function write(proof: Proof): void {
  const { commit, date, machine, seed, rows, findings, planted, answers } = proof;
  const page = `# Linearizability

\`npm run linearizability -- --write\` makes this page. Three servers and a worker on one PostgreSQL; four clients at the same time complete,
send webhooks, cancel, refund and read one order at any of the servers, while its payments are approved. What was asked and answered, and
when, is one history. \`test/linearizability/check-history.ts\` looks for one order of the operations, each between its call and its answer,
by which \`test/linearizability/order-model.ts\` gives the same answers. That model was written from the guarantees, without the domain.

| | |
| --- | --- |
| Commit | ${commit} |
| Date | ${date} |
| Machine | ${machine} |
| First seed | ${seed} |

| Servers | Histories | Operations | Unanswered | Positions looked at | Findings | Seconds |
| --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${Object.values(row).join(" | ")} |`).join("\n")}

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
${Object.entries(answers)
  .map(([word, count]) => `| ${word} | ${count} |`)
  .join("\n")}
`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}linearizability.md`, page);
  writeFileSync(`${FOLDER}linearizability.json`, `${JSON.stringify(proof, null, 2)}\n`);
}

function totalOf(where: string, shares: readonly Share[]) {
  const some = where === "all" ? shares : shares.filter((share) => share.where === where);
  const sum = (of: (share: Share) => number) => some.reduce((total, share) => total + of(share), 0);
  return {
    where,
    histories: sum(({ report }) => report.histories),
    operations: sum(({ report }) => report.operations),
    unanswered: sum(({ report }) => report.unanswered),
    visited: sum(({ report }) => report.visited),
    findings: sum(({ report }) => report.findings.length),
    seconds: Math.round(sum(({ seconds }) => seconds)),
  };
}
