import { DojangError } from "../../errors.ts";
import type { Pool } from "./open-pool.ts";
import { isConflict, isConnectionLost, toStorageError } from "./postgres-error.ts";
import { COMMIT, ROLLBACK, type Session, type Statement, type StatementResult } from "./session.ts";

/** What the work wants done with its transaction. */
export type TransactionEnd<Value> =
  | { readonly kind: "nothing"; readonly value: Value }
  | {
      readonly kind: "writes";
      /** Sent together with COMMIT. */
      readonly statements: readonly Statement[];
      readonly value: (results: readonly StatementResult[]) => Value;
    };

export interface Transaction<Value> {
  /** Begins it (BEGIN is its first statement), and may be run again: nothing of an earlier run is left then. */
  readonly run: (session: Session) => Promise<TransactionEnd<Value>>;
  /** Reads whether the last run took effect, on another connection, once nothing of that run can still happen. */
  readonly wasCommitted: (session: Session) => Promise<boolean>;
}

/** An error of the work itself, not of the database. */
export class WorkError extends Error {
  constructor(cause: unknown) {
    super("The work of a transaction failed", { cause });
  }
}

const CONFLICTS_MAX = 30;
const CONFLICT_MS = 5;
/** Some 3 s in all before a caller hears that there is no database. */
const LOSSES_MAX = 6;
/** Some 12 s in all before a caller hears that nobody knows. */
const DOUBTS_MAX = 12;
const LOSS_MS = 50;
const LOSS_MS_MAX = 1_000;

interface Doubt<Value> {
  readonly value: () => Value;
}

/**
 * Runs work in one durable transaction: again when it met another one, on another connection when its own was lost. When the
 * answer to COMMIT was lost, the database is read until it is known what became of it.
 *
 * @throws {DojangError} `storage_unavailable`, `storage_full` (nothing was written), `commit_outcome_unknown`; what the work throws
 */
export async function inTransaction<Value>(
  {
    pool,
    random,
    wait = sleep,
  }: { readonly pool: Pool; readonly random: () => number; readonly wait?: (ms: number) => Promise<void> },
  transaction: Transaction<Value>,
): Promise<Value> {
  let doubt: Doubt<Value> | undefined;
  let conflicts = 0;
  let losses = 0;
  for (;;) {
    try {
      return await pool.use(async (session) => {
        if (doubt !== undefined) {
          if (await transaction.wasCommitted(session)) return doubt.value();
          doubt = undefined;
        }
        const tried = await tryOnce(session, transaction);
        if (tried.kind === "done") return tried.value;
        doubt = { value: tried.value };
        throw tried.error;
      });
    } catch (error) {
      if (error instanceof WorkError) throw error.cause;
      if (isConflict(error) && conflicts < CONFLICTS_MAX) {
        conflicts += 1;
        await wait(CONFLICT_MS * conflicts * (0.5 + random()));
        continue;
      }
      const isOver = losses >= (doubt === undefined ? LOSSES_MAX : DOUBTS_MAX);
      if (isOver || !(isConnectionLost(error) || (doubt !== undefined && isConflict(error)))) {
        if (doubt === undefined) throw toStorageError(error);
        throw new DojangError(
          "commit_outcome_unknown",
          "Cannot tell whether the write took effect: the database was lost at COMMIT",
          { cause: error },
        );
      }
      await wait(Math.min(LOSS_MS_MAX, LOSS_MS * 2 ** losses) * (0.5 + random()));
      losses += 1;
    }
  }
}

type Tried<Value> =
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "doubt"; readonly error: unknown; readonly value: () => Value };

async function tryOnce<Value>(session: Session, transaction: Transaction<Value>): Promise<Tried<Value>> {
  let end: TransactionEnd<Value>;
  try {
    end = await transaction.run(session);
  } catch (error) {
    if (!isConnectionLost(error)) await session.settle([ROLLBACK]);
    throw error;
  }
  if (end.kind === "nothing") {
    await session.run([ROLLBACK]);
    return { kind: "done", value: end.value };
  }
  const { statements, value } = end;
  const settled = await session.settle([...statements, COMMIT]);
  const commit = settled.at(-1);
  const results = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (commit?.status === "fulfilled" && commit.value.command === "COMMIT")
    return { kind: "done", value: value(results) };
  const failed = settled.find((one) => one.status === "rejected");
  const error = failed?.reason ?? new Error("COMMIT was answered with ROLLBACK");
  if (commit?.status !== "rejected") throw error; // answered with ROLLBACK: it is over, and nothing was written
  if (!isConnectionLost(commit.reason)) {
    await session.settle([ROLLBACK]);
    throw error;
  }
  // The results are lost with the answer: what they would have told is told without them.
  return { kind: "doubt", error: commit.reason, value: () => value([]) };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
