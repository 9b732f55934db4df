import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { type Log, openProcessLog, type ProcessLog } from "../log.ts";
import { type Dojang, type Role, startDojang } from "../main.ts";
import { sandboxPanel } from "./panel.ts";

/** How long requests and tasks under way may take to end after SIGTERM. */
const DRAIN_MS_MAX = 10_000;

interface Running {
  close(): Promise<void>;
}

/** The commands that run until they are told to end. */
export type ServerCommand = "start" | "serve" | "worker";

const ROLES: Readonly<Record<ServerCommand, Role>> = { start: "all", serve: "serve", worker: "worker" };

/**
 * Starts the server, or one role of it, and ends it cleanly on SIGTERM or SIGINT.
 *
 * @throws {ConfigError} for arguments, and for one role alone where its database or its gateway would be no other process's
 */
export async function start(
  { command, args }: { readonly command: ServerCommand; readonly args: readonly string[] },
  config: Config,
): Promise<void> {
  if (args.length > 0)
    throw new ConfigError(
      `dojang ${command} takes no arguments, saw ${args.length}: settings are environment variables`,
    );
  if (command !== "start") refuseAlone(command, config);
  const processLog = openProcessLog(config.logLevel);
  const { log } = processLog;
  let running: Running | undefined;
  const end = (code: number) => endProcess({ running, processLog, code });
  process.on("SIGTERM", () => end(0));
  process.on("SIGINT", () => end(0));
  // Whoever started it was killed, and this process ends the same way: at once, whatever is still to be written.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  process.on("unhandledRejection", (error) => fail(log, error, end));
  process.on("uncaughtException", (error) => fail(log, error, end));
  const onFatal = (error: Error) => fail(log, error, end);
  running =
    config.mode === "live" || command !== "start"
      ? await startAlone(config, { role: ROLES[command], log, onFatal })
      : await startInSandbox(config, { log, onFatal });
}

function refuseAlone(command: ServerCommand, { database, gateway }: Config): void {
  if (database.kind === "sqlite") {
    throw new ConfigError(
      `Set DATABASE_URL to postgres://... for dojang ${command}: one process owns a SQLite file, so use dojang start`,
    );
  }
  if (gateway === undefined) {
    throw new ConfigError(
      `Set IMP_API_URL for dojang ${command}: without it the gateway is the emulator inside of dojang start`,
    );
  }
}

async function startAlone(
  config: Config,
  { role, log, onFatal }: { role: Role; log: Log; onFatal: (error: Error) => void },
): Promise<Dojang> {
  if (config.gateway === undefined) throw new ConfigError("Set IMP_KEY and IMP_SECRET");
  const dojang = await startDojang(config, { gateway: config.gateway, role, log, onFatal });
  log.info("listening", { path: dojang.url, kind: role === "worker" ? "health" : "public" });
  if (dojang.privateUrl !== dojang.url) log.info("listening", { path: dojang.privateUrl, kind: "private" });
  return dojang;
}

async function startInSandbox(
  config: Config,
  { log, onFatal }: { log: Log; onFatal: (error: Error) => void },
): Promise<Running> {
  const { startSandbox } = await import("../sandbox.ts");
  const sandbox = await startSandbox(config, { log, onFatal });
  process.stdout.write(sandboxPanel(sandbox, config));
  return sandbox;
}

function fail(log: Log, error: unknown, end: (code: number) => void): void {
  log.alarm("process_failed", { fault: error });
  end(1);
}

let isEnding = false;

function endProcess({
  running,
  processLog: { log, end },
  code,
}: {
  running: Running | undefined;
  processLog: ProcessLog;
  code: number;
}): void {
  if (isEnding) return;
  isEnding = true;
  const force = setTimeout(() => process.exit(code === 0 ? 1 : code), DRAIN_MS_MAX);
  force.unref();
  Promise.resolve(running?.close())
    .then(() => log.info("stopped"))
    .catch((error: unknown) => log.alarm("not_stopped_cleanly", { fault: error }))
    .then(end, end)
    .finally(() => process.exit(code));
}
