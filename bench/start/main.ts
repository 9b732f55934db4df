// npm run bench:start: how long until the server is ready, on an empty database and on a full one. See docs/performance.md.
import { parseArgs } from "node:util";
import { openGround } from "../contenders.ts";
import { DATA_KEY, type EngineName, openEngine } from "../growth/engines.ts";
import { median } from "../growth/measure-grown.ts";
import { placedClock } from "../growth/real-orders.ts";
import { describeMachine, machineText } from "../machine.ts";
import { openServer } from "../server.ts";
import { writeResults } from "../write-results.ts";

const USAGE = `Usage: npm run bench:start -- [--engines sqlite,postgres] [--orders 0,1000000]
`;

const NOW = Date.UTC(2026, 10, 25);
const YEAR_MS = 365 * 86_400_000;
const ROUNDS = 5;

async function main({ engines, orders }: ReturnType<typeof readOptions>): Promise<void> {
  const machine = describeMachine(new Date());
  const ground = await openGround();
  const results: { engine: string; orders: number; readyMs: number; afterKillMs: number }[] = [];
  try {
    for (const name of engines) {
      await using engine = await openEngine(name);
      for (const count of orders) {
        const grown = await engine.create();
        const clock = placedClock();
        clock.at = NOW;
        await (await grown.open(clock)).close();
        if (count > 0) await grown.fill({ count, from: NOW - YEAR_MS, to: NOW, payload: "real" });
        const ready: number[] = [];
        const afterKill: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const startedAt = performance.now();
          const server = await openServer(ground.gatewayReady, {
            databaseUrl: grown.url,
            settings: { DOJANG_DATA_KEY: DATA_KEY.toString("base64") },
          });
          ready.push(performance.now() - startedAt);
          const killedAt = performance.now();
          await server.restartKilled();
          afterKill.push(performance.now() - killedAt);
          await server.close();
        }
        const result = {
          engine: name,
          orders: count,
          readyMs: median(ready),
          afterKillMs: median(afterKill),
        };
        results.push(result);
        process.stdout.write(
          `${name}, ${count} orders: ready after ${Math.round(result.readyMs)} ms, ${Math.round(result.afterKillMs)} ms after kill -9\n`,
        );
      }
    }
  } finally {
    await Promise.all([ground.load.close(), ground.gateway.close()]);
  }
  process.stdout.write(`${machineText(machine)}\n`);
  writeResults("start", { machine, results });
}

function readOptions(args: readonly string[]): { engines: readonly EngineName[]; orders: readonly number[] } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engines: { type: "string", default: "sqlite,postgres" },
      orders: { type: "string", default: "0,1000000" },
    },
  });
  const engines = values.engines.split(",").map((name) => {
    if (name === "sqlite" || name === "postgres") return name;
    throw new Error(`Cannot read --engines: expected sqlite or postgres, got ${name}`);
  });
  const orders = values.orders.split(",").map((text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= 10_000_000) return value;
    throw new Error(`Cannot read --orders: expected whole numbers up to 10000000, got ${text}`);
  });
  return { engines, orders };
}

try {
  if (process.argv.includes("--help")) process.stdout.write(USAGE);
  else await main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
