// Many verify tasks that are due at once: how long the runner takes for them, beside the bare gateway's time for the same
// calls. The server is this process; the gateway is one of its own and answers after a fixed delay.
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { type Clock, systemClock } from "../../src/clock.ts";
import { readConfig } from "../../src/config.ts";
import { openLog } from "../../src/log.ts";
import { openDeps } from "../../src/main.ts";
import { createTaskRunner, TASK_CALLS_MAX } from "../../src/tasks/task-runner.ts";
import type { Deps } from "../../src/usecases/deps.ts";
import { registerOrder } from "../../src/usecases/register-order.ts";
import { type Ground, openGround } from "../contenders.ts";
import { type Range, sampleAt } from "../samples.ts";
import { makeDataFolder, serverSettings, sqliteUrl } from "../server.ts";
import { exactly, type FigureReport, upTo } from "./figure.ts";
import { probeDisk } from "./probe-disk.ts";

/** Of the gateway. After the shorter one the CPU decides: it is shown without an aim. */
const ROUNDS = [
  { series: 8, delayMs: 20 },
  { series: 9, delayMs: 5 },
] as const;
const HOUR_MS = 3_600_000;
const REGISTER_AT_ONCE = 500;
/** The gateway decides: what the runner adds to its time stays below this. */
const RATIO_MAX = 1.25;
const DRAIN_MS_MAX = 300_000;

export async function measureBacklog({ tasks }: { readonly tasks: number }): Promise<FigureReport> {
  const folder = makeDataFolder();
  const ground = await openGround();
  const config = readConfig({ ...process.env, ...serverSettings(ground.gatewayReady, sqliteUrl(folder)) });
  if (config.gateway === undefined) throw new Error("Invariant violated: the benchmark names its gateway");
  const log = openLog("error");
  // Registered in the future: the orders' own looks do not fall due, and only the backlog is measured.
  let aheadMs = HOUR_MS;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const { deps, close } = await openDeps(config, { gateway: config.gateway, log, clock });
  try {
    const rounds: Round[] = [];
    for (const { series, delayMs } of ROUNDS) {
      aheadMs = HOUR_MS;
      await fill(deps, ground, { series, from: 0, count: tasks });
      aheadMs = 0;
      await ground.gateway.call("setDelay", delayMs);
      const bareMs = await askBare(ground, { series, from: 0, count: tasks });
      rounds.push({ delayMs, bareMs, ...(await drain(deps, { series, from: 0, count: tasks })) });
      await ground.gateway.call("setDelay", 0);
    }
    const ratio = (round: Round | undefined) =>
      round === undefined ? Number.NaN : round.drainMs / round.bareMs;
    const paid = rounds.reduce((sum, round) => sum + round.paid, 0);
    const perSecond = (ms: number) => `${(ms / 1000).toFixed(1)} s, ${Math.round((tasks / ms) * 1000)}/s`;
    return {
      title: `${tasks} due verify tasks, ${TASK_CALLS_MAX} at the gateway at one time (real clock)`,
      figures: [
        exactly("orders paid after the drain", paid, tasks * ROUNDS.length),
        upTo("drain time over the bare gateway's, each call after 20 ms", ratio(rounds[0]), {
          ...{ aim: RATIO_MAX, unit: "times", digits: 2 },
        }),
      ],
      notes: [
        probeDisk(folder),
        ...rounds.map(
          (round) =>
            `after ${round.delayMs} ms: drained in ${perSecond(round.drainMs)}, ${Math.round(100 * round.cpuShare)} % of a core; the bare gateway ${perSecond(round.bareMs)}; ${ratio(round).toFixed(2)} times`,
        ),
      ],
    };
  } finally {
    await close();
    await Promise.all([ground.load.close(), ground.gateway.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Round {
  readonly delayMs: number;
  readonly bareMs: number;
  readonly drainMs: number;
  /** Of one core, while it drained. */
  readonly cpuShare: number;
  readonly paid: number;
}

async function fill(deps: Deps, { gateway }: Ground, range: Range): Promise<void> {
  const { series, count } = range;
  await gateway.call("pay", range);
  for (let from = 0; from < count; from += REGISTER_AT_ONCE) {
    const samples = Array.from({ length: Math.min(REGISTER_AT_ONCE, count - from) }, (_, n) =>
      sampleAt(series, from + n),
    );
    await Promise.all(
      samples.map(async ({ merchantUid: orderId, impUid: paymentId, amount: amountMinor }) => {
        const amount = { amountMinor, currency: "KRW" } as const;
        const { kind } = await registerOrder(deps, { orderId, name: "감귤 5kg", amount });
        if (kind !== "registered") throw new Error(`Cannot register an order: ${kind}`);
        const key = `verify:${paymentId}`;
        await deps.store.addTasks([{ kind: "verify", key, repeat: "again", dueAt: 0, paymentId, orderId }]);
      }),
    );
  }
}

/** The same calls, as many at one time, with nothing done about the answers. */
async function askBare({ gatewayReady, token }: Ground, { series, count }: Range): Promise<number> {
  const pool = new Pool(gatewayReady.url, { connections: TASK_CALLS_MAX, pipelining: 1 });
  const headers = { authorization: token };
  let next = 0;
  const drive = async () => {
    while (next < count) {
      const path = `/payments/${sampleAt(series, next++).impUid}?include_sandbox=false`;
      const { statusCode, body } = await pool.request({ method: "GET", path, headers });
      await body.dump();
      if (statusCode !== 200) throw new Error(`The bare gateway answered ${statusCode}`);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: TASK_CALLS_MAX }, drive));
  const ms = performance.now() - startedAt;
  await pool.close();
  return ms;
}

async function drain(deps: Deps, { series, count }: Range): Promise<Omit<Round, "delayMs" | "bareMs">> {
  const runner = createTaskRunner(deps, { random: Math.random });
  const startedAt = performance.now();
  const startedCpu = process.cpuUsage();
  runner.start();
  const isDone = async () => {
    const dueAt = await deps.store.nextTaskDueAt();
    return (dueAt ?? Number.POSITIVE_INFINITY) > deps.clock.now() && deps.gateway.health().inFlight === 0;
  };
  while (!(await isDone())) {
    if (performance.now() - startedAt > DRAIN_MS_MAX) throw new Error("The backlog did not drain in time");
    await sleep(20);
  }
  const drainMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(startedCpu);
  await runner.stop();
  let paid = 0;
  for (let index = 0; index < count; index += 1) {
    const view = await deps.store.readOrder(sampleAt(series, index).merchantUid);
    if (view?.order.status === "paid") paid += 1;
  }
  return { drainMs, cpuShare: (user + system) / 1000 / drainMs, paid };
}
