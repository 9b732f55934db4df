import type Database from "better-sqlite3";
import { DojangError } from "../../errors.ts";
import { Batch, MEMBERS_MAX, type Member, type Savepoint } from "./batch.ts";
import { toStorageError } from "./storage-error.ts";
import { SyncQueue } from "./sync-queue.ts";

export interface GroupCommitOptions {
  readonly db: Database.Database;
  /** Milliseconds that run evenly, for the bounds on a batch and on a disk. */
  readonly now: () => number;
  /** Runs the batch soon, once the callers of this turn are in: `setImmediate`. */
  readonly soon: (run: () => void) => void;
  /** Brings to the disk what COMMIT has given to the system, without blocking. */
  readonly sync: () => Promise<void>;
  /** For tests: stands around every COMMIT. */
  readonly aroundCommit?: ((commit: () => void) => void) | undefined;
  /** Before the first member of a batch, also of one that runs again. */
  readonly onBegin: () => void;
  /** After each COMMIT, before its callers are answered. */
  readonly onCommitted: () => void;
  /** Once, when a COMMIT or its sync ended with an unknown outcome. */
  readonly onFatal: (error: DojangError) => void;
}

const WAITING_MAX = 10_000;
/** A disk that takes longer for one sync, or for a checkpoint, may never answer: whoever asks hears so, instead of waiting with all others. */
const SYNC_MS_MAX = 10_000;
/** In a flood a turn of the loop is long, and one batch little: then batches follow each other in one turn, for so long. */
const FLOOD_MIN = 512;
const TURN_MS_MAX = 20;

