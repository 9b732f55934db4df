import { parseArgs } from "node:util";
import { openFleetSite, openSite, type Site } from "./open-site.ts";
import { PLANTED_STORES } from "./planted.ts";
import { type HistoriesReport, runHistories } from "./run-histories.ts";
import { writeProof } from "./write-proof.ts";

const OPTIONS = {
  histories: { type: "string" },
  processes: { type: "string" },
  seed: { type: "string" },
  planted: { type: "boolean" },
  shares: { type: "boolean" },
  quick: { type: "boolean" },
  write: { type: "boolean" },
} as const;
const AT_ONCE = 6;
/** A planted bug is given so many histories. */
const PLANTED_HISTORIES = 400;

export interface Share {
  readonly where: string;
  readonly seconds: number;
  readonly report: HistoriesReport;
}

export interface PlantedRow {
  readonly name: string;
  readonly what: string;
  readonly histories: number;
  readonly isFound: boolean;
  readonly story: string;
}

/**
 * `npm run linearizability`: the planted bugs, then histories of clients on three servers in this process, then a share on servers that are
 * processes. `-- --histories N --processes N --seed S`, `--quick`: a hundred. `--planted`: those alone; `--shares`: all but those. `--write`: into docs/proof.
 */
async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: OPTIONS });
  const seed = whole(values.seed ?? String(1 + (Date.now() % 1_000_000)));
  const isQuick = values.quick === true;
  const shares: Share[] = [];
  const onShare = () => {
    // A long run that is stopped leaves what it has done.
    if (values.write === true) writeProof({ seed, shares });
  };
  const planted = isQuick || values.shares === true ? [] : await runPlanted(seed);
  if (planted.length > 0 && values.write === true) writeProof({ seed, planted });
  if (values.planted === true) return planted.every(({ isFound }) => isFound);
  const inProcess = { histories: whole(values.histories ?? (isQuick ? "100" : "9000")), seed };
  await runShare(shares, { where: "in one process", open: () => openSite(seed), ...inProcess, onShare });
  const processes = whole(values.processes ?? "1000");
  const asProcesses = {
    where: "processes of their own",
    open: () => openFleetSite(seed),
    histories: processes,
  };
  if (!isQuick) await runShare(shares, { ...asProcesses, seed: seed + 1_000_000, onShare });
  return (
    shares.every(({ report }) => report.findings.length === 0) && planted.every(({ isFound }) => isFound)
  );
}

interface ShareRun {
  readonly where: string;
  readonly open: () => Promise<Site>;
  readonly histories: number;
  readonly seed: number;
  readonly onShare: () => void;
}

/** In pieces, so that something is told on the way. */
async function runShare(shares: Share[], { where, open, histories, seed, onShare }: ShareRun): Promise<void> {
  const pieces = Math.ceil(histories / 500);
  for (let piece = 0; piece < pieces; piece += 1) {
    const startedAt = performance.now();
    await using site = await open();
    const some = Math.min(500, histories - piece * 500);
    const report = await runHistories(site, { seed: seed + piece * 500, histories: some, atOnce: AT_ONCE });
    const seconds = (performance.now() - startedAt) / 1000;
    shares.push({ where, seconds, report });
    for (const finding of report.findings) process.stdout.write(`${finding}\n`);
    process.stdout.write(`${lineOf({ where, seconds, report })}\n`);
    onShare();
    if (report.findings.length > 0) return;
  }
}

function lineOf({ where, seconds, report }: Share): string {
  const { histories, operations, unanswered, visited, findings } = report;
  return `servers ${where}: ${histories} histories, ${operations} operations, ${unanswered} unanswered, ${visited} positions, ${findings.length} findings; ${seconds.toFixed(1)} s`;
}

async function runPlanted(seed: number): Promise<readonly PlantedRow[]> {
  const rows: PlantedRow[] = [];
  for (const { name, what, spoil } of PLANTED_STORES) {
    await using site = await openSite(seed, spoil);
    const options = { seed, histories: PLANTED_HISTORIES, atOnce: AT_ONCE, findingsMax: 1 };
    const { histories, findings } = await runHistories(site, options);
    const [story = ""] = findings;
    rows.push({ name, what, histories, isFound: story !== "", story });
    process.stdout.write(
      `${name}: ${story === "" ? "NOT FOUND" : "found"} in ${histories} histories\n${story}\n`,
    );
  }
  return rows;
}

function whole(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`Cannot run ${text}: expected a whole number`);
  return Number(text);
}

process.exitCode = (await main()) ? 0 : 1;
