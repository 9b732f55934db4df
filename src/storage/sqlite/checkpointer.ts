import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type Database from "better-sqlite3";
import type { CheckpointOptions, CheckpointResult } from "./checkpoint-thread.ts";

export interface CheckpointerOptions extends CheckpointOptions {
  readonly db: Database.Database;
  /** Begins no write until the work is done. */
  readonly hold: (work: () => Promise<unknown>) => void;
  /** A checkpoint failed: the log grows on, and the next one tries again. */
  readonly onTrouble: (cause: unknown) => void;
}

export interface Checkpointer {
  /** To be called after each COMMIT. */
  committed(): void;
  /** Waits for the one under way. */
  close(): Promise<void>;
}

/** 16 MB of log: read again in a tenth of a second after a crash, and seldom enough that writes are held rarely. */
const LOG_PAGES = 2_048;

interface LogSize {
  readonly log: number;
}

/**
 * Moves the log into the database file, in a thread of its own with a connection of its own: a checkpoint syncs twice and writes
 * megabytes. It goes in two steps. The first one runs beside the writers, which add to the log meanwhile, so it alone would never reach
 * the end of the log under load, and only a log that is moved whole starts over. The second one is short, and writes wait for it.
 */
export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { db, hold, onTrouble } = options;
  const size = db.prepare<[], LogSize>("PRAGMA wal_checkpoint(NOOP)");
  let thread: CheckpointThread | undefined;
  let underWay: Promise<void> | undefined;
  let doneAt = 0;

  async function run(): Promise<void> {
    thread ??= startThread(options);
    const { checkpoint } = thread;
    try {
      await checkpoint();
      await new Promise<void>((resolve, reject) => {
        hold(() => checkpoint().then(() => resolve(), reject));
      });
    } catch (cause) {
      onTrouble(cause);
      await thread.end();
      thread = undefined;
    }
    doneAt = size.get()?.log ?? 0;
  }

  return {
    committed() {
      if (underWay !== undefined) return;
      const { log } = size.get() ?? { log: 0 };
      // It has started over since.
      if (log < doneAt) doneAt = 0;
      if (log - doneAt < LOG_PAGES) return;
      underWay = run().finally(() => {
        underWay = undefined;
      });
    },
    async close() {
      await underWay;
      await thread?.end();
    },
  };
}

interface CheckpointThread {
  readonly checkpoint: () => Promise<void>;
  readonly end: () => Promise<void>;
}

/** Keeps the process alive while it works, not while it waits. */
function startThread({ path, slowSyncMs }: CheckpointOptions): CheckpointThread {
  const worker = new Worker(new URL("./checkpoint-thread.ts", import.meta.url), {
    workerData: { path, slowSyncMs } satisfies CheckpointOptions,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
  worker.unref();
  let settle: { resolve: () => void; reject: (cause: unknown) => void } | undefined;
  worker.on("message", (result: CheckpointResult) => {
    worker.unref();
    if (result.error === undefined) settle?.resolve();
    else settle?.reject(new Error(result.error));
  });
  worker.on("error", (cause) => settle?.reject(cause));
  const exited = once(worker, "exit").catch(() => {});
  exited.then(() => settle?.reject(new Error("The thread of the checkpoints has ended")));
  return {
    checkpoint: () =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        worker.ref();
        worker.postMessage("checkpoint");
      }),
    async end() {
      worker.ref();
      worker.postMessage("end");
      await exited;
    },
  };
}
