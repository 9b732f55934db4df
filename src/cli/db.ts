import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { dbCheck } from "./db-check.ts";
import { dbCopy } from "./db-copy.ts";

const COMMANDS: Readonly<Record<string, typeof dbCheck>> = { check: dbCheck, copy: dbCopy };

/** `dojang db check` and `dojang db copy`. @throws {ConfigError} for anything else */
export async function db(args: readonly string[], config: Config): Promise<void> {
  const [name = "", ...rest] = args;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined)
    throw new ConfigError("Cannot read the arguments: expected dojang db check or dojang db copy");
  await command(rest, config);
}
