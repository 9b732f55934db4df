// The thread of the checkpoints: see checkpointer.ts.
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";

export interface CheckpointOptions {
  readonly path: string;
  /** For tests: so much longer, in milliseconds, every sync takes. */
  readonly slowSyncMs: number;
}

/** `error`: why nothing, or not all, was moved. */
export interface CheckpointResult {
  readonly error?: string;
}

const SYNCS_OF_A_CHECKPOINT = 2;

const { path, slowSyncMs } = workerData as CheckpointOptions;
const db = new Database(path, { fileMustExist: true });
db.pragma("synchronous = NORMAL");
db.pragma("fullfsync = ON");
db.pragma("wal_autocheckpoint = 0");

parentPort?.on("message", (message: "checkpoint" | "end") => {
  if (message === "end") {
    db.close();
    process.exit();
  }
  parentPort?.postMessage(checkpoint());
});

function checkpoint(): CheckpointResult {
  try {
    if (slowSyncMs > 0)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SYNCS_OF_A_CHECKPOINT * slowSyncMs);
    db.pragma("wal_checkpoint(PASSIVE)");
    return {};
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
