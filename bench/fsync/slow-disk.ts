import { Worker } from "node:worker_threads";
import type Database from "better-sqlite3";
import type { SqliteFaults } from "../../src/storage/sqlite/open-sqlite-store.ts";

/** A disk whose every sync takes so many milliseconds longer. */
export interface SlowDisk extends AsyncDisposable {
  readonly faults: SqliteFaults;
}

const THREAD = `
  const { parentPort } = require("node:worker_threads");
  const cell = new Int32Array(new SharedArrayBuffer(4));
  parentPort.on("message", (ms) => { Atomics.wait(cell, 0, 0, ms); parentPort.postMessage(0); });
`;

/**
 * Every sync of the store becomes slower where it is done: that of a commit and those of a checkpoint in their threads, the one that
 * SQLite does by itself when the log starts over in the main thread. `isBlocking`: that of a commit in the main thread, too, as a
 * COMMIT under synchronous=FULL.
 */
export function openSlowDisk(ms: number, { isBlocking = false } = {}): SlowDisk {
  const thread = new Worker(THREAD, { eval: true });
  const waiting: (() => void)[] = [];
  thread.on("message", () => waiting.shift()?.());
  const elsewhere = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      thread.postMessage(ms);
    });
  let logPages = (): number => 0;
  let pagesBefore = 0;
  return {
    faults: {
      onConnect(db: Database.Database) {
        const size = db.prepare<[], { readonly log: number }>("PRAGMA wal_checkpoint(NOOP)");
        logPages = () => size.get()?.log ?? 0;
      },
      aroundCommit(commit) {
        commit();
        const pages = logPages();
        if (pages < pagesBefore) block(ms);
        pagesBefore = pages;
      },
      async aroundSync(sync) {
        if (isBlocking) {
          block(ms);
          return; // the disk's own time counts for the other side alone
        }
        await elsewhere();
        await sync();
      },
      slowSyncMs: ms,
    },
    async [Symbol.asyncDispose]() {
      await thread.terminate();
    },
  };
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
