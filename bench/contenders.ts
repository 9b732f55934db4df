import { type Child, startChild } from "./child.ts";
import { openDatabase } from "./database.ts";
import type { GatewayReady } from "./gateway.ts";
import type { LoadPlan, LoadReport } from "./load.ts";
import { processCpuUs } from "./process-cpu.ts";
import { OTHERS_SERIES, type Range, sampleAt } from "./samples.ts";
import { openServer, type Server } from "./server.ts";

export const CONTENDERS = ["dojang", "postgres", "guide", "proxy", "bare", "lookup"] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** A server under load. `lookup` is the emulator itself, asked as the bare proxy asks it. */
export interface Contender {
  readonly name: ContenderName;
  readonly pid: number;
  readonly databasePid?: number;
  readonly series: number;
  readonly plan: Pick<LoadPlan, "url" | "kind" | "token">;
  /** For so long after its registration an order waits for its completion; then Dojang looks for the payment itself. */
  readonly freshMs: number;
  /** Makes the orders of the range known to it. Not measured. */
  register(range: Range): Promise<void>;
  /** Its turn begins: it goes on and first does what fell due meanwhile. */
  resume(): Promise<void>;
  /** Its turn is over: it must not take the machine from the others. */
  pause(): Promise<void>;
  close(): Promise<void>;
}

export interface Ground {
  readonly gateway: Child;
  readonly load: Child;
  readonly gatewayReady: GatewayReady;
  readonly token: string;
  /** Of the account that the other contenders' payments are in. */
  readonly othersToken: string;
}

const POSTGRES_SERIES = 10;
const SETUP_ORDERS_MAX = 5_000;
const REGISTER_CONNECTIONS = 64;
/** The first of its own looks at an order. Source: src/domain/look-schedule.ts. */
const LOOK_AFTER_MS = 10_000;
const DRAIN_MS_MAX = 30_000;
const IDLE_SAMPLE_MS = 50;
const IDLE_SHARE_MAX = 0.05;

/** The emulator and the load generator, and tokens for who logs in by nobody's leave but ours. */
export async function openGround(): Promise<Ground> {
  const gateway = await startChild(new URL("./gateway.ts", import.meta.url));
  const load = await startChild(new URL("./load.ts", import.meta.url));
  const gatewayReady = gateway.ready as GatewayReady;
  const { url, others } = gatewayReady;
  const [token, othersToken] = await Promise.all([logIn(url, gatewayReady), logIn(url, others)]);
  return { gateway, load, gatewayReady, token, othersToken };
}

async function logIn(url: string, { impKey, impSecret }: GatewayReady["others"]): Promise<string> {
  const answer = await fetch(`${url}/users/getToken`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ imp_key: impKey, imp_secret: impSecret }),
  });
  const { response } = (await answer.json()) as { response: { access_token: string } };
  return response.access_token;
}

export async function runLoad({ load }: Ground, plan: LoadPlan): Promise<LoadReport> {
  return (await load.call("run", plan)) as LoadReport;
}

/** All of them, started, one series each. */
export async function openContenders(ground: Ground): Promise<readonly Contender[]> {
  const { gateway, gatewayReady, othersToken: token } = ground;
  const lookup: Contender = {
    name: "lookup",
    pid: gateway.pid,
    series: OTHERS_SERIES.lookup,
    plan: { url: gatewayReady.url, kind: "lookup", token },
    freshMs: Number.POSITIVE_INFINITY,
    register: async () => {},
    ...turnsOf(gateway.pid, { isShared: true }),
    close: async () => {},
  };
  return [
    await openDojang(ground),
    await openDojangOnPostgres(ground),
    await openGuideWay(ground),
    await openProxy(ground, {
      name: "proxy",
      series: OTHERS_SERIES.proxy,
      script: new URL("./fastify-proxy.ts", import.meta.url),
    }),
    await openProxy(ground, {
      name: "bare",
      series: OTHERS_SERIES.bare,
      script: new URL("./bare-proxy.ts", import.meta.url),
    }),
    lookup,
  ];
}

/** The real server, and the load generator that registers its orders. */
async function openDojang(ground: Ground): Promise<Contender> {
  const server = await openServer(ground.gatewayReady);
  const { url, pid } = server;
  return {
    ...{ name: "dojang", pid, series: 1, plan: { url, kind: "complete" } },
    freshMs: LOOK_AFTER_MS,
    register: (range) => registerOrders(ground, server, range),
    ...turnsOf(pid),
    async close() {
      process.kill(pid, "SIGCONT");
      await server.close();
    },
  };
}

