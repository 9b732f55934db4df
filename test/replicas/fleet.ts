import { freePort, type RunningServer, startServer } from "../process/server-process.ts";

/** One place of the fleet: after a kill another process stands there, at the same address. */
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

/** Servers and workers as processes of their own, all with these settings. They start at the same time, on one database. */
export async function openFleet(
  env: Readonly<Record<string, string>>,
  size: { readonly servers: number; readonly workers: number },
): Promise<Fleet> {
  const fallen: string[] = [];
  const open = async (role: Place["role"]): Promise<Place> => {
    const port = String(await freePort());
    const settings = { ...env, [role === "serve" ? "PORT" : "DOJANG_WORKER_PORT"]: port };
    let isWanted = false;
    const start = async () => {
      const started = await startServer(settings, role);
      isWanted = true;
      void started.ended.then((code) => {
        if (isWanted && started === current)
          fallen.push(`${role} ended with ${code}: ${started.output.stderr}`);
      });
      return started;
    };
    let current = await start();
    return {
      role,
      get process() {
        return current;
      },
      async replace() {
        isWanted = false;
        await current.kill("SIGKILL");
        current = await start();
      },
      [Symbol.asyncDispose]: async () => {
        isWanted = false;
        await current.kill("SIGKILL");
      },
    };
  };
  const roles: Place["role"][] = [
    ...Array<"serve">(size.servers).fill("serve"),
    ...Array<"worker">(size.workers).fill("worker"),
  ];
  const places = await Promise.all(roles.map(open));
  return {
    servers: places.filter(({ role }) => role === "serve"),
    workers: places.filter(({ role }) => role === "worker"),
    fallen,
    async [Symbol.asyncDispose]() {
      await Promise.all(places.map((place) => place[Symbol.asyncDispose]()));
    },
  };
}
