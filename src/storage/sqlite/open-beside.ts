import { accessSync, constants, existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";

/**
 * Opens the file read-only, whoever owns it. Undefined where there is none yet and one can be made.
 *
 * @throws {Error} in one line: not readable, no folder to write to
 */
export function openBeside(file: string): Database.Database | undefined {
  const path = resolve(file);
  if (!existsSync(path)) {
    if (existsSync(dirname(path))) accessSync(dirname(path), constants.W_OK);
    return undefined;
  }
  accessSync(path, constants.R_OK | constants.W_OK);
  return new Database(path, { readonly: true, fileMustExist: true, timeout: 1000 });
}
