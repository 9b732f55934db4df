// npm run bench:recovery: that no result is ever missing, in figures. See docs/guarantees.md.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "../machine.ts";
import { measureBacklog } from "./backlog.ts";
import { type FigureReport, figureText } from "./figure.ts";
import { measureKills } from "./kills.ts";
import { measureLargeWindow } from "./large-window.ts";
import { measureLostPayments } from "./lost-payments.ts";
import { measureWebhooks } from "./webhooks.ts";

const RESULTS = join(import.meta.dirname, "..", "results", "recovery.json");

const USAGE = `Usage: npm run bench:recovery -- [lost] [webhooks] [kills] [backlog] [window] [options]

  lost        payments that no webhook and no browser told of; --orders <n> (default 10000)
  webhooks    how fast they are taken, and what a flood does
  kills       kill -9 under load; --kills <n> (default 100)
  backlog     many due tasks at once; --tasks <n> (default 10000)
  window      one sweep of many payments, killed in between; --payments <n> (default 1000000)

Without a name all are measured. A run at full size is written to bench/results/recovery.json.
`;

const SIZES = { orders: 10_000, kills: 100, tasks: 10_000, payments: 1_000_000 } as const;
type Sizes = Record<keyof typeof SIZES, number>;

const MEASURES: Readonly<Record<string, (sizes: Sizes) => Promise<FigureReport>>> = {
  lost: measureLostPayments,
  webhooks: measureWebhooks,
  kills: measureKills,
  backlog: measureBacklog,
  window: measureLargeWindow,
};

async function main(args: readonly string[]): Promise<void> {
  const { names, sizes } = readArguments(args);
  const machine = describeMachine(new Date());
  for (const name of names) {
    const report = await MEASURES[name]?.(sizes);
    if (report === undefined) continue;
    process.stdout.write(`${figureText(report)}\n`);
    const isFull = Object.entries(SIZES).every(([size, full]) => sizes[size as keyof Sizes] === full);
    if (isFull) save(name, { machine, ...report });
    if (report.figures.some(({ isMet }) => !isMet)) process.exitCode = 1;
  }
  const { cpu, cores, node, date } = machine;
  process.stdout.write(`${cpu}, ${cores} cores, Node.js ${node}, ${date.slice(0, 10)}\n`);
}

/** Each figure stands with the machine and the day of its own run. */
function save(name: string, result: unknown): void {
  mkdirSync(join(RESULTS, ".."), { recursive: true });
  const saved = readSaved();
  writeFileSync(RESULTS, `${JSON.stringify({ ...saved, [name]: result }, null, 2)}\n`);
}

function readSaved(): object {
  try {
    return JSON.parse(readFileSync(RESULTS, "utf8"));
  } catch {
    return {};
  }
}

function readArguments(args: readonly string[]): { names: readonly string[]; sizes: Sizes } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      orders: { type: "string" },
      kills: { type: "string" },
      tasks: { type: "string" },
      payments: { type: "string" },
    },
  });
  const sizes: Sizes = { ...SIZES };
  for (const [name, text] of Object.entries(values)) {
    const value = Number(text);
    if (!(Number.isInteger(value) && value >= 1 && value <= 10_000_000))
      throw new Error(`Cannot read --${name}: expected a whole number from 1 to 10000000, got ${text}`);
    sizes[name as keyof Sizes] = value;
  }
  const unknown = positionals.find((name) => !Object.hasOwn(MEASURES, name));
  if (unknown !== undefined)
    throw new Error(`Cannot measure ${unknown}: expected ${Object.keys(MEASURES).join(", ")}`);
  return { names: positionals.length > 0 ? positionals : Object.keys(MEASURES), sizes };
}

try {
  if (process.argv.includes("--help")) process.stdout.write(USAGE);
  else await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
