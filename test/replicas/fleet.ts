import { type RunningServer, startServer } from "../process/server-process.ts";

/** One place of the fleet: after a kill another process stands there. */
export interface Place extends AsyncDisposable {
  readonly role: "serve" | "worker";
  readonly process: RunningServer;
  /** SIGKILL, and another process at once. */
  replace(): Promise<void>;
}

export interface Fleet extends AsyncDisposable {
  readonly servers: readonly Place[];
  readonly workers: readonly Place[];
  /** Those that ended without being killed. */
  readonly fallen: readonly string[];
}

const STARTS_MAX = 5;

/** Servers and workers as processes of their own, all with these settings. They start at the same time, on one database. */
export async function openFleet(
  env: Readonly<Record<string, string>>,
  size: { readonly servers: number; readonly workers: number },
): Promise<Fleet> {
  const fallen: string[] = [];
  const roles = [
    ...Array.from({ length: size.servers }, () => "serve" as const),
    ...Array.from({ length: size.workers }, () => "worker" as const),
  ];
  const opened = await Promise.allSettled(roles.map((role) => openPlace(role, { env, fallen })));
  const places = opened.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  const close = () => Promise.all(places.map((place) => place[Symbol.asyncDispose]()));
  const failed = opened.find((end) => end.status === "rejected");
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  return {
    servers: places.filter(({ role }) => role === "serve"),
    workers: places.filter(({ role }) => role === "worker"),
    fallen,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

async function openPlace(
  role: Place["role"],
  { env, fallen }: { readonly env: Readonly<Record<string, string>>; readonly fallen: string[] },
): Promise<Place> {
  let isWanted = true;
  const start = async () => {
    const started = await startOnFreePort(env, role);
    void started.ended.then((code) => {
      if (isWanted) fallen.push(`${role} ended with ${code}: ${started.output.stderr}`);
    });
    return started;
  };
  const kill = async () => {
    isWanted = false;
    await current.kill("SIGKILL");
  };
  let current = await start();
  return {
    role,
    get process() {
      return current;
    },
    async replace() {
      await kill();
      isWanted = true;
      current = await start();
    },
    [Symbol.asyncDispose]: kill,
  };
}

/** A port that was free a moment ago may be taken: the machine's other connections use them, too. */
async function startOnFreePort(
  env: Readonly<Record<string, string>>,
  role: Place["role"],
): Promise<RunningServer> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await startServer(env, role);
    } catch (error) {
      if (starts === STARTS_MAX || !/is in use/.test(String(error))) throw error;
    }
  }
}
