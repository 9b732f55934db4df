import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  API_KEY,
  freePort,
  type RunningServer,
  runDojang,
  type ServerProcess,
  startServer,
} from "../../process/server-process.ts";
import { PLANT } from "../planted/plant-hook.ts";
import { COUNTING, ROUTE_MARK } from "./preload.ts";
import type { Schema } from "./sample-body.ts";

/** One route as the server itself registered it. */
export interface FuzzRoute {
  readonly method: string;
  readonly url: string;
  readonly body?: Schema;
  readonly bodyLimit?: number;
}

/** A real server as a process of its own, with the emulator as another one, and what a fuzzer needs of them. */
export interface Servers {
  readonly server: RunningServer;
  readonly emulator: ServerProcess & { readonly url: string };
  readonly routes: readonly FuzzRoute[];
  readonly emulatorRoutes: readonly (readonly [method: string, url: string])[];
  readonly publicPort: number;
  readonly privatePort: number;
  /** Of the sandbox's operator. */
  readonly cookie: string;
  /** Ids of orders that requests name, and of orders that none names: these never change. */
  readonly victims: readonly string[];
  readonly bystanders: readonly string[];
}

const PANEL = /password\s+(\S+)/;
const PRELOAD = new URL("./preload.ts", import.meta.url).href;

/** Starts both, gives them to `work`, and ends them. */
export async function withServers<Value>(work: (servers: Servers) => Promise<Value>): Promise<Value> {
  await using servers = await startServers();
  return await work(servers);
}

export async function startServers(): Promise<Servers & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), "dojang-fuzz-"));
  const emulator = await startEmulatorProcess();
  const server = await startFuzzedServer(folder, emulator.url);
  return {
    ...(await prepare(server, emulator)),
    async [Symbol.asyncDispose]() {
      await server.kill("SIGKILL");
      await emulator.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startEmulatorProcess(): Promise<ServerProcess & { readonly url: string }> {
  const emulator = runDojang(["emulator", "--port", "0", "--seed", "1"], {
    NODE_OPTIONS: `--import ${PRELOAD}`,
  });
  for (;;) {
    const url = /REST API\s+(http:\S+)/.exec(emulator.output.stdout)?.[1];
    if (url !== undefined) return { ...emulator, url };
    await Promise.race([
      setTimeout(50),
      emulator.ended.then(() => Promise.reject(new Error(emulator.output.stderr))),
    ]);
  }
}

async function startFuzzedServer(folder: string, emulatorUrl: string): Promise<RunningServer> {
  // What is planted here is planted there.
  const { NODE_OPTIONS = "", [PLANT]: plant } = process.env;
  return startServer({
    DATABASE_URL: `sqlite:${join(folder, "dojang.db")}`,
    DOJANG_PRIVATE_PORT: String(await freePort()),
    DOJANG_RATE_LIMIT: "off",
    DOJANG_PREPARE: "off",
    DOJANG_LOG_LEVEL: "warn",
    DOJANG_ALLOWED_ORIGINS: "https://shop.example",
    IMP_API_URL: emulatorUrl,
    [COUNTING]: "1",
    NODE_OPTIONS: `--import ${PRELOAD} ${NODE_OPTIONS}`,
    ...(plant === undefined ? {} : { [PLANT]: plant }),
  });
}

async function prepare(server: RunningServer, emulator: Servers["emulator"]): Promise<Servers> {
  const ids: string[] = [];
  for (let count = 0; count < 6; count++) {
    const { body } = await server.post("/v1/orders", {
      name: "감귤 5kg",
      amount: 50_000 + count,
      customer: { tel: "010-1234-5678" },
    });
    ids.push(String(body["merchant_uid"]));
  }
  return {
    server,
    emulator,
    routes: readRoutes(server.output.stderr),
    emulatorRoutes: readRoutes(emulator.output.stderr).map(({ method, url }) => [method, url]),
    publicPort: Number(new URL(server.url).port),
    privatePort: Number(new URL(server.privateUrl).port),
    cookie: await signIn(server),
    victims: ids.slice(0, 3),
    bystanders: ids.slice(3),
  };
}

function readRoutes(stderr: string): readonly FuzzRoute[] {
  const lines = stderr.split("\n").filter((line) => line.startsWith(ROUTE_MARK));
  const routes = lines.map((line) => JSON.parse(line.slice(ROUTE_MARK.length)) as FuzzRoute);
  return [...new Map(routes.map((route) => [`${route.method} ${route.url}`, route])).values()];
}

/** Written a moment after it is ready, on a busy machine some seconds. */
async function untilShown(server: RunningServer): Promise<string> {
  for (let left = 600; left > 0; left--) {
    const [, password] = PANEL.exec(server.output.stdout) ?? [];
    if (password !== undefined) return password;
    await setTimeout(100);
  }
  throw new Error("Waited in vain for the sandbox's panel");
}

/** The panel of a sandbox names its operator. */
async function signIn(server: RunningServer): Promise<string> {
  const password = await untilShown(server);
  const answer = await fetch(`${server.privateUrl}/console/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.privateUrl },
    body: JSON.stringify({ name: "sandbox", password }),
  });
  if (answer.status !== 201) throw new Error(`Cannot sign in: ${await answer.text()}`);
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
}

export const AUTHORIZATION = `Bearer ${API_KEY}`;
