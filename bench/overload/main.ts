// npm run bench:overload: ten times more completions than can be done, and what becomes of them. See docs/performance.md.
import { parseArgs } from "node:util";
import { type Ground, openGround, registerOrders, runLoad } from "../contenders.ts";
import { openDatabase } from "../database.ts";
import type { FloodReport, Quarter } from "../flood.ts";
import { describeMachine, machineText } from "../machine.ts";
import { writePlot } from "../plot.ts";
import { processCpuUs } from "../process-cpu.ts";
import { openServer, type Server } from "../server.ts";
import { writeResults } from "../write-results.ts";

const USAGE = `Usage: npm run bench:overload -- [--engine sqlite|postgres] [--times 10] [--seconds 5] [--delay <ms of the gateway>]
`;

const SERIES = 8;
/** Half of what may be under way at once. */
const CONNECTIONS = 128;
const PEAK_ROUNDS = 2;
const PEAK_MS = 1_500;
const FIRST_ORDERS = 1_000;
/** Completions are that much faster than registrations, at most. */
const SUPPLY_FACTOR = 1.2;
const CALM_SHARE = 0.3;
const CALM_MS = 6_000;
/** The first of its own looks at an order is over then. Source: src/domain/look-schedule.ts. */
const LOOKS_OVER_MS = 13_000;

interface Options {
  readonly engine: "sqlite" | "postgres";
  readonly times: number;
  readonly seconds: number;
  readonly delayMs: number;
}

interface Result extends Options {
  readonly peakPerSecond: number;
  readonly peakP99Ms: number;
  readonly offeredPerSecond: number;
  readonly goodputPerSecond: number;
  readonly goodputShare: number;
  readonly admittedP50Ms: number;
  readonly admittedP99Ms: number;
  readonly p99Ratio: number;
  readonly refused: number;
  readonly unsent: number;
  readonly otherAnswers: number;
  readonly withoutRetryAfter: number;
  readonly refusedP99Ms: number;
  /** Of the server, per answer of any kind. */
  readonly cpuUsPerAnswer: number;
  /** After the end of the flood: until nothing is refused and nothing takes longer than twice the p99 at the peak. */
  readonly recoveryMs: number;
  readonly quarters: readonly Quarter[];
}

async function main(options: Options): Promise<void> {
  const machine = describeMachine(new Date());
  const ground = await openGround();
  const database = options.engine === "postgres" ? await openDatabase() : undefined;
  let server: Server | undefined;
  try {
    const given = database === undefined ? {} : { databaseUrl: await database.create() };
    server = await openServer(ground.gatewayReady, given);
    await ground.gateway.call("setDelay", options.delayMs);
    const result = await measure(ground, server, options);
    process.stdout.write(`${reportText(result)}\n${machineText(machine)}\n`);
    writeResults(`overload-${options.engine}`, { machine, ...result });
    plot(result, machineText(machine));
  } finally {
    await server?.close();
    await Promise.all([ground.load.close(), ground.gateway.close(), database?.close()]);
  }
}

async function measure(ground: Ground, server: Server, options: Options): Promise<Result> {
  const { url } = server;
  const supply = { from: 0, count: await supplyOf(ground, server, options) };
  note(`${supply.count} orders`);
  await new Promise((done) => setTimeout(done, LOOKS_OVER_MS));
  await ground.gateway.call("pay", { series: SERIES, ...supply });
  let from = 0;
  const take = (ms: number, connections: number) =>
    runLoad(ground, {
      url,
      kind: "complete",
      series: SERIES,
      from,
      count: supply.count - from,
      connections,
      ms,
    });
  const peaks: { perSecond: number; p99Ms: number }[] = [];
  for (let round = 0; round <= PEAK_ROUNDS; round += 1) {
    const report = await take(PEAK_MS, CONNECTIONS);
    if (report.errors > 0) throw new Error(`A completion failed at the peak: ${report.firstError}`);
    from += report.count;
    if (round > 0) peaks.push({ perSecond: (report.count / report.elapsedMs) * 1000, p99Ms: report.p99Ms });
    note(
      `peak: ${Math.round((report.count / report.elapsedMs) * 1000)}/s, p99 ${report.p99Ms.toFixed(1)} ms`,
    );
  }
  const peakPerSecond = middle(peaks.map(({ perSecond }) => perSecond));
  const peakP99Ms = middle(peaks.map(({ p99Ms }) => p99Ms));
  const flood = (perSecond: number, ms: number) =>
    ground.load.call("flood", {
      ...{ url, kind: "complete", series: SERIES, from, count: supply.count - from, perSecond, ms },
    }) as Promise<FloodReport>;
  const cpu = processCpuUs(server.pid);
  const flooded = await flood(peakPerSecond * options.times, options.seconds * 1000);
  const cpuUs = processCpuUs(server.pid) - cpu;
  from = Math.max(from, ...flooded.taken.map((index) => index + 1));
  const calm = await flood(
    peakPerSecond * CALM_SHARE,
    Math.min(CALM_MS, ((supply.count - from) / (peakPerSecond * CALM_SHARE)) * 900),
  );
  const { 200: taken = 0, 503: refused = 0, 429: limited = 0, ...others } = flooded.statuses;
  const goodputPerSecond = taken / options.seconds;
  return {
    ...options,
    ...{ peakPerSecond, peakP99Ms, offeredPerSecond: peakPerSecond * options.times, goodputPerSecond },
    goodputShare: goodputPerSecond / peakPerSecond,
    ...{ admittedP50Ms: flooded.takenP50Ms, admittedP99Ms: flooded.takenP99Ms },
    p99Ratio: flooded.takenP99Ms / peakP99Ms,
    ...{ refused: refused + limited, unsent: flooded.unsent, withoutRetryAfter: flooded.withoutRetryAfter },
    otherAnswers: Object.values(others).reduce((sum, count) => sum + count, 0),
    refusedP99Ms: flooded.refusedP99Ms,
    cpuUsPerAnswer: cpuUs / flooded.sent,
    recoveryMs: recoveryMs(calm.quarters, 2 * peakP99Ms),
    quarters: [...flooded.quarters, ...calm.quarters],
  };
}

