import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { endProcess, spawnNode } from "./child.ts";
import type { GatewayReady } from "./gateway.ts";

/** `dojang start` as a process, on a file on disk or on PostgreSQL. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  readonly apiKey: string;
  /** Kills it as the power does, and starts it again on the same file and port. */
  restartKilled(): Promise<void>;
  /** Ends it and removes its data, unless the data are somebody else's. */
  close(): Promise<void>;
}

/** Somebody else's data. */
export interface GivenDatabase {
  readonly folder?: string;
  readonly databaseUrl?: string;
  /** Beside those of every server of the benchmarks. */
  readonly settings?: NodeJS.ProcessEnv;
}

const ROOT = resolve(import.meta.dirname, "..");
const START_MS_MAX = 20_000;

/** A folder on the repository's own disk: a temporary one may be memory. */
export function makeDataFolder(): string {
  mkdirSync(join(ROOT, "data"), { recursive: true });
  return mkdtempSync(join(ROOT, "data", "bench-"));
}

export function sqliteUrl(folder: string): string {
  return `sqlite:${join(folder, "dojang.db")}`;
}

/** The settings of a live server on this database, with the benchmark's gateway. */
export function serverSettings({ url, impKey, impSecret }: GatewayReady, databaseUrl: string) {
  return {
    DOJANG_MODE: "live",
    DOJANG_ALLOW_ONE_PORT: "1",
    DATABASE_URL: databaseUrl,
    DOJANG_API_KEY: randomBytes(24).toString("hex"),
    DOJANG_DATA_KEY: randomBytes(32).toString("base64"),
    DOJANG_RATE_LIMIT: "off",
    DOJANG_PREPARE: "off", // neither of the others prepares anything
    DOJANG_LOG_LEVEL: "warn",
    IMP_API_URL: url,
    DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
    IMP_KEY: impKey,
    IMP_SECRET: impSecret,
  };
}

/** Runs a command of `dojang` with these settings. */
export function spawnDojang(args: readonly string[], settings: NodeJS.ProcessEnv) {
  const profiling = process.env["BENCH_CPU_PROFILE"];
  const flags = profiling === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(profiling)}`];
  return spawnNode([...flags, join(ROOT, "src", "cli", "main.ts"), ...args], settings);
}

/** Starts the real server in live mode, on a fresh file on disk unless told of a folder or a database. */
export async function openServer(gateway: GatewayReady, given: GivenDatabase = {}): Promise<Server> {
  const port = await freePort();
  const own = given.folder === undefined && given.databaseUrl === undefined ? makeDataFolder() : undefined;
  const databaseUrl = given.databaseUrl ?? sqliteUrl(given.folder ?? own ?? "");
  const settings = { ...serverSettings(gateway, databaseUrl), ...given.settings, PORT: String(port) };
  const url = `http://127.0.0.1:${port}`;
  const start = async () => {
    const child = spawnDojang(["start"], settings);
    await untilReady(`${url}/readyz`, () => child.exitCode);
    return child;
  };
  let child = await start();
  return {
    url,
    get pid() {
      return child.pid ?? 0;
    },
    apiKey: settings.DOJANG_API_KEY,
    async restartKilled() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
      child = await start();
    },
    async close() {
      await endProcess(child);
      if (own !== undefined) rmSync(own, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function untilReady(url: string, exitCode: () => number | null): Promise<void> {
  const until = performance.now() + START_MS_MAX;
  while (performance.now() < until) {
    if (exitCode() !== null) throw new Error(`Dojang ended with ${exitCode()} before it was ready`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`Dojang was not ready after ${START_MS_MAX} ms`);
}
