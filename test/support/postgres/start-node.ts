import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../../process/server-process.ts";
import { findPostgres } from "./find-postgres.ts";

const run = promisify(execFile);

/** Not secret: it keeps other accounts of the machine out while the tests run. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** What every server of the tests has. Durable as in production; without what only a power cut would need. */
const SETTINGS: Readonly<Record<string, string>> = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "off",
  autovacuum: "off",
  max_connections: "300",
  shared_buffers: "64MB",
  max_wal_size: "2GB",
  checkpoint_timeout: "1h",
  jit: "off",
  dynamic_shared_memory_type: "mmap", // in the data folder: nothing outside of it is left behind by a kill
  log_min_messages: "warning",
  listen_addresses: "127.0.0.1",
  timezone: "UTC",
};

/** One server process on its data folder. */
export interface PostgresNode {
  readonly port: number;
  readonly dataFolder: string;
  /** Runs a tool of PostgreSQL as the account of the server. @returns what it wrote */
  tool(name: string, args: readonly string[]): Promise<string>;
  /** Starts the process again on the same port, after a kill. */
  start(): Promise<void>;
  /** Ends the server, by default without a farewell to anybody, and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface NodeOptions {
  /** Where its data folder is made. */
  readonly folder: string;
  readonly name: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Makes the data folder of a first server. */
export async function initCluster(dataFolder: string, { user, password }: Login): Promise<void> {
  const { folder, account } = findPostgres();
  const passwordFile = `${dataFolder}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) chownSync(passwordFile, account.uid, account.gid);
  const args = ["-D", dataFolder, "-U", user, `--pwfile=${passwordFile}`, "--auth=password", "--no-sync"];
  const places = ["--encoding=UTF8", "--locale=C", "--no-instructions"];
  await run(join(folder, "initdb"), [...args, ...places], { ...account, cwd: "/" });
}

/** Starts a server on a data folder that is there, and waits until it takes connections. */
export async function startNode({ folder, name, settings = {} }: NodeOptions): Promise<PostgresNode> {
  const { folder: bin, account } = findPostgres();
  const dataFolder = join(folder, name);
  const logPath = `${dataFolder}.log`;
  const port = await freePort();
  let child: ChildProcess | undefined;
  const node: PostgresNode = {
    port,
    dataFolder,
    async tool(program, args) {
      const { stdout } = await run(join(bin, program), [...args], { ...account, cwd: "/" });
      return stdout;
    },
    async start() {
      const all = { ...SETTINGS, ...settings, port: String(port), unix_socket_directories: folder };
      const args = Object.entries(all).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
      const log = openSync(logPath, "a");
      const started = spawn(join(bin, "postgres"), ["-D", dataFolder, ...args], {
        ...account,
        cwd: "/",
        detached: true,
        stdio: ["ignore", log, log],
      });
      closeSync(log);
      started.unref();
      child = started;
      await untilAccepting(started, port, logPath);
    },
    async kill(signal = "SIGQUIT") {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    },
  };
  chmodSync(dataFolder, 0o700);
  await node.start();
  return node;
}

const LOOK_AGAIN_MS = 20;
const LOOKS_MAX = 1500;

async function untilAccepting(child: ChildProcess, port: number, logPath: string): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await isAccepting(port)) return;
    await setTimeout(LOOK_AGAIN_MS);
  }
  throw new Error(`PostgreSQL does not start: ${readFileSync(logPath, "utf8").slice(-2000)}`);
}

/** Asks for encryption: a server that is up answers with one letter, one that is starting up as well, so a login must follow. */
async function isAccepting(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    const body = Buffer.from("user\0probe\0database\0postgres\0\0");
    const head = Buffer.alloc(8);
    head.writeInt32BE(body.length + 8, 0);
    head.writeInt32BE(3 << 16, 4);
    socket.write(Buffer.concat([head, body]));
    const [answer] = (await once(socket, "data")) as [Buffer];
    // R asks for a password; E says that it is starting up.
    return answer[0] === "R".charCodeAt(0);
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
