import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { dbCheck } from "./db-check.ts";

/** `dojang db check`. @throws {ConfigError} for anything else */
export async function db(args: readonly string[], config: Config): Promise<void> {
  const [name, ...rest] = args;
  if (name === "check") return dbCheck(rest, config);
  throw new ConfigError("Cannot read the arguments: expected dojang db check");
}
