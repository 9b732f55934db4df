// Run by postgres-folder.ts: node keep-folder.ts <folder>. Waits until its standard input closes, which also SIGKILL of its parent
// does; then stops every server whose data lie in the folder, and removes it.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const LOOK_AGAIN_MS = 20;
const LOOKS_MAX = 250;

const [, , folder = ""] = process.argv;
if (!folder.includes("dojang-pg-")) throw new Error(`Cannot keep ${folder}: expected a folder of the tests`);

process.stdin.resume();
process.stdin.on("error", () => {});
process.stdin.once("close", clean);

async function clean(): Promise<void> {
  for (const pidFile of globSync(join(folder, "*", "postmaster.pid"))) await stop(pidFile);
  for (const pidFile of globSync(join(folder, "*.pid"))) await stop(pidFile);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

async function stop(pidFile: string): Promise<void> {
  const lines = readFileSync(pidFile, "utf8").split("\n");
  const pid = Number(lines[0]);
  for (let looks = 0; looks < LOOKS_MAX && isOurs(pid); looks += 1) {
    // At first the immediate shutdown of PostgreSQL, which takes its children along.
    process.kill(pid, looks < LOOKS_MAX / 2 ? "SIGQUIT" : "SIGKILL");
    await setTimeout(LOOK_AGAIN_MS);
  }
  // One that was killed with SIGKILL leaves this file, and a small segment of shared memory whose id stands in it.
  const [, segment] = lines[6]?.trim().split(/\s+/) ?? [];
  if (segment !== undefined && existsSync(pidFile)) spawnSync("ipcrm", ["-m", segment]);
}

/** A number may have passed on to somebody else: a server of ours works inside the folder. */
function isOurs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
  } catch {
    return false;
  }
}