/** The same server on PostgreSQL. While others have their turn the database does nothing: nobody asks it. */
async function openDojangOnPostgres(ground: Ground): Promise<Contender> {
  const database = await openDatabase();
  const server = await openServer(ground.gatewayReady, { databaseUrl: await database.create() });
  const { url, pid } = server;
  return {
    ...{
      name: "postgres",
      pid,
      databasePid: database.pid,
      series: POSTGRES_SERIES,
      plan: { url, kind: "complete" },
    },
    freshMs: LOOK_AFTER_MS,
    register: (range) => registerOrders(ground, server, range),
    ...turnsOf(pid),
    async close() {
      process.kill(pid, "SIGCONT");
      await server.close();
      await database.close();
    },
  };
}

export async function registerOrders(
  ground: Ground,
  { url, apiKey }: Pick<Server, "url" | "apiKey">,
  { series, from, count }: Range,
): Promise<void> {
  const report = await runLoad(ground, {
    ...{ url, kind: "register", token: apiKey, series, from, count },
    connections: REGISTER_CONNECTIONS,
  });
  if (report.errors > 0) throw new Error(`Cannot register orders: ${report.firstError}`);
}

async function openGuideWay({ gatewayReady }: Ground): Promise<Contender> {
  const child = await startChild(new URL("./guide-way/main.ts", import.meta.url), {
    BENCH_GATEWAY_URL: gatewayReady.url,
    BENCH_IMP_KEY: gatewayReady.others.impKey,
    BENCH_IMP_SECRET: gatewayReady.others.impSecret,
  });
  const { url } = child.ready as { url: string };
  const register = async ({ series, from, count }: Range) => {
    for (let start = from; start < from + count; start += SETUP_ORDERS_MAX) {
      const size = Math.min(SETUP_ORDERS_MAX, from + count - start);
      const orders = Array.from({ length: size }, (_, offset) => sampleAt(series, start + offset));
      const body = orders.map(({ merchantUid, amount }) => ({ merchant_uid: merchantUid, amount }));
      const headers = { "content-type": "application/json" };
      await fetch(`${url}/setup/orders`, { method: "POST", headers, body: JSON.stringify(body) });
    }
  };
  return {
    ...{ name: "guide", pid: child.pid, series: OTHERS_SERIES.guide, plan: { url, kind: "complete" } },
    freshMs: Number.POSITIVE_INFINITY,
    register,
    ...turnsOf(child.pid),
    close: closed(child),
  };
}

async function openProxy(
  { gatewayReady, othersToken }: Ground,
  { name, series, script }: Pick<Contender, "name" | "series"> & { readonly script: URL },
): Promise<Contender> {
  const child = await startChild(script, {
    BENCH_GATEWAY_URL: gatewayReady.url,
    BENCH_TOKEN: othersToken,
  });
  const { url } = child.ready as { url: string };
  return {
    ...{ name, pid: child.pid, series, plan: { url, kind: "complete" } },
    freshMs: Number.POSITIVE_INFINITY,
    register: async () => {},
    ...turnsOf(child.pid),
    close: closed(child),
  };
}

/**
 * Stops a process while others have their turn, and lets it finish what is due before its own is measured: what it does
 * by itself is no part of a completion, and no part of the others' turns.
 */
function turnsOf(pid: number, { isShared = false } = {}): Pick<Contender, "resume" | "pause"> {
  if (isShared || process.platform === "win32") return { resume: async () => {}, pause: async () => {} };
  return {
    async resume() {
      process.kill(pid, "SIGCONT");
      await untilIdle(pid);
    },
    async pause() {
      // A call under way would time out while it is stopped, and enough of them open the breaker.
      await untilIdle(pid);
      process.kill(pid, "SIGSTOP");
    },
  };
}

async function untilIdle(pid: number): Promise<void> {
  const until = performance.now() + DRAIN_MS_MAX;
  for (let quietSamples = 0; quietSamples < 3 && performance.now() < until; ) {
    const before = processCpuUs(pid);
    await new Promise((done) => setTimeout(done, IDLE_SAMPLE_MS));
    const share = (processCpuUs(pid) - before) / (IDLE_SAMPLE_MS * 1000);
    quietSamples = share > IDLE_SHARE_MAX ? 0 : quietSamples + 1;
  }
}

function closed(child: Child): () => Promise<void> {
  return () => {
    process.kill(child.pid, "SIGCONT");
    return child.close();
  };
}
