import { accessSync, constants, existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import type { DatabaseConfig } from "../config.ts";

/**
 * Opens the database read-only, whoever owns it. Undefined where there is none yet and one can be made.
 *
 * @throws {Error} in one line: not readable, no folder to write to, an engine that is not there
 */
export function openBeside(config: DatabaseConfig): Database.Database | undefined {
  if (config.kind !== "sqlite") throw new Error("the PostgreSQL engine is not part of this release yet");
  const path = resolve(config.path);
  if (!existsSync(path)) {
    if (existsSync(dirname(path))) accessSync(dirname(path), constants.W_OK);
    return undefined;
  }
  accessSync(path, constants.R_OK | constants.W_OK);
  return new Database(path, { readonly: true, fileMustExist: true, timeout: 1000 });
}
