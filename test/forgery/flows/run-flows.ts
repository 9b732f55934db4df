import { startEmulator } from "../../../src/emulator/emulator.ts";
import { openReceiver } from "../../emulator/open-receiver.ts";
import { ManualClock } from "../../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "../../support/dojang.ts";
import { FlowOracle } from "./flow-oracle.ts";
import { type FlowWorld, orderIdOf, type Run } from "./flow-run.ts";
import { type Flow, makeFlow, type Turn } from "./make-flow.ts";
import { settleFlow } from "./settle-flow.ts";
import { takeStep, untilIdle } from "./take-step.ts";

export interface FlowFigures {
  readonly flows: number;
  readonly steps: number;
  readonly turns: Readonly<Record<Turn, number>>;
  readonly orders: number;
  readonly paidOrders: number;
  readonly discrepancies: number;
  readonly events: number;
  /** The story of each flow that went wrong. */
  readonly faults: readonly string[];
}

/** Fresh data after so many flows, so that looks at old orders stay few. */
const FLOWS_A_SERVER = 200;
const AT_ONE_TIME = 20;
const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;

/** Runs the flows of these seeds and holds each against the oracle, step by step and in the end. */
export async function runFlows({ flows, from = 1 }: { flows: number; from?: number }): Promise<FlowFigures> {
  const turns: Record<Turn, number> = { skip: 0, repeat: 0, reorder: 0, cross: 0 };
  const counts = { steps: 0, orders: 0, paidOrders: 0, discrepancies: 0, events: 0 };
  const faults: string[] = [];
  for (let seed = from; seed < from + flows; seed += FLOWS_A_SERVER) {
    const seeds = Array.from({ length: Math.min(FLOWS_A_SERVER, from + flows - seed) }, (_, i) => seed + i);
    const world = await openFlowWorld();
    try {
      while (seeds.length > 0) {
        const batch = seeds.splice(0, AT_ONE_TIME).map((one) => openRun(world, makeFlow(one)));
        await Promise.all(batch.map(runSteps));
        await letTimePass(world, batch);
        for (const run of batch) {
          await settleFlow(run, counts);
          counts.steps += run.flow.steps.length;
          for (const [turn, count] of Object.entries(run.flow.turns)) turns[turn as Turn] += count;
          if (run.faults.length > 0) faults.push(told(run));
        }
      }
      if (world.dojang.fatal.length > 0) faults.push(`the server would have ended: ${world.dojang.fatal}`);
    } finally {
      await closeFlowWorld(world);
    }
  }
  return { flows, turns, ...counts, faults };
}

/** A look at every order follows its registration by itself after this. */
const FIRST_LOOK_MS = 11_000;
const TOLD_SECONDS_MAX = 60;

async function openFlowWorld(): Promise<FlowWorld> {
  const clock = new ManualClock();
  const emulator = await startEmulator({ seed: 4711, now: () => clock.now() });
  emulator.webhooks.auto = false;
  const shop = await openReceiver();
  const env = { DOJANG_EVENTS_URL: shop.url, DOJANG_EVENTS_SECRET: SECRET, DOJANG_LOG_LEVEL: "warn" };
  const dojang = await startTestDojang({ emulator, clock, env });
  return { clock, emulator, dojang, shop };
}

async function closeFlowWorld({ dojang, emulator, shop }: FlowWorld): Promise<void> {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
  await shop[Symbol.asyncDispose]();
}

function openRun(world: FlowWorld, flow: Flow): Run {
  const orders = (["A", "B"] as const).map((buyer) => ({
    id: orderIdOf(flow, buyer),
    price: flow.prices[buyer],
    isRegistered: false,
  }));
  const held = { A: `imp_none${flow.seed}A`, B: `imp_none${flow.seed}B` };
  return { world, flow, oracle: new FlowOracle(orders), held, story: [], faults: [] };
}

/** Until the server has looked by itself, and the shop was told of all that followed: a later event waits a second for an earlier one. */
async function letTimePass({ clock, dojang }: FlowWorld, batch: readonly Run[]): Promise<void> {
  const orders = batch.flatMap(({ flow }) => [orderIdOf(flow, "A"), orderIdOf(flow, "B")]);
  clock.advance(FIRST_LOOK_MS);
  for (let second = 0; second < TOLD_SECONDS_MAX; second++) {
    const waiting = await Promise.all(orders.map((order) => isWaiting(dojang, order)));
    if (!waiting.includes(true)) return;
    clock.advance(1000);
  }
}

async function isWaiting(dojang: TestDojang, orderId: string): Promise<boolean> {
  await untilIdle(dojang, orderId);
  const tasks = await dojang.dojang.deps.store.readTasks({ orderId, limit: 1000 });
  return tasks.some(({ kind, state }) => kind === "deliver" && state === "due");
}

async function runSteps(run: Run): Promise<void> {
  for (const step of run.flow.steps) {
    await takeStep(run, step);
    if (run.faults.length > 0) return;
  }
}

function told({ flow, story, faults }: Run): string {
  return [`seed ${flow.seed}, prices ${JSON.stringify(flow.prices)}`, ...story, ...faults].join("\n  ");
}
