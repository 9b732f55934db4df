import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { PLANTED } from "./planted/planted.ts";
import { byNumber, type Tally } from "./tally.ts";

const FOLDER = fileURLToPath(new URL("../../docs/proof", import.meta.url));
const JSON_PATH = `${FOLDER}/simulation.json`;

/** Where and when something was found out. */
interface Run {
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly seconds: number;
}

export interface SeedsRun extends Run {
  readonly from: number;
  readonly seeds: number;
  readonly red: readonly number[];
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly checks: Readonly<Record<string, number>>;
  readonly alarms: Readonly<Record<string, number>>;
}

export interface FoundBug {
  readonly id: string;
  readonly what: string;
  readonly file: string;
  /** The first seed that went red, and what it said; absent: not found. */
  readonly seed?: number;
  /** How many were run. 0: the search was not ended. */
  readonly seeds: number;
  readonly broke?: string;
}

interface PlantedRun extends Run {
  readonly bugs: readonly FoundBug[];
}

export interface Report {
  readonly seeds?: SeedsRun;
  planted?: PlantedRun;
}

export function seedsRun(tally: Tally, { from }: { readonly from: number }): SeedsRun {
  const { seeds, red, counts, faults, checks, alarms, seconds } = tally;
  return {
    ...runOf(seconds),
    from,
    seeds,
    red: red.map(({ seed }) => seed),
    counts: Object.fromEntries(counts),
    faults: Object.fromEntries(byNumber(faults)),
    checks: Object.fromEntries(byNumber(checks)),
    alarms: Object.fromEntries(alarms),
  };
}

export function plantedRun(bugs: readonly FoundBug[], seconds: number): PlantedRun {
  return { ...runOf(seconds), bugs };
}

/** Puts what was found out in the place of what it was before, and keeps the rest, bug by bug. */
export function writeReport(changes: Report): void {
  mkdirSync(FOLDER, { recursive: true });
  const before = existsSync(JSON_PATH) ? (JSON.parse(readFileSync(JSON_PATH, "utf8")) as Report) : {};
  const report = { ...before, ...changes };
  if (before.planted !== undefined && changes.planted !== undefined) {
    const found = new Map([...before.planted.bugs, ...changes.planted.bugs].map((bug) => [bug.id, bug]));
    report.planted = { ...changes.planted, bugs: PLANTED.flatMap(({ id }) => found.get(id) ?? []) };
  }
  writeFileSync(JSON_PATH, `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(`${FOLDER}/simulation.md`, markdown(report));
}

function runOf(seconds: number): Run {
  const commit = execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { encoding: "utf8" }).trim();
  const [cpu] = cpus();
  const machine = `${availableParallelism()} cores of ${cpu?.model ?? "unknown"}, shared`;
  return { commit, date: new Date().toISOString().slice(0, 10), machine, seconds: Math.round(seconds) };
}

function markdown({ seeds, planted }: Report): string {
  return [
    "# The deterministic simulation",
    "",
    "Written by `npm run sim -- --report`; what it does stands in `test/simulation/run.ts`, what each fault is in",
    "`test/simulation/faults.ts`, and what each invariant is in `test/simulation/invariants`.",
    "",
    ...(seeds === undefined ? [] : seedsText(seeds)),
    ...(planted === undefined ? [] : plantedText(planted)),
  ].join("\n");
}

function seedsText(run: SeedsRun): string[] {
  const verdict = run.red.length === 0 ? "all green" : `red: ${run.red.join(", ")}`;
  return [
    "## Seeds",
    "",
    `${number(run.seeds)} seeds from ${run.from}, ${verdict}. ${place(run)}`,
    "",
    `In them: ${figures(run.counts)}.`,
    "",
    ...table(["fault", "how often"], Object.entries(run.faults)),
    ...table(["invariant", "how often it was checked"], Object.entries(run.checks)),
    ...table(["alarm", "how often"], Object.entries(run.alarms)),
  ];
}

function plantedText(run: PlantedRun): string[] {
  const found = run.bugs.filter(({ seed }) => seed !== undefined).length;
  const rows = run.bugs.map(({ id, what, file, seed, seeds, broke }): string[] => [
    id,
    what,
    `\`${file}\``,
    seed !== undefined ? String(seed) : seeds === 0 ? "search not ended" : `not in ${seeds}`,
    broke ?? "",
  ]);
  return [
    "## Planted bugs",
    "",
    `Each was put into the server alone, and the seeds ran from 1. ${found} of ${run.bugs.length} were found. ${place(run)}`,
    "",
    ...table(["bug", "what was done", "file", "seed", "what broke"], rows),
  ];
}

function place({ commit, date, machine, seconds }: Run): string {
  return `At ${commit}, ${date}, ${machine}, in ${number(seconds)} s.`;
}

function figures(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join(", ");
}

function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cell = (value: string | number) =>
    typeof value === "number" ? number(value) : value.replaceAll("|", "\\|").replaceAll("\n", " ");
  return [
    `| ${heads.join(" | ")} |`,
    `|${heads.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
    "",
  ];
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