/**
 * Shares one durable COMMIT among all that wait for one.
 *
 * Members run one after the other, in one synchronous turn: no read on this connection ever sees what is
 * not committed. COMMIT gives the batch to the system; its sync runs elsewhere, while the next batch gathers. Nobody is answered
 * before the sync returned, not even a member that wrote nothing or failed: it may have read what an earlier one wrote. A member that
 * fails is undone alone: the batch then runs again, each member in a SAVEPOINT.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #batch: Batch;
  readonly #countChanges: Database.Statement<[], number>;
  readonly #syncs: SyncQueue;
  #waiting: Member[] = [];
  #isScheduled = false;
  /** Since when no batch may begin. */
  #heldAt: number | undefined;
  #changes = 0;
  #state: "open" | "closing" | "failed" = "open";
  #drained: (() => void) | undefined;

  constructor(options: GroupCommitOptions) {
    const { db } = options;
    this.#options = options;
    this.#batch = new Batch(db, options.now);
    this.#countChanges = db.prepare<[], number>("SELECT total_changes()").pluck();
    this.#changes = this.#countChanges.get() ?? 0;
    this.#syncs = new SyncQueue({ sync: options.sync, now: options.now, onIdle: () => this.#goOn() });
  }

  /** Whether work is taken, and what is read can be told soon. */
  get isOpen(): boolean {
    const heldMs = this.#heldAt === undefined ? 0 : this.#options.now() - this.#heldAt;
    return this.#state === "open" && Math.max(heldMs, this.#syncs.ranMs) < SYNC_MS_MAX;
  }

  /**
   * Runs the work inside the next batch. It is synchronous, and may be run again when its batch was lost.
   *
   * @throws {DojangError} `overloaded`, `storage_full`, `storage_unavailable` (nothing was written), `commit_outcome_unknown`;
   * an error of the work itself undoes that work alone
   */
  submit<Value>(work: (savepoint: Savepoint) => Value): Promise<Value> {
    if (!this.isOpen) return Promise.reject(unavailable());
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

  /** Resolves once all that is committed now is on the disk; undefined where it is already. */
  settled(): Promise<void> | undefined {
    if (!this.#syncs.isRunning) return undefined;
    return new Promise((resolve, reject) => {
      this.#syncs.afterLook({ onDurable: resolve, onFailed: () => reject(unavailable()) });
    });
  }

  /** Begins no batch until the work is done, however that ends. What comes meanwhile waits. */
  hold(work: () => Promise<unknown>): void {
    this.#heldAt = this.#options.now();
    const release = () => {
      this.#heldAt = undefined;
      this.#goOn();
    };
    work().then(release, release);
  }

  /** Takes no more work and waits for what was taken. */
  close(): Promise<void> {
    if (this.#state === "open") this.#state = "closing";
    if (this.#isDrained()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  #isDrained(): boolean {
    return this.#state === "failed" || (this.#waiting.length === 0 && !this.#syncs.isRunning);
  }

  #goOn(): void {
    this.#schedule();
    if (this.#isDrained()) this.#drained?.();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#heldAt !== undefined || this.#waiting.length === 0) return;
    // While the disk works the next batch gathers: a full one need not wait for it.
    if (this.#syncs.isRunning && this.#waiting.length < MEMBERS_MAX) return;
    this.#isScheduled = true;
    this.#options.soon(() => {
      this.#isScheduled = false;
      if (this.#heldAt === undefined && this.#waiting.length > 0) this.#runBatches();
      this.#goOn();
    });
  }

  #runBatches(): void {
    try {
      const startedAt = this.#options.now();
      do this.#runBatch();
      while (this.#isFlooded() && this.#options.now() - startedAt < TURN_MS_MAX);
    } catch (error) {
      // Not even ROLLBACK worked. Nothing was committed, and nothing can be until the file is opened anew.
      if (this.#state === "failed") throw error;
      this.#fail([], error);
    }
  }

  #isFlooded(): boolean {
    return this.#state !== "failed" && this.#waiting.length >= FLOOD_MIN;
  }

  /** Together first: it is rare that one must be undone alone. */
  #runBatch(): void {
    if (!this.#beginBatch()) return;
    const count = this.#batch.runTogether(this.#waiting) ?? this.#runEachAlone();
    if (count !== undefined) this.#finish(this.#waiting.splice(0, count));
  }

  #runEachAlone(): number | undefined {
    if (!this.#beginBatch()) return undefined;
    const ran = this.#batch.runEachAlone(this.#waiting);
    if (typeof ran === "number") return ran;
    // The batch is lost. The members before the culprit still wait, and run again in the next one.
    this.#waiting.splice(this.#waiting.indexOf(ran.culprit), 1);
    ran.culprit.reject(ran.error);
    return undefined;
  }

  #beginBatch(): boolean {
    try {
      this.#batch.begin();
    } catch (error) {
      const refusal = toStorageError(error);
      for (const member of this.#waiting.splice(0, MEMBERS_MAX)) member.reject(refusal);
      return false;
    }
    this.#options.onBegin();
    return true;
  }

  #finish(members: readonly Member[]): void {
    try {
      this.#batch.commit(this.#options.aroundCommit);
    } catch (cause) {
      this.#fail(members, cause);
      return;
    }
    const waiter = {
      onDurable: () => answerAll(members),
      onFailed: (cause: unknown) => this.#fail(members, cause),
    };
    if (this.#hasChanged()) this.#syncs.afterCommit(waiter);
    else this.#syncs.afterLook(waiter);
    this.#options.onCommitted();
  }

  /** Whether anything may have been written since this was asked last: what was undone counts as well. */
  #hasChanged(): boolean {
    const before = this.#changes;
    this.#changes = this.#countChanges.get() ?? before;
    return this.#changes !== before;
  }

  /** Nothing that this connection says from now on can be trusted: the next process reads the file anew. */
  #fail(members: readonly Member[], cause: unknown): void {
    const isFirst = this.#state !== "failed";
    this.#state = "failed";
    const error = new DojangError(
      "commit_outcome_unknown",
      "Cannot tell whether the write took effect: COMMIT failed",
      { cause },
    );
    for (const member of members) member.reject(error);
    for (const member of this.#waiting.splice(0)) member.reject(unavailable());
    if (isFirst) this.#options.onFatal(error);
    this.#drained?.();
  }
}

function answerAll(members: readonly Member[]): void {
  for (const { answer, resolve, reject } of members) {
    if (answer !== undefined && "value" in answer) resolve(answer.value);
    else reject(answer?.error);
  }
}

function unavailable(): DojangError {
  return new DojangError(
    "storage_unavailable",
    "Cannot write: the database is closed, or its disk does not answer",
  );
}
