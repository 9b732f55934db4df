import { execFile, execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Account } from "../support/postgres/find-postgres.ts";

/** A small disk of its own in memory, which can be filled up and made read-only. */
export interface Mount {
  readonly path: string;
  /** Leaves so many bytes. */
  fill(leftBytes: number): void;
  free(): void;
  remount(mode: "ro" | "rw"): Promise<void>;
  /** Unmounts and removes it. */
  end(): Promise<void>;
}

const SIZE = "192m";
const FILLER = "filler";
const run = promisify(execFile);

/** Undefined where this account may not mount. */
export function openMount(path: string, account?: Account): Mount | undefined {
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=0700`, "tmpfs", path], {
      stdio: "ignore",
    });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  if (account !== undefined) chownSync(path, account.uid, account.gid);
  chmodSync(path, 0o700);
  const filler = join(path, FILLER);
  return {
    path,
    fill(leftBytes) {
      const { bavail, bsize } = statfsSync(path);
      const bytes = Math.max(0, bavail * bsize - leftBytes);
      try {
        writeFileSync(filler, Buffer.alloc(bytes));
      } catch (error) {
        // Somebody else took the last bytes meanwhile: it is as full as it gets.
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    },
    free: () => rmSync(filler, { force: true }),
    async remount(mode) {
      await run("mount", ["-o", `remount,${mode}`, path]);
    },
    async end() {
      await run("umount", [path]);
      rmSync(path, { recursive: true });
    },
  };
}
