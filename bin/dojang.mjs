#!/usr/bin/env node
// The command `dojang`. Starts src/cli/main.ts in this process, or under a newer Node.js where this one is too old.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { prepare, ROOT } from "./prepare.mjs";

const ENTRY = join(ROOT, "src", "cli", "main.ts");
const NPM_LOOK_MS = 500;

const node = prepare();
if (node === process.execPath) {
  endWithNpm(() => process.kill(process.pid, "SIGTERM"));
  await import(pathToFileURL(ENTRY).href);
} else {
  // The IPC channel ties the two lives together: when this process is killed, even by SIGKILL, the child sees the
  // channel close and ends at once, so that no orphan keeps the port or the database lock.
  const child = spawn(node, [ENTRY, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  endWithNpm(() => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
}

/**
 * `npm start` runs this under a shell, and a killed npm leaves both behind, holding the port and the database. Where the
 * system tells (Linux), the shell's parent is watched: once it is no longer npm, the server ends as on SIGTERM.
 */
function endWithNpm(end) {
  if (process.env.npm_lifecycle_event === undefined || process.platform !== "linux") return;
  const npm = parentOf(process.ppid);
  const timer = setInterval(() => {
    if (parentOf(process.ppid) === npm) return;
    clearInterval(timer);
    end();
  }, NPM_LOOK_MS);
  timer.unref();
}

/** The parent of a process, or undefined when it is gone. */
function parentOf(pid) {
  try {
    return /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
