// npm run bench:webhooks: taking a webhook durably, beside the least that keeps one. See docs/performance.md.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startChild } from "../child.ts";
import { openGround, registerOrders, runLoad } from "../contenders.ts";
import { openDatabase } from "../database.ts";
import { median } from "../growth/measure-grown.ts";
import type { LoadReport } from "../load.ts";
import { describeMachine, machineText } from "../machine.ts";
import { writePlot } from "../plot.ts";
import { processCpuUs } from "../process-cpu.ts";
import { makeDataFolder, openServer } from "../server.ts";
import { writeResults } from "../write-results.ts";

const USAGE = `Usage: npm run bench:webhooks -- [--rounds 5] [--count 2000]
`;

const CONNECTIONS = 64;

interface Taker {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly series: number;
  /** Makes the orders known that the webhooks will name. */
  readonly prepare: (from: number, count: number) => Promise<void>;
}

interface Round extends LoadReport {
  readonly serverCpuUs: number;
}

async function main({ rounds, count }: { rounds: number; count: number }): Promise<void> {
  const machine = describeMachine(new Date());
  await using closing = new AsyncDisposableStack();
  const { takers, ground } = await openTakers(closing);
  const seen = new Map<string, Round[]>(takers.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < takers.length; turn += 1) {
      const taker = takers[(round + turn) % takers.length] as Taker;
      const { series, url, pid, name } = taker;
      const range = { series, from: round * count, count };
      await taker.prepare(range.from, count);
      const cpu = processCpuUs(pid);
      const report = await runLoad(ground, { url, kind: "webhook", ...range, connections: CONNECTIONS });
      if (report.errors > 0) throw new Error(`${name} did not take a webhook: ${report.firstError}`);
      // The first round warms up.
      if (round > 0) seen.get(name)?.push({ ...report, serverCpuUs: (processCpuUs(pid) - cpu) / count });
      process.stderr.write(
        `bench: round ${round}, ${name}: ${Math.round((count / report.elapsedMs) * 1000)}/s\n`,
      );
    }
  }
  const results = takers.map(({ name }) => {
    const all = seen.get(name) ?? [];
    const bare = seen.get(name.replace("dojang", "bare")) ?? [];
    const perSecond = (round: Round | undefined) => ((round?.count ?? 0) / (round?.elapsedMs ?? 1)) * 1000;
    return {
      name,
      perSecond: median(all.map(perSecond)),
      p50Ms: median(all.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(all.map(({ p99Ms }) => p99Ms)),
      serverCpuUs: median(all.map(({ serverCpuUs }) => serverCpuUs)),
      toBare: median(all.map((one, round) => perSecond(one) / perSecond(bare[round]))),
    };
  });
  for (const { name, perSecond, p50Ms, p99Ms, serverCpuUs, toBare } of results)
    process.stdout.write(
      `${name.padEnd(18)}${Math.round(perSecond).toString().padStart(7)}/s   p50 ${p50Ms.toFixed(1)} ms   p99 ${p99Ms.toFixed(1)} ms   CPU ${Math.round(serverCpuUs)} us   ${toBare.toFixed(2)} of the bare insert\n`,
    );
  process.stdout.write(`${machineText(machine)}\n`);
  writeResults("webhooks", { machine, rounds, count, connections: CONNECTIONS, results });
  writePlot("webhooks", {
    title: `Webhooks taken durably, ${CONNECTIONS} connections`,
    subtitle: machineText(machine),
    unit: "per s",
    x: results.map(({ name }) => name),
    series: [{ name: "per second", values: results.map(({ perSecond }) => perSecond) }],
  });
}

async function openTakers(closing: AsyncDisposableStack) {
  const ground = await openGround();
  closing.defer(async () => {
    await Promise.all([ground.load.close(), ground.gateway.close()]);
  });
  const database = await openDatabase();
  closing.defer(() => database.close());
  const folder = makeDataFolder();
  closing.defer(() => rmSync(folder, { recursive: true, force: true }));
  const takers: Taker[] = [];
  for (const [series, databaseUrl] of [
    [11, undefined],
    [12, await database.create()],
  ] as const) {
    const server = await openServer(ground.gatewayReady, databaseUrl === undefined ? {} : { databaseUrl });
    closing.defer(() => server.close());
    const prepare = async (from: number, count: number) => {
      await ground.gateway.call("pay", { series, from, count });
      await registerOrders(ground, server, { series, from, count });
    };
    const name = databaseUrl === undefined ? "dojang, SQLite" : "dojang, PostgreSQL";
    takers.push({ name, url: server.url, pid: server.pid, series, prepare });
  }
  for (const [name, env] of [
    ["bare, SQLite", { BENCH_SQLITE_PATH: join(folder, "bare.db") }],
    ["bare, PostgreSQL", { BENCH_POSTGRES_URL: await database.create() }],
  ] as const) {
    const child = await startChild(new URL("./bare-insert.ts", import.meta.url), env);
    closing.defer(() => child.close());
    takers.push({
      name,
      url: (child.ready as { url: string }).url,
      pid: child.pid,
      series: 13,
      prepare: async () => {},
    });
  }
  return { takers, ground };
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: "string", default: "5" }, count: { type: "string", default: "2000" } },
  });
  const whole = (name: string, text: string) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= 100_000) return value;
    throw new Error(`Cannot read --${name}: expected a whole number from 1 to 100000, got ${text}`);
  };
  return { rounds: whole("rounds", values.rounds), count: whole("count", values.count) };
}

try {
  if (process.argv.includes("--help")) process.stdout.write(USAGE);
  else await main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