/** Registers what will be completed: as much as the machine can do today, which a first part of it tells. @returns how many */
async function supplyOf(ground: Ground, server: Server, { seconds }: Options): Promise<number> {
  const first = { series: SERIES, from: 0, count: FIRST_ORDERS };
  const startedAt = performance.now();
  await registerOrders(ground, server, first);
  const perSecond = (FIRST_ORDERS / (performance.now() - startedAt)) * 1000;
  const wanted = Math.ceil(perSecond * SUPPLY_FACTOR * (((PEAK_ROUNDS + 1) * PEAK_MS) / 1000 + seconds + 2));
  await registerOrders(ground, server, { series: SERIES, from: FIRST_ORDERS, count: wanted });
  return FIRST_ORDERS + wanted;
}

function recoveryMs(quarters: readonly Quarter[], slowestMs: number): number {
  const last = quarters.findLastIndex(
    ({ refused, slowestTakenMs }) => refused > 0 || slowestTakenMs > slowestMs,
  );
  return (last + 1) * 250;
}

function plot({ quarters, engine, times }: Result, subtitle: string): void {
  writePlot(`overload-${engine}`, {
    title: `${times} times the capacity offered, then three tenths of it`,
    subtitle,
    unit: "per s",
    x: "seconds",
    series: [
      { name: "answered 200", values: quarters.map(({ taken }, index) => [index / 4, taken * 4] as const) },
      { name: "refused", values: quarters.map(({ refused }, index) => [index / 4, refused * 4] as const) },
    ],
  });
}

function reportText(result: Result): string {
  const { engine, peakPerSecond, peakP99Ms, offeredPerSecond, goodputPerSecond, goodputShare } = result;
  const mark = (isMet: boolean) => (isMet ? "" : "  MISSED");
  return [
    `${engine}: peak ${Math.round(peakPerSecond)}/s, p99 ${peakP99Ms.toFixed(1)} ms at ${CONNECTIONS} connections; offered ${Math.round(offeredPerSecond)}/s`,
    `  goodput ${Math.round(goodputPerSecond)}/s, ${goodputShare.toFixed(2)} of the peak (at least 0.9)${mark(goodputShare >= 0.9)}`,
    `  admitted p50 ${result.admittedP50Ms.toFixed(1)} ms, p99 ${result.admittedP99Ms.toFixed(1)} ms, ${result.p99Ratio.toFixed(2)} times that at the peak (at most 2)${mark(result.p99Ratio <= 2)}`,
    `  ${result.refused} refused (p99 ${result.refusedP99Ms.toFixed(1)} ms), ${result.withoutRetryAfter} of them without Retry-After${mark(result.withoutRetryAfter === 0)}; ${result.otherAnswers} other answers, ${result.unsent} not sent for want of a connection`,
    `  back to normal after ${result.recoveryMs} ms (at most 5000)${mark(result.recoveryMs <= 5_000)}; ${Math.round(result.cpuUsPerAnswer)} us of the server's CPU per answer of any kind`,
  ].join("\n");
}

const middle = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
const note = (text: string) => process.stderr.write(`bench: ${text}\n`);

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engine: { type: "string", default: "sqlite" },
      times: { type: "string", default: "10" },
      seconds: { type: "string", default: "5" },
      delay: { type: "string", default: "0" },
    },
  });
  const { engine } = values;
  if (engine !== "sqlite" && engine !== "postgres")
    throw new Error(`Cannot read --engine: expected sqlite or postgres, got ${engine}`);
  const whole = (name: string, text: string, max: number) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= max) return value;
    throw new Error(`Cannot read --${name}: expected a whole number up to ${max}, got ${text}`);
  };
  return {
    engine,
    times: whole("times", values.times, 20),
    seconds: whole("seconds", values.seconds, 60),
    delayMs: whole("delay", values.delay, 5_000),
  };
}

try {
  if (process.argv.includes("--help")) process.stdout.write(USAGE);
  else await main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
