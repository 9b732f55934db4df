import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { openLog } from "../log.ts";
import { openStorageClock, openStore, readDataKey } from "../storage/open-store.ts";
import { isDatabaseHeld } from "../storage/peek-database.ts";
import { type HostAnswer, type HostCommand, runHostCommand } from "../usecases/host-command.ts";
import { openHostProof } from "../usecases/host-proof.ts";
import { createPasswords } from "../usecases/passwords.ts";
import { privateUrlOf } from "./private-url.ts";

const ROLES = ["viewer", "operator", "admin"] as const;
const HOW = `
  dojang operator add <name> --role viewer|operator|admin
  dojang operator list
  dojang operator role <name> --role viewer|operator|admin
  dojang operator disable <name>
  dojang operator enable <name>
  dojang operator password <name>`;
const ANSWER_MS_MAX = 10_000;

/**
 * `dojang operator`: who may sign in to the console. A running server that holds the database does it itself; it knows this command by
 * the data key. Exit code 1 when nothing was changed.
 *
 * @throws {ConfigError} for arguments that are none, and where the server that holds the database does not answer
 */
export async function operator(args: readonly string[], config: Config): Promise<void> {
  const command = readArguments(args);
  const run = isDatabaseHeld(config.database) ? runByServer : runHere;
  const { isDone, lines } = await run(config, command);
  const out = isDone ? process.stdout : process.stderr;
  for (const line of lines) out.write(isDone ? `${line}\n` : `dojang: ${line}\n`);
  if (!isDone) process.exitCode = 1;
}

async function runHere(config: Config, command: HostCommand): Promise<HostAnswer> {
  const log = openLog("error", { write: (line: string) => void process.stderr.write(line) });
  await using clock = await openStorageClock(config, systemClock);
  const { store } = await openStore(config, { clock, log, deliversEvents: false });
  await using _ = store;
  return await runHostCommand(
    { store, clock, randomBytes, passwords: createPasswords({ randomBytes }) },
    command,
  );
}

async function runByServer(config: Config, command: HostCommand): Promise<HostAnswer> {
  const url = privateUrlOf(config);
  const body = JSON.stringify(command);
  const proof = openHostProof(readDataKey(config)).make(body, systemClock.now());
  const response = await fetch(`${url}/console/host`, {
    method: "POST",
    headers: { authorization: `Dojang ${proof}`, "content-type": "application/json" },
    body,
    redirect: "error",
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  }).catch(() => undefined);
  if (response === undefined)
    throw new ConfigError(
      `Set HOST, PORT and DOJANG_PRIVATE_PORT as the server has them: another process holds the database, and no server answers at ${url}`,
    );
  if (response.status === 401)
    throw new ConfigError("Set DOJANG_DATA_KEY, and this machine's clock, as the server has them");
  if (!response.ok)
    throw new ConfigError(`The server at ${url} answers ${response.status}: nothing was changed`);
  const { done: isDone, lines } = (await response.json()) as { done: boolean; lines: readonly string[] };
  return { isDone, lines };
}

function readArguments(args: readonly string[]): HostCommand {
  const { positionals, values } = parse(args);
  const [kind, name, ...more] = positionals;
  const role = ROLES.find((one) => one === values.role);
  if (more.length > 0) throw unreadable();
  if (kind === "list" && name === undefined && values.role === undefined) return { kind };
  if (name === undefined) throw unreadable();
  if ((kind === "add" || kind === "role") && role !== undefined) return { kind, name, role };
  const isOther = kind === "disable" || kind === "enable" || kind === "password";
  if (isOther && values.role === undefined) return { kind, name };
  throw unreadable();
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { role: { type: "string" } },
      strict: true,
      allowPositionals: true,
    });
  } catch {
    throw unreadable();
  }
}

function unreadable(): ConfigError {
  return new ConfigError(`Cannot read the arguments: expected one of${HOW}`);
}
