// npm run bench:growth: what a full database costs. Each size is a database of its own; all are measured in turns. See docs/performance.md.
import { parseArgs } from "node:util";
import { describeMachine, machineText } from "../machine.ts";
import { writePlot } from "../plot.ts";
import { writeResults } from "../write-results.ts";
import type { BulkPlan } from "./bulk-rows.ts";
import { type EngineName, type GrowthEngine, openEngine } from "./engines.ts";
import { completions, type Measured, median, REAL_ORDERS, reads } from "./measure-grown.ts";
import { completeOrder, placedClock, realOrderId, realPaymentId, registerOrder } from "./real-orders.ts";

const USAGE = `Usage: npm run bench:growth -- [--engines sqlite,postgres] [--orders 10000,1000000] [--rounds <n>] [--small]

  --small   payments with a short answer: 10 million orders then take some 15 GB instead of 60
`;

const NOW = Date.UTC(2026, 10, 25);
const YEAR_MS = 365 * 86_400_000;
const MIDDLE = NOW - YEAR_MS / 2;
const COUNT = 300;
const P50_RATIO_MAX = 1.2;
const READ_MS_MAX = 50;

interface Options {
  readonly engines: readonly EngineName[];
  readonly orders: readonly number[];
  readonly rounds: number;
  readonly payload: BulkPlan["payload"];
}

interface SizeResult {
  readonly engine: EngineName;
  readonly orders: number;
  readonly p50Ms: number;
  /** Of each round, over that of the smallest database in the same round: the median. */
  readonly p50Ratio: number;
  readonly reads: Readonly<Record<string, number>>;
  readonly bytesPerOrder: Readonly<Record<string, number>>;
}

async function main(options: Options): Promise<void> {
  const machine = describeMachine(new Date());
  const results: SizeResult[] = [];
  for (const name of options.engines) {
    await using engine = await openEngine(name);
    results.push(...(await measureEngine(engine, options)));
  }
  process.stdout.write(`${reportText(results)}\n${machineText(machine)}\n`);
  for (const engine of options.engines) {
    const own = results.filter((result) => result.engine === engine);
    const name = `growth-${engine}${options.payload === "small" ? "-small" : ""}`;
    writeResults(name, { machine, rounds: options.rounds, payload: options.payload, results: own });
    writePlot(name, {
      title: `${engine}: reads of the console and the sweep, median`,
      subtitle: machineText(machine),
      unit: "ms",
      isLog: true,
      x: Object.keys(own[0]?.reads ?? {}),
      series: own.map(({ orders, reads: seen }) => ({
        name: `${orders} orders`,
        values: Object.values(seen),
      })),
    });
  }
}

async function measureEngine(
  engine: GrowthEngine,
  { orders, rounds, payload }: Options,
): Promise<SizeResult[]> {
  const opened: (Measured & { readonly bytes: Readonly<Record<string, number>> })[] = [];
  for (const count of orders) {
    const from = performance.now();
    const grown = await engine.create();
    const clock = placedClock();
    clock.at = NOW;
    await (await grown.open(clock)).close();
    await grown.fill({ count, from: NOW - YEAR_MS, to: NOW, payload });
    const bytes = await grown.measureBytes();
    const store = await grown.open(clock);
    for (const [place, at] of [
      ["mid", MIDDLE],
      ["new", NOW],
    ] as const) {
      clock.at = at;
      await addReal(store, place);
    }
    clock.at = NOW + 1000;
    opened.push({ store, middle: MIDDLE, orders: count, bytes });
    process.stderr.write(
      `bench: ${engine.name}: ${count} orders after ${Math.round((performance.now() - from) / 1000)} s\n`,
    );
  }
  const rows: number[][] = opened.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < opened.length; turn += 1) {
      const index = (round + turn) % opened.length;
      const measured = opened[index] as Measured;
      const ms = await completions(measured, { round, count: COUNT });
      if (round > 0) rows[index]?.push(median(ms));
      process.stderr.write(`bench: ${engine.name}, ${measured.orders}: p50 ${median(ms).toFixed(2)} ms\n`);
    }
  }
  const results: SizeResult[] = [];
  for (const [index, measured] of opened.entries()) {
    const p50s = rows[index] ?? [];
    results.push({
      ...{ engine: engine.name, orders: measured.orders, p50Ms: median(p50s) },
      p50Ratio: median(p50s.map((p50, round) => p50 / (rows[0]?.[round] ?? Number.NaN))),
      reads: await reads(measured),
      bytesPerOrder: Object.fromEntries(
        Object.entries(measured.bytes).map(([table, bytes]) => [table, bytes / measured.orders]),
      ),
    });
  }
  for (const { store } of opened) await store.close();
  return results;
}

/** Orders that can be opened, at one time: paid ones, and as many of other kinds. */
async function addReal(store: Measured["store"], place: string): Promise<void> {
  for (let index = 0; index < REAL_ORDERS; index += 1) {
    await registerOrder(store, realOrderId(place, index), "pending");
    await completeOrder(store, realOrderId(place, index), realPaymentId(place, index));
  }
}

function reportText(results: readonly SizeResult[]): string {
  return results
    .map(({ engine, orders, p50Ms, p50Ratio, reads: seen, bytesPerOrder }) => {
      const lines = Object.entries(seen).map(
        ([name, ms]) =>
          `    ${name.padEnd(44)}${ms.toFixed(2).padStart(9)} ms${ms > READ_MS_MAX ? "  MISSED" : ""}`,
      );
      const ratio = `${p50Ratio.toFixed(2)}${p50Ratio > P50_RATIO_MAX ? "  MISSED" : ""}`;
      return [
        `${engine}, ${orders} orders: complete p50 ${p50Ms.toFixed(2)} ms, ratio ${ratio}; ${Math.round(bytesPerOrder["all"] ?? 0)} bytes per order`,
        ...lines,
      ].join("\n");
    })
    .join("\n");
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engines: { type: "string", default: "sqlite,postgres" },
      orders: { type: "string", default: "10000,1000000" },
      rounds: { type: "string", default: "6" },
      small: { type: "boolean", default: false },
    },
  });
  const engines = values.engines.split(",").map((name) => {
    if (name === "sqlite" || name === "postgres") return name;
    throw new Error(`Cannot read --engines: expected sqlite or postgres, got ${name}`);
  });
  const orders = values.orders.split(",").map((text) => readWhole("orders", text, 10_000_000));
  return {
    engines,
    orders,
    rounds: readWhole("rounds", values.rounds, 99),
    payload: values.small ? "small" : "real",
  };
}

function readWhole(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 2 && value <= max) return value;
  throw new Error(`Cannot read --${name}: expected a whole number from 2 to ${max}, got ${text}`);
}

try {
  if (process.argv.includes("--help")) process.stdout.write(USAGE);
  else await main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
