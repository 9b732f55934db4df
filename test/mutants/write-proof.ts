import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { type Argued, type Row, summaryOf } from "./rows.ts";

const FOLDER = fileURLToPath(new URL("../../docs/proof/", import.meta.url));

interface ProvenRow extends Row {
  readonly commit: string;
  readonly date: string;
}

/** What was mutated and what came of it: as a page, and as data. A run of some files replaces their rows and leaves the others. */
export function writeProof(run: {
  readonly rows: readonly Row[];
  readonly argued: readonly Argued[];
  readonly seconds: number;
}): void {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const date = new Date().toISOString().slice(0, 10);
  const path = `${FOLDER}mutants.json`;
  const known: readonly ProvenRow[] = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
  const files = new Set(run.rows.map(({ file }) => file));
  const rows = [
    ...known.filter(({ file }) => !files.has(file)),
    ...run.rows.map((row) => ({ ...row, commit, date })),
  ].toSorted((one, other) => (one.file < other.file ? -1 : 1));
  const machine = `${cpus().length} cores, ${cpus()[0]?.model}, shared, Node.js ${process.version}`;
  const whys = rows.flatMap(({ file, argued }) =>
    argued.map(({ mutant }) => `- \`${file}\`: \`${mutant}\`. ${whyOf(run.argued, file, mutant)}`),
  );
  const page = `# Mutants

\`npm run mutants -- --write\` makes this page. Stryker changes \`src/domain\` in every small way that it knows, one at a time, and the
unit tests beside it have to find each. How they are run, and why in one process, stands in \`test/mutants/judge.ts\`.
Words of our own assertions ("Invariant violated: ...") are counted and ignored. Types have no mutants.

| | |
| --- | --- |
| Machine | ${machine} |
| Result | ${summaryOf(rows)} |
| The last run | ${run.rows.length} files, ${run.seconds} s |

| File | Mutants | Killed | Survived | Argued | Ignored | Commit | Date |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row.file} | ${row.mutants} | ${row.killed} | ${row.survived.length} | ${row.argued.length} | ${row.ignored} | ${row.commit} | ${row.date} |`).join("\n")}

## Argued

No test can tell these from the source (\`test/mutants/argued.json\`).

${whys.length === 0 ? "None." : whys.join("\n")}

## Survived

${rows.flatMap(({ file, survived }) => survived.map(({ line, mutant }) => `- \`${file}\` line ${line}: \`${mutant}\``)).join("\n") || "None."}
`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}mutants.md`, page);
  writeFileSync(path, `${JSON.stringify(rows, undefined, 1)}\n`);
}

function whyOf(argued: readonly Argued[], file: string, mutant: string): string {
  return argued.find((entry) => entry.file === file && entry.mutant === mutant)?.why ?? "";
}
