import { readFileSync } from "node:fs";
import { readConfig } from "../config.ts";
import { ConfigError } from "../env.ts";
import { DojangError } from "../errors.ts";
import { audit } from "./audit.ts";
import { backup } from "./backup.ts";
import { db } from "./db.ts";
import { doctor } from "./doctor.ts";
import { emulator } from "./emulator.ts";
import { event } from "./event.ts";
import { key } from "./key.ts";
import { migrate } from "./migrate.ts";
import { operator } from "./operator.ts";
import { reconcile } from "./reconcile.ts";
import { start } from "./start.ts";

const VERSION: string = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
).version;

const USAGE = `dojang: verifies i'mport payments against the order of record

  dojang start      the server; in sandbox mode with the emulator and the example shop
  dojang serve      the half of it that answers, and runs no tasks: any number on one PostgreSQL
  dojang worker     the half of it that runs tasks, and answers /healthz and /readyz alone: any number on one PostgreSQL
  dojang migrate    brings the database up to this release, and lets the servers' role use it; made again it finds nothing to do:
                    dojang migrate [--grant-to <role>] [--dry-run]
  dojang reconcile  compares a past time with the gateway's lists, and decides what differs:
                    dojang reconcile --from <RFC 3339> --to <RFC 3339> [--dry-run]
  dojang audit      says whether the audit is as it was written, beside a running server; exit code 1 when not:
                    dojang audit verify [--checkpoint <number>:<hash>]
  dojang backup     copies a SQLite database beside its running server: dojang backup <file>
  dojang db check   says whether all that must be true of the rows is true, on either engine, beside a running server or on a copy;
                    exit code 1 when not: dojang db check [sqlite:<path> | postgres://...] [--json]
  dojang db copy    moves a SQLite into an empty PostgreSQL, and goes on where it was when it was ended:
                    dojang db copy sqlite:<path> [postgres://...] [--dry-run]
  dojang doctor     says whether this installation is well, one line each; exit code 1 when not
  dojang event test sends a test event to DOJANG_EVENTS_URL and says what is answered
  dojang operator   who may sign in to the console: dojang operator add <name> --role viewer|operator|admin,
                    list, role, disable, enable, password
  dojang key        API keys of the shop's servers: dojang key add <what it is for>, list, revoke
  dojang emulator   the i'mport emulator alone (dojang emulator --help)
  dojang version    this release
  dojang help       this text

Settings are environment variables: see docs/operations.md.
`;

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  start: (args) => start({ command: "start", args }, readConfig(process.env)),
  serve: (args) => start({ command: "serve", args }, readConfig(process.env)),
  worker: (args) => start({ command: "worker", args }, readConfig(process.env)),
  migrate: (args) => migrate(args, readConfig(process.env)),
  reconcile: (args) => reconcile(args, readConfig(process.env)),
  audit: (args) => audit(args, readConfig(process.env)),
  backup: (args) => backup(args, readConfig(process.env)),
  db: (args) => db(args, readConfig(process.env)),
  doctor: (args) => doctor(args, () => readConfig(process.env)),
  event: (args) => event(args, readConfig(process.env)),
  operator: (args) => operator(args, readConfig(process.env)),
  key: (args) => key(args, readConfig(process.env)),
  emulator: (args) => emulator(args, process.env),
  version: async () => void process.stdout.write(`${VERSION}\n`),
  help: async () => void process.stdout.write(USAGE),
};

const [name = "start", ...args] = process.argv.slice(2);
const command = COMMANDS[name.replace(/^--?/, "")];
try {
  if (command === undefined) throw new ConfigError(`There is no command ${name}: dojang help lists them`);
  await command(args);
} catch (error) {
  process.stderr.write(`dojang: ${lineOf(error)}\n`);
  process.exitCode = 1;
}

/** One line that says what to do; a stack only for faults of our own. */
function lineOf(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DojangError) return error.message;
  const fault = error as NodeJS.ErrnoException & { port?: number; address?: string; hostname?: string };
  return lineOfSystem(fault) ?? fault.stack ?? fault.message;
}

function portSetting(port: number | undefined): string {
  if (command === COMMANDS["worker"]) return "DOJANG_WORKER_PORT";
  return process.env["DOJANG_PRIVATE_PORT"] === String(port) ? "DOJANG_PRIVATE_PORT" : "PORT";
}

/** What the operating system refused, in the words of the settings. */
function lineOfSystem(fault: NodeJS.ErrnoException & { port?: number; address?: string; hostname?: string }) {
  const { code = "", syscall = "", port, path } = fault;
  const name = portSetting(port);
  if (code === "EADDRINUSE") return `Set ${name} to a free port: ${port ?? "this one"} is in use`;
  if (code === "EACCES" && syscall === "listen")
    return `Set ${name} to a port that this user may open: ${port ?? "this one"} is not`;
  if (code === "EADDRNOTAVAIL" || syscall === "getaddrinfo")
    return `Set HOST to an address of this machine: ${fault.address ?? fault.hostname ?? "this one"} is not`;
  const isFolder = ["mkdir", "open", "access", "chmod"].includes(syscall) && path !== undefined;
  return isFolder
    ? `Set DATABASE_URL to a path that this user may write: ${code} at ${JSON.stringify(path)}`
    : undefined;
}
