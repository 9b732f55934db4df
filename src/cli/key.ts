import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import type { HostCommand } from "../usecases/host-command.ts";
import { runOnHost } from "./run-on-host.ts";

/** As the console takes it. */
const NAME = /^(?=.*\S)[^\p{Cc}\u2028\u2029]{1,60}$/u;
const HOW = `
  dojang key add <what it is for>
  dojang key list
  dojang key revoke <id>`;

/**
 * `dojang key`: API keys of the shop's servers beside DOJANG_API_KEY.
 *
 * @throws {ConfigError} for arguments that are none, and as `runOnHost`
 */
export async function key(args: readonly string[], config: Config): Promise<void> {
  await runOnHost(config, readArguments(args));
}

function readArguments([kind, name, ...more]: readonly string[]): HostCommand {
  if (more.length === 0 && kind === "list" && name === undefined) return { kind: "list_keys" };
  if (more.length === 0 && kind === "add" && name !== undefined && NAME.test(name))
    return { kind: "add_key", name };
  if (more.length === 0 && kind === "revoke" && name !== undefined) return { kind: "revoke_key", id: name };
  throw new ConfigError(`Cannot read the arguments: expected one of${HOW}`);
}
