import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import type { Log } from "../log.ts";
import { makeFolder } from "./make-folder.ts";
import { openSqliteStore } from "./sqlite/open-sqlite-store.ts";
import type { Store } from "./store.ts";

const DATA_KEY_FILE = "dojang-data.key";
const DATA_KEY_BYTES = 32;

/** Opens the engine that DATABASE_URL names. @throws {DojangError} `storage_unavailable`; {ConfigError} */
export async function openStore(
  { database, dataKey }: Config,
  { clock, log, deliversEvents }: { clock: Clock; log: Log; deliversEvents: boolean },
): Promise<{ store: Store; dataKey: Uint8Array }> {
  if (database.kind === "postgres") {
    throw new ConfigError(
      "Set DATABASE_URL to sqlite:<path>: the PostgreSQL engine is not part of this release yet",
    );
  }
  const key = dataKey ?? keepDataKey(dirname(database.path));
  const store = await openSqliteStore({
    path: database.path,
    clock,
    dataKey: key,
    deliversEvents,
    log: (entry) => {
      const fields = { code: entry.code, reason: entry.message };
      if (entry.level === "error") log.alarm("storage", fields);
      else log.info("storage", fields);
    },
  });
  return { store, dataKey: key };
}

/** Sandbox only: the key is made once and kept beside the database, readable by its owner alone. */
function keepDataKey(folder: string): Uint8Array {
  const path = join(folder, DATA_KEY_FILE);
  if (!existsSync(path)) {
    makeFolder(folder);
    writeFileSync(path, `${randomBytes(DATA_KEY_BYTES).toString("base64")}\n`, { mode: 0o600, flag: "wx" });
    chmodSync(path, 0o600);
  }
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "base64");
  if (key.length === DATA_KEY_BYTES) return key;
  throw new ConfigError(
    `Set DOJANG_DATA_KEY, or put 32 bytes in base64 into ${path}: it holds ${key.length}`,
  );
}
