import { DojangError } from "../../errors.ts";
import { isConnectionLost } from "./postgres-error.ts";
import { COMMIT, ROLLBACK, type Session, type Statement, type StatementResult } from "./session.ts";
import { type RetryDeps, withRetries } from "./with-retries.ts";

/** What the work wants done with its transaction. */
export type TransactionEnd<Value> =
  | { readonly kind: "nothing"; readonly value: Value }
  | {
      readonly kind: "writes";
      /** Sent together with COMMIT. */
      readonly statements: readonly Statement[];
      /** Given no results when the answer was lost, and the write was found to have taken effect. */
      readonly value: (results: readonly StatementResult[]) => Value;
    };

export interface Transaction<Value> {
  /** Begins it (BEGIN is its first statement), and may be run again: nothing of an earlier run is left then. */
  readonly run: (session: Session) => Promise<TransactionEnd<Value>>;
  /** Reads what became of the last run, on another connection, once nothing of that run can still happen. */
  readonly readEnd: (session: Session) => Promise<"committed" | "nothing" | "unknown">;
}

/** An error of the work itself, whatever it looks like, not of the database. */
export class WorkError extends DojangError {
  constructor(cause: unknown) {
    super("internal_error", "The work of a transaction failed", { cause });
  }
}

/** In doubt, a caller waits some 9 s before it hears that nobody knows. */
const DOUBTS_MAX = 12;
const LOSSES_MAX = 6;

/**
 * Runs work in one durable transaction: again when it met another one, on another connection when its own was lost. When the
 * answer to COMMIT was lost, the database is read until it is known what became of it.
 *
 * @throws {DojangError} `storage_unavailable`, `storage_full` (nothing was written), `commit_outcome_unknown`; what the work throws
 */
export async function inTransaction<Value>(deps: RetryDeps, transaction: Transaction<Value>): Promise<Value> {
  let doubt: (() => Value) | undefined;
  const lossesMax = () => (doubt === undefined ? LOSSES_MAX : DOUBTS_MAX);
  const once = async (session: Session) => {
    if (doubt !== undefined) {
      const end = await transaction.readEnd(session);
      if (end === "committed") return doubt();
      if (end === "unknown") throw outcomeUnknown(new Error("Too many others have written since"));
      doubt = undefined;
    }
    const tried = await tryOnce(session, transaction);
    if (tried.kind === "done") return tried.value;
    doubt = tried.value;
    throw tried.error;
  };
  try {
    return await withRetries(deps, once, lossesMax);
  } catch (error) {
    if (error instanceof WorkError) throw error.cause;
    throw doubt === undefined ? error : outcomeUnknown(error);
  }
}

function outcomeUnknown(cause: unknown): DojangError {
  return new DojangError(
    "commit_outcome_unknown",
    "Cannot tell whether the write took effect: the database was lost at COMMIT",
    { cause },
  );
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
  if (commit?.status === "fulfilled" && commit.value.command === "COMMIT") {
    const results = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    return { kind: "done", value: value(results) };
  }
  const failed = settled.find((one) => one.status === "rejected");
  const error = failed?.reason ?? new Error("Invariant violated: COMMIT was answered with ROLLBACK");
  // Answered with ROLLBACK: it is over, and nothing was written.
  if (commit?.status === "fulfilled") throw error;
  if (!isConnectionLost(commit?.reason)) {
    await session.settle([ROLLBACK]);
    throw error;
  }
  return { kind: "doubt", error: commit?.reason, value: () => value([]) };
}
