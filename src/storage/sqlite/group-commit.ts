import type Database from "better-sqlite3";
import { DojangError } from "../../errors.ts";
import { breaksTransaction, toStorageError } from "./storage-error.ts";

/** What a member may do about its own writes while it runs. */
export interface Savepoint {
  /** Takes back everything that this member has written so far. */
  rollback(): void;
}

export interface GroupCommitOptions {
  readonly db: Database.Database;
  /** Milliseconds, for the bound on a batch. */
  readonly now: () => number;
  /** Runs the batch soon, once the callers of this turn are in: `setImmediate`. */
  readonly soon: (run: () => void) => void;
  /** For tests: stands around every COMMIT. */
  readonly aroundCommit?: ((commit: () => void) => void) | undefined;
  /** Before the first member of a batch, also of one that runs again. */
  readonly onBegin: () => void;
  /** After the callers of a batch have been answered. */
  readonly onCommitted: () => void;
  /** Once, when a COMMIT ended with an unknown outcome. */
  readonly onFatal: (error: DojangError) => void;
}

interface Member {
  readonly work: (savepoint: Savepoint) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** What to answer once the batch is durable. */
  answer?: { readonly value: unknown } | { readonly error: unknown };
}

const MEMBERS_MAX = 128;
const BATCH_MS_MAX = 5;
const WAITING_MAX = 10_000;
/** So long batches follow each other while more wait than one holds: in a flood a turn of the loop is long, and one batch little. */
const TURN_MS_MAX = 20;

/**
 * Shares one durable COMMIT among all that wait for one.
 *
 * Members run one after the other, each in a SAVEPOINT, in one synchronous turn: no read on this connection ever sees what is
 * not committed. Nobody is answered before COMMIT returned, not even a member that wrote nothing or failed: it may have
 * read what an earlier member of its batch wrote.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #rollback: Database.Statement;
  readonly #enter: Database.Statement;
  readonly #undo: Database.Statement;
  readonly #leave: Database.Statement;
  readonly #savepoint: Savepoint;
  #waiting: Member[] = [];
  #isScheduled = false;
  #state: "open" | "closing" | "failed" = "open";
  #drained: (() => void) | undefined;

  constructor(options: GroupCommitOptions) {
    const { db } = options;
    this.#options = options;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
    this.#enter = db.prepare("SAVEPOINT member");
    this.#undo = db.prepare("ROLLBACK TO member");
    this.#leave = db.prepare("RELEASE member");
    this.#savepoint = { rollback: () => this.#undo.run() };
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /**
   * Runs the work inside the next batch. It is synchronous, and may be run again when its batch was lost.
   *
   * @throws {DojangError} `overloaded`, `storage_full`, `storage_unavailable` (nothing was written), `commit_outcome_unknown`;
   * an error of the work itself undoes that work alone
   */
  submit<Value>(work: (savepoint: Savepoint) => Value): Promise<Value> {
    if (this.#state !== "open") return Promise.reject(unavailable());
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(
        new DojangError("overloaded", `Cannot write: ${WAITING_MAX} writes are waiting already`),
      );
    }
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  /** Takes no more work and waits for what was taken. */
  close(): Promise<void> {
    if (this.#state === "open") this.#state = "closing";
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#options.soon(() => {
      this.#isScheduled = false;
      try {
        const startedAt = this.#options.now();
        do this.#runBatch();
        while (this.#hasMore() && this.#options.now() - startedAt < TURN_MS_MAX);
      } catch (error) {
        // Not even ROLLBACK worked. Nothing was committed, and nothing can be until the file is opened anew.
        if (this.#state === "failed") throw error;
        this.#fail([], error);
      }
      this.#schedule();
      if (this.#waiting.length === 0) this.#drained?.();
    });
  }

  #hasMore(): boolean {
    return this.#state !== "failed" && this.#waiting.length > 0;
  }

  #runBatch(): void {
    try {
      this.#begin.run();
    } catch (error) {
      const refusal = toStorageError(error);
      for (const member of this.#waiting.splice(0, MEMBERS_MAX)) member.reject(refusal);
      return;
    }
    this.#options.onBegin();
    const startedAt = this.#options.now();
    let count = 0;
    while (count < this.#waiting.length && count < MEMBERS_MAX) {
      if (count > 0 && this.#options.now() - startedAt >= BATCH_MS_MAX) break;
      const member = this.#waiting[count] as Member;
      const fault = this.#runMember(member);
      if (fault !== undefined) {
        // The batch is lost. The members before the culprit still wait, and run again in the next one.
        this.#waiting.splice(count, 1);
        member.reject(fault.error);
        return;
      }
      count += 1;
    }
    this.#finish(this.#waiting.splice(0, count));
  }

  /** @returns the reason when this member cost the whole batch its transaction */
  #runMember(member: Member): { readonly error: unknown } | undefined {
    const { db } = this.#options;
    try {
      this.#enter.run();
      member.answer = { value: member.work(this.#savepoint) };
      if (!db.inTransaction) throw new Error("The transaction ended inside of a member");
      this.#leave.run();
      return undefined;
    } catch (error) {
      member.answer = { error: toStorageError(error) };
      if (db.inTransaction && !breaksTransaction(error)) {
        this.#undo.run();
        this.#leave.run();
        return undefined;
      }
      if (db.inTransaction) this.#rollback.run();
      return member.answer;
    }
  }

  #finish(members: readonly Member[]): void {
    const commit = () => {
      this.#commit.run();
    };
    try {
      if (this.#options.aroundCommit === undefined) commit();
      else this.#options.aroundCommit(commit);
      if (this.#options.db.inTransaction) throw new Error("COMMIT returned inside of a transaction");
    } catch (cause) {
      this.#fail(members, cause);
      return;
    }
    for (const { answer, resolve, reject } of members) {
      if (answer !== undefined && "value" in answer) resolve(answer.value);
      else reject(answer?.error);
    }
    this.#options.onCommitted();
  }

  /** Nothing that this connection says from now on can be trusted: the next process reads the file anew. */
  #fail(members: readonly Member[], cause: unknown): void {
    this.#state = "failed";
    const error = new DojangError(
      "commit_outcome_unknown",
      "Cannot tell whether the write took effect: COMMIT failed",
      { cause },
    );
    for (const member of members) member.reject(error);
    for (const member of this.#waiting.splice(0)) member.reject(unavailable());
    this.#options.onFatal(error);
  }
}

function unavailable(): DojangError {
  return new DojangError("storage_unavailable", "Cannot write: the database is closed to writes");
}
