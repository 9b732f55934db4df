import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, chmodSync, chownSync, constants, existsSync, mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Account } from "./find-postgres.ts";

const KEEPER = fileURLToPath(new URL("./keep-folder.ts", import.meta.url));
const MEMORY = "/dev/shm";
/** A run of all suites keeps less than this. */
const ROOM_BYTES_MIN = 1_000_000_000;

export interface PostgresFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * A folder for servers, in memory where there is room and nobody asks for a disk. Servers in it are stopped and the folder is removed when it is disposed, and also
 * when this process ends in any way: a keeper beside it notices by a pipe that closes.
 */
export function openPostgresFolder(
  account: Account | undefined,
  { isOnDisk = false }: { readonly isOnDisk?: boolean } = {},
): PostgresFolder {
  const path = mkdtempSync(join(!isOnDisk && hasMemory() ? MEMORY : tmpdir(), "dojang-pg-"));
  chmodSync(path, 0o700);
  if (account !== undefined) chownSync(path, account.uid, account.gid);
  const keeper = spawn(process.execPath, [KEEPER, path], {
    stdio: ["pipe", "ignore", "inherit"],
    cwd: "/",
    detached: true, // Ctrl-C is not for it
  });
  const ended = new Promise<void>((resolve) => keeper.once("close", () => resolve()));
  unref(keeper);
  return {
    path,
    async [Symbol.asyncDispose]() {
      keeper.ref();
      keeper.stdin.end();
      await ended;
    },
  };
}

/** Neither the process nor its pipe keeps this process alive. */
function unref(child: ChildProcess): void {
  child.unref();
  const pipe = child.stdin;
  if (pipe !== null && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
}

function hasMemory(): boolean {
  if (!existsSync(MEMORY)) return false;
  try {
    accessSync(MEMORY, constants.W_OK);
  } catch {
    return false;
  }
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ROOM_BYTES_MIN;
}
