import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../bin/dojang.mjs", import.meta.url));
export const API_KEY = "process-test-api-key-000000000001";

export interface ServerProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Everything that it wrote so far. */
  readonly output: { stdout: string; stderr: string };
  /** The exit code, once it has ended; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** Runs `dojang <args>` as its own process with exactly these settings. */
export function runDojang(args: readonly string[], env: Readonly<Record<string, string>>): ServerProcess {
  const { PATH = "", HOME = "", NODE_COMPILE_CACHE = "" } = process.env;
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    child,
    output,
    ended,
    kill,
    async [Symbol.asyncDispose]() {
      await kill("SIGKILL");
    },
  };
}

export interface RunningServer extends ServerProcess {
  readonly url: string;
  readonly privateUrl: string;
  post(
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  read(merchantUid: string): Promise<any>;
}

/**
 * Starts a server process, or one role of it, on a port of loopback, a free one unless the settings name it, and waits until it is ready.
 */
export async function startServer(
  env: Readonly<Record<string, string>>,
  command: "start" | "serve" | "worker" = "start",
): Promise<RunningServer> {
  const setting = command === "worker" ? "DOJANG_WORKER_PORT" : "PORT";
  const port = env[setting] ?? (await freePort());
  const server = runDojang([command], { [setting]: String(port), DOJANG_API_KEY: API_KEY, ...env });
  const url = `http://127.0.0.1:${port}`;
  const privatePort = env["DOJANG_PRIVATE_PORT"];
  const privateUrl = privatePort === undefined ? url : `http://127.0.0.1:${privatePort}`;
  const authorization = `Bearer ${API_KEY}`;
  await untilReady(server, url);
  return {
    ...server,
    url,
    privateUrl,
    async post(path, body, headers = {}) {
      const response = await fetch((path.startsWith("/v1") ? privateUrl : url) + path, {
        method: "POST",
        headers: { "content-type": "application/json", authorization, ...headers },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    async read(merchantUid) {
      const response = await fetch(`${privateUrl}/v1/orders/${merchantUid}`, { headers: { authorization } });
      return response.json();
    },
  };
}

/** Long enough for a start to say all that it has to say first. */
const ASK_AGAIN_MS = 5_000;

async function untilReady(server: ServerProcess, url: string): Promise<void> {
  let isEnded = false;
  void server.ended.then(() => {
    isEnded = true;
  });
  for (;;) {
    const written = server.output.stdout.length;
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await answer?.arrayBuffer();
    if (isEnded) throw new Error(`The server ended: ${server.output.stderr}`);
    // The process writes its panel, its log or its fault: then it is worth asking again. What is away for a moment it finds quietly.
    if (server.output.stdout.length > written) continue;
    await Promise.race([
      once(server.child.stdout ?? server.child, "data"),
      server.ended,
      setTimeout(ASK_AGAIN_MS),
    ]);
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("Invariant violated: it listened");
  return address.port;
}
