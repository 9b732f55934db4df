import { parseArgs } from "node:util";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import type { HostCommand } from "../usecases/host-command.ts";
import { runOnHost } from "./run-on-host.ts";

const ROLES = ["viewer", "operator", "admin"] as const;
const HOW = `
  dojang operator add <name> --role viewer|operator|admin
  dojang operator list
  dojang operator role <name> --role viewer|operator|admin
  dojang operator disable <name>
  dojang operator enable <name>
  dojang operator password <name>`;
/**
 * `dojang operator`: who may sign in to the console.
 *
 * @throws {ConfigError} for arguments that are none, and as `runOnHost`
 */
export async function operator(args: readonly string[], config: Config): Promise<void> {
  await runOnHost(config, readArguments(args));
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
