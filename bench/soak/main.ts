// npm run bench:soak: whether memory stays where it is while the server works. See docs/performance.md.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Ground, openGround, registerOrders, runLoad } from "../contenders.ts";
import { openDatabase } from "../database.ts";
import { describeMachine, machineText } from "../machine.ts";
import { writePlot } from "../plot.ts";
import { openServer, type Server } from "../server.ts";
import { writeResults } from "../write-results.ts";

const USAGE = `Usage: npm run bench:soak -- [--minutes 30] [--engine sqlite|postgres] [--per-second 20]
`;

const SERIES = 9;
const CONNECTIONS = 8;
const TURN_MS = 2_000;
const SAMPLE_MS = 10_000;
/** Caches fill and code is compiled until then: what comes after is compared with it. */
const WARM_SHARE = 0.2;
/** Dojang looks at an order 10 s and 60 s after its registration: the gateway must know its payment until then. */
const REMEMBERED_TURNS = 60;
const GROWTH_MB_MAX = 50;

interface Options {
  readonly minutes: number;
  readonly engine: "sqlite" | "postgres";
  readonly perSecond: number;
}

interface Sample {
  readonly minute: number;
  readonly rssMb: number;
  readonly orders: number;
}

async function main(options: Options): Promise<void> {
  const machine = describeMachine(new Date());
  const ground = await openGround();
  const database = options.engine === "postgres" ? await openDatabase() : undefined;
  let server: Server | undefined;
  try {
    server = await openServer(
      ground.gatewayReady,
      database === undefined ? {} : { databaseUrl: await database.create() },
    );
    const { samples, errors } = await soak(ground, server, options);
    const warm = samples.filter(({ minute }) => minute >= options.minutes * WARM_SHARE);
    const third = Math.ceil(warm.length / 3);
    const early = meanMb(warm.slice(0, third));
    const late = meanMb(warm.slice(-third));
    const result = {
      ...options,
      errors,
      earlyMb: early,
      lateMb: late,
      orders: samples.at(-1)?.orders ?? 0,
      samples,
    };
    process.stdout.write(
      `${options.engine}, ${options.minutes} minutes, ${result.orders} orders, ${errors} errors: ${early.toFixed(0)} MB early, ${late.toFixed(0)} MB late (at most ${GROWTH_MB_MAX} more)${late - early > GROWTH_MB_MAX ? "  MISSED" : ""}\n${machineText(machine)}\n`,
    );
    writeResults(`soak-${options.engine}`, { machine, ...result });
    writePlot(`soak-${options.engine}`, {
      title: `Resident memory of the server, ${options.perSecond} orders a second`,
      subtitle: machineText(machine),
      unit: "MB",
      x: "minutes",
      series: [
        { name: options.engine, values: samples.map(({ minute, rssMb }) => [minute, rssMb] as const) },
      ],
    });
  } finally {
    await server?.close();
    await Promise.all([ground.load.close(), ground.gateway.close(), database?.close()]);
  }
}

/** Every order is registered, completed, and told of by a webhook. */
async function soak(ground: Ground, server: Server, { minutes, perSecond }: Options) {
  const { url, pid } = server;
  const count = Math.ceil((perSecond * TURN_MS) / 1000);
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + minutes * 60_000;
  let sampledAt = Number.NEGATIVE_INFINITY;
  let errors = 0;
  for (let turn = 0; performance.now() < endsAt; turn += 1) {
    const turnEndsAt = performance.now() + TURN_MS;
    const range = { series: SERIES, from: turn * count, count };
    await ground.gateway.call("pay", range);
    await registerOrders(ground, server, range);
    for (const kind of ["complete", "webhook"] as const) {
      const report = await runLoad(ground, { url, kind, ...range, connections: CONNECTIONS });
      errors += report.errors;
    }
    if (turn >= REMEMBERED_TURNS)
      await ground.gateway.call("forget", { ...range, from: (turn - REMEMBERED_TURNS) * count });
    const now = performance.now();
    if (now - sampledAt >= SAMPLE_MS) {
      sampledAt = now;
      samples.push({
        minute: (now - startedAt) / 60_000,
        rssMb: residentMb(pid),
        orders: (turn + 1) * count,
      });
    }
    await new Promise((done) => setTimeout(done, Math.max(0, turnEndsAt - now)));
  }
  return { samples, errors };
}

function residentMb(pid: number): number {
  const [, kb = "0"] = /VmRSS:\s+([0-9]+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kb) / 1024;
}

const meanMb = (samples: readonly Sample[]) =>
  samples.reduce((sum, { rssMb }) => sum + rssMb, 0) / samples.length;

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "30" },
      engine: { type: "string", default: "sqlite" },
      "per-second": { type: "string", default: "20" },
    },
  });
  const { engine } = values;
  if (engine !== "sqlite" && engine !== "postgres")
    throw new Error(`Cannot read --engine: expected sqlite or postgres, got ${engine}`);
  const number = (name: string, text: string) => {
    const value = Number(text);
    if (value > 0 && value <= 1_000) return value;
    throw new Error(`Cannot read --${name}: expected a number up to 1000, got ${text}`);
  };
  return {
    minutes: number("minutes", values.minutes),
    engine,
    perSecond: number("per-second", values["per-second"]),
  };
}

try {
  if (process.argv.includes("--help")) process.stdout.write(USAGE);
  else await main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
