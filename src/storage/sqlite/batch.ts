import type Database from "better-sqlite3";
import { breaksTransaction, toStorageError } from "./storage-error.ts";

/** What a member may do about its own writes while it runs. */
export interface Savepoint {
  /** Takes back everything that this member has written so far. */
  rollback(): void;
}

export interface Member {
  readonly work: (savepoint: Savepoint) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** What to answer once the batch is durable. */
  answer?: { readonly value: unknown } | { readonly error: unknown };
}

export const MEMBERS_MAX = 128;
const BATCH_MS_MAX = 5;

const NO_SAVEPOINT: Savepoint = {
  rollback() {
    throw new Error("A member of a batch that runs together must be undone");
  },
};

/** The transaction of one batch. It begins, runs the first of those that wait, and ends by COMMIT. */
export class Batch {
  readonly #db: Database.Database;
  readonly #now: () => number;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #rollback: Database.Statement;
  readonly #enter: Database.Statement;
  readonly #undo: Database.Statement;
  readonly #leave: Database.Statement;
  readonly #savepoint: Savepoint;

  /** `now`: milliseconds, for the bound on a batch. */
  constructor(db: Database.Database, now: () => number) {
    this.#db = db;
    this.#now = now;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
    this.#enter = db.prepare("SAVEPOINT member");
    this.#undo = db.prepare("ROLLBACK TO member");
    this.#leave = db.prepare("RELEASE member");
    this.#savepoint = { rollback: () => this.#undo.run() };
  }

  /** @throws {Database.SqliteError} */
  begin(): void {
    this.#begin.run();
  }

  /** Nothing is known of the transaction when it throws. */
  commit(around?: (commit: () => void) => void): void {
    const commit = () => void this.#commit.run();
    if (around === undefined) commit();
    else around(commit);
    if (this.#db.inTransaction) throw new Error("COMMIT returned inside of a transaction");
  }

  /**
   * Runs the first members without a savepoint each, which would copy every page that they change.
   * @returns how many have run; undefined when one of them failed: nothing was written then, and the transaction has ended
   */
  runTogether(waiting: readonly Member[]): number | undefined {
    return this.#run(waiting, (member) => {
      try {
        member.answer = { value: member.work(NO_SAVEPOINT) };
        if (this.#db.inTransaction) return true;
      } catch {
        // It runs again, and fails again where others are kept from harm.
      }
      if (this.#db.inTransaction) this.#rollback.run();
      return false;
    });
  }

  /**
   * Runs the first members in a savepoint each: one that fails is undone alone.
   * @returns how many have run, or the one that cost all of them the transaction: nothing was written then
   */
  runEachAlone(waiting: readonly Member[]): number | { readonly culprit: Member; readonly error: unknown } {
    let lost: { readonly culprit: Member; readonly error: unknown } | undefined;
    const count = this.#run(waiting, (member) => {
      const fault = this.#runAlone(member);
      if (fault !== undefined) lost = { culprit: member, ...fault };
      return fault === undefined;
    });
    return lost ?? count ?? 0;
  }

  #run(waiting: readonly Member[], run: (member: Member) => boolean): number | undefined {
    const startedAt = this.#now();
    let count = 0;
    while (count < waiting.length && count < MEMBERS_MAX) {
      if (count > 0 && this.#now() - startedAt >= BATCH_MS_MAX) break;
      if (!run(waiting[count] as Member)) return undefined;
      count += 1;
    }
    return count;
  }

  /** @returns the reason when this member cost the whole batch its transaction */
  #runAlone(member: Member): { readonly error: unknown } | undefined {
    const db = this.#db;
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
}
