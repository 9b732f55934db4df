import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A process of the benchmark that answers calls over its IPC channel. */
export interface Child {
  readonly pid: number;
  /** What it said once it was ready. */
  readonly ready: unknown;
  call(method: string, argument: unknown): Promise<unknown>;
  close(): Promise<void>;
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

const READY = 0;

/** Starts a script of this folder and waits until it is ready. Its output goes to stderr: stdout is the report's. */
export async function startChild(script: URL, env: NodeJS.ProcessEnv = {}): Promise<Child> {
  const child = spawnNode([script.pathname], env);
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastId = READY;
  const ready = new Promise<unknown>((resolve, reject) => waiting.set(READY, { resolve, reject }));
  child.on("message", (message) => {
    const { id, value, error } = message as Reply;
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(value);
    else caller?.reject(new Error(error));
  });
  child.on("exit", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${script.pathname} ended with ${code}`));
  });
  return {
    pid: child.pid ?? 0,
    ready: await ready,
    call: (method, argument) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, method, argument } satisfies Call);
      }),
    close: () => endProcess(child),
  };
}

/** Starts Node.js as this process was, with an IPC channel: a child that listens to it ends when this process does. */
export function spawnNode(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [...args], {
    env: { ...process.env, NODE_ENV: "production", ...env },
    stdio: ["ignore", 2, 2, "ipc"],
  });
}

export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

/** The other side: answers the parent's calls, and ends with it. */
export function serveCalls(
  methods: Readonly<Record<string, (argument: never) => unknown>>,
  ready?: unknown,
): void {
  const reply = (message: Reply) => void process.send?.(message);
  process.on("disconnect", () => process.exit(0));
  process.on("SIGTERM", () => process.exit(0));
  process.on("message", async (message) => {
    const { id, method, argument } = message as Call;
    try {
      reply({ id, value: await methods[method]?.(argument as never) });
    } catch (error) {
      reply({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
  reply({ id: READY, value: ready });
}
