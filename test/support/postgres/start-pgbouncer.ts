import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../../process/server-process.ts";
import { findPostgres } from "./find-postgres.ts";
import { openPostgresFolder } from "./postgres-folder.ts";
import { LEAST_ROLE, SERVER_ROLE } from "./start-postgres.ts";

const PROGRAMS = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];

export interface PgBouncer extends AsyncDisposable {
  /** The same address through the pooler, with `pgbouncer=true`. */
  through(url: string): string;
}

/** Whether this machine has one; the tests that need it are skipped otherwise. */
export function hasPgBouncer(): boolean {
  return PROGRAMS.some((path) => existsSync(path));
}

/** Starts a transaction pooler in front of the server that the address names, for every database and role of it. */
export async function startPgBouncer(serverUrl: string): Promise<PgBouncer> {
  const program = PROGRAMS.find((path) => existsSync(path));
  if (program === undefined) throw new Error("Invariant violated: hasPgBouncer() was not asked");
  const { account } = findPostgres();
  const folder = openPostgresFolder(account);
  const port = await freePort();
  const server = new URL(serverUrl);
  const write = (name: string, text: string) => {
    const path = `${folder.path}/${name}`;
    writeFileSync(path, text, { mode: 0o600 });
    if (account !== undefined) chownSync(path, account.uid, account.gid);
    return path;
  };
  // All roles of the tests have one password.
  const users = write(
    "users.txt",
    [SERVER_ROLE, LEAST_ROLE, server.username].map((user) => `"${user}" "${server.password}"\n`).join(""),
  );
  const ini = write(
    "pgbouncer.ini",
    `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = 10
max_client_conn = 1000
logfile = ${folder.path}/pgbouncer.log
pidfile = ${folder.path}/pgbouncer.pid
`,
  );
  const child = spawn(program, ["-q", ini], {
    ...account,
    cwd: folder.path,
    detached: true,
    stdio: "ignore",
  });
  child.unref();
  for (let looks = 0; !(await isListening(port)); looks += 1) {
    if (child.exitCode !== null || looks > LOOKS_MAX) {
      const log = readFileSync(`${folder.path}/pgbouncer.log`, "utf8").slice(-2000);
      await folder[Symbol.asyncDispose]();
      throw new Error(`PgBouncer does not start: ${log}`);
    }
    await setTimeout(LOOK_AGAIN_MS);
  }
  return {
    through(url) {
      const address = new URL(url);
      address.port = String(port);
      address.searchParams.set("pgbouncer", "true");
      return address.href;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const LOOK_AGAIN_MS = 10;
const LOOKS_MAX = 500;

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
