#!/usr/bin/env node
// The command `dojang`. Starts src/cli/main.ts in this process, or under a newer Node.js where this one is too old.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findNode, installWhenStale, ROOT } from "./prepare.mjs";

const ENTRY = join(ROOT, "src", "cli", "main.ts");

installWhenStale();
const node = findNode();
if (node === process.execPath) {
  await import(pathToFileURL(ENTRY).href);
} else {
  // The IPC channel ties the two lives together: when this process is killed, even by SIGKILL, the child sees the
  // channel close and ends at once, so that no orphan keeps the port or the database lock.
  const child = spawn(node, [ENTRY, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
}
