import { randomBytes } from "node:crypto";
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

const ANSWER_MS_MAX = 10_000;

/**
 * Carries a command out and prints what comes of it. A running server that holds the database does it itself; it knows this command by
 * the data key. Exit code 1 when nothing was changed.
 *
 * @throws {ConfigError} where the server that holds the database does not answer
 */
export async function runOnHost(config: Config, command: HostCommand): Promise<void> {
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
