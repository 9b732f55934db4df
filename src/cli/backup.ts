import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { backUp } from "../storage/sqlite/back-up.ts";
import { inOneLine } from "./in-one-line.ts";
import { openProgress } from "./progress.ts";

const MIB = 1024 * 1024;

/**
 * `dojang backup <file>`: a copy of the SQLite database as it is now, beside the running server, checked before it gets its name.
 * Progress goes to stderr.
 *
 * @throws {ConfigError} for arguments that are none, a file that is there, on PostgreSQL, and where there is nothing to copy
 */
export async function backup(args: readonly string[], { database }: Config): Promise<void> {
  const [to] = args;
  if (to === undefined || args.length > 1 || to.startsWith("-"))
    throw new ConfigError("Cannot read the arguments: expected dojang backup <file>");
  if (database.kind === "postgres") {
    throw new ConfigError(
      "Cannot back up a PostgreSQL: use pg_dump --format=custom, or pg_basebackup and an archive of the WAL",
    );
  }
  const progress = openProgress(process.stderr);
  const made = await inOneLine("back up the database", () =>
    backUp(database.path, { to, onProgress: progress.show }),
  );
  progress.clear();
  if (made === undefined) throw new ConfigError("Set DATABASE_URL to a database that exists");
  const orders = made.rows.get("orders") ?? 0;
  process.stdout.write(
    `${to}: ${orders} orders, ${(made.bytes / MIB).toFixed(1)} MiB, read as a whole.\n` +
      "The data key is NOT in it: without DOJANG_DATA_KEY nobody can read the personal data in this file. Keep the key somewhere else.\n",
  );
}
