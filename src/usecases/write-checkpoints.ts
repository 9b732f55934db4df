import type { NewTask } from "../domain/decision.ts";
import type { Deps } from "./deps.ts";

const EVERY_MS = 60 * 60 * 1000;

/** The checkpoint as a task, one for ever. The first run comes an hour after the first start. */
export function checkpointTask(now: number): NewTask {
  // One that died is alive again with the next start.
  return { kind: "checkpoint", key: "checkpoint", repeat: "again", dueAt: now + EVERY_MS };
}

/**
 * Covers every audit row that no checkpoint covers yet, and logs each checkpoint: the copy in the log is what a file that
 * was made anew is told by. An hour without a row makes none: its hash would cover nothing that the last one does not.
 *
 * @returns when to come again
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function writeCheckpoints({ store, log, clock }: Deps): Promise<number> {
  for (;;) {
    const made = await store.addCheckpoint();
    if (made === undefined) return clock.now() + EVERY_MS;
    log.info("audit_checkpoint", { number: made.number, count: made.heads, hash: made.hash });
  }
}
