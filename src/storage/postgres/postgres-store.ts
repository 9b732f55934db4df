import type { Aggregate, Decision, NewTask } from "../../domain/decision.ts";
import { createConsoleStore } from "../rows/create-console-store.ts";
import { LEASE_TOKEN_BYTES, type TaskRow, toClaimedTask } from "../rows/task-row.ts";
import type { ClaimedTask, Hint, OperatorAct, Store, Target } from "../store.ts";
import { addCheckpoint } from "./add-checkpoint.ts";
import { type AuditedRow, hasAuditRow, LOCK_COUNTER, planAudit, saveActsHead } from "./audit-statements.ts";
import { createHintNumbers, insertHint } from "./hints.ts";
import { inTransaction } from "./in-transaction.ts";
import { PostgresReads } from "./postgres-reads.ts";
import { replaceCursor } from "./replace-cursor.ts";
import { BEGIN, COMMIT, type Row, type Statement } from "./session.ts";
import * as tasks from "./task-statements.ts";
import { transact } from "./transact.ts";

/** As on SQLite: others wait for no longer than a hash over so many rows takes. */
const CHECKPOINT_ROWS_MAX = 10_000;

/** The store over one PostgreSQL that any number of processes share. Every row is locked and judged there; nothing is kept here. */
export class PostgresStore extends PostgresReads implements Store {
  readonly isShared = true;
  readonly console = createConsoleStore({
    find: (statement) => this.find(statement, (rows) => rows),
    write: (statement) => this.find(statement, (rows) => rows),
    // The first statement tells whether the others are to be written: it goes alone.
    act: (act, [first, ...more]) =>
      this.#act(act, { first: [LOCK_COUNTER, first], more, counts: (rows) => rows.length > 1 }),
  });
  readonly #hintNumbers = createHintNumbers();
  #closed: Promise<void> | undefined;

  transact<Outcome>(target: Target, decide: (aggregate: Aggregate) => Decision<Outcome>): Promise<Outcome> {
    const deps = { ...this.parts, onCommitted: (wakeAt: number | undefined) => this.#tell(wakeAt) };
    return this.queue.run(target.orderId, () => transact(deps, { target, decide }));
  }

  recordHint(hint: Hint, newTasks: readonly NewTask[]): Promise<void> {
    const { context, now } = this.parts;
    let hintId: number | undefined;
    return this.use(async (session) => {
      hintId ??= await this.#hintNumbers.next(session);
      const inserted = insertHint(hint, { hintId, receivedAt: now(), context });
      const added = newTasks.map(tasks.addTask);
      const results = await session.run([BEGIN, inserted, ...added, COMMIT]);
      this.#tellOf(results.flatMap(({ rows }) => rows));
    });
  }

  addTasks(newTasks: readonly NewTask[]): Promise<void> {
    if (newTasks.length === 0) return Promise.resolve();
    return this.use(async (session) => {
      const results = await session.run([BEGIN, ...newTasks.map(tasks.addTask), COMMIT]);
      this.#tellOf(results.flatMap(({ rows }) => rows));
    });
  }

  async recordAct(act: OperatorAct, newTasks: readonly NewTask[] = []): Promise<void> {
    await this.#act(act, { first: newTasks.map(tasks.addTask), counts: () => true });
  }

  /** The statements with an operator's act in one transaction; nothing at all when the first ones wrote nothing that counts. */
  #act(
    act: OperatorAct,
    {
      first,
      more = [],
      counts,
    }: {
      readonly first: readonly Statement[];
      readonly more?: readonly Statement[];
      readonly counts: (written: readonly Row[]) => boolean;
    },
  ): Promise<boolean> {
    const { context, now } = this.parts;
    let audited: AuditedRow | undefined;
    return this.queue.run(undefined, () =>
      inTransaction<boolean>(this.parts, {
        run: async (session) => {
          const results = await session.run([BEGIN, ...first]);
          const written = results.flatMap(({ rows }) => rows);
          if (!counts(written)) return { kind: "nothing", value: false };
          const plan = await planAudit(session, { entries: [act], orderId: null, at: now(), context });
          audited = plan.last;
          const value = () => {
            this.#tellOf(written);
            return true;
          };
          const statements = [...more, ...plan.statements, saveActsHead(plan.last.hash)];
          return { kind: "writes", statements, value };
        },
        readEnd: async (session) =>
          audited !== undefined && (await hasAuditRow(session, audited)) ? "committed" : "nothing",
      }),
    );
  }

  addCheckpoint() {
    const limits = { at: this.parts.now(), rowsMax: CHECKPOINT_ROWS_MAX };
    return this.queue.run(undefined, () => addCheckpoint(this.parts, limits));
  }

  claimTasks({ limit, leaseMs, kinds }: Parameters<Store["claimTasks"]>[0]): Promise<readonly ClaimedTask[]> {
    const { context, now } = this.parts;
    return this.use(async (session) => {
      const leaseToken = context.random(LEASE_TOKEN_BYTES).toString("base64url");
      const at = now();
      const claim = { limit, now: at, leaseUntil: at + leaseMs, leaseToken, kinds };
      const [claimed] = await session.run([tasks.claimTasks(claim)]);
      const rows = (claimed?.rows ?? []) as unknown as (TaskRow & { readonly woke_at: number })[];
      const inOrder = rows.toSorted(
        (one, other) => one.woke_at - other.woke_at || (one.key < other.key ? -1 : 1),
      );
      return inOrder.map((row) => toClaimedTask(row, leaseToken));
    });
  }

  finishTask(task: ClaimedTask, next: { readonly nextDueAt?: number } = {}): Promise<boolean> {
    return this.#writeTask(() => tasks.finishTask(task, { ...next, now: this.parts.now() }));
  }

  failTask(task: ClaimedTask, failure: Parameters<Store["failTask"]>[1]): Promise<boolean> {
    return this.#writeTask(() => tasks.failTask(task, failure));
  }

  /** Repeated after a lost answer it finds its lease gone: what it wrote stays. */
  #writeTask(statement: () => Statement): Promise<boolean> {
    return this.use(async (session) => {
      const [written] = await session.run([statement()]);
      this.#tellOf(written?.rows ?? []);
      return (written?.count ?? 0) > 0;
    });
  }

  retryTask(key: string, { act, evenDone = false }: Parameters<Store["retryTask"]>[1]): Promise<boolean> {
    const retry = tasks.retryTask(key, { now: this.parts.now(), evenDone });
    return this.#act(act, { first: [retry], counts: (written) => written.length > 0 });
  }

  recallTasks(which: Parameters<Store["recallTasks"]>[0]): Promise<void> {
    return this.use(async (session) => {
      const now = this.parts.now();
      const [recalled] = await session.run([tasks.recallTasks({ ...which, now })]);
      if ((recalled?.count ?? 0) > 0) this.#tell(now);
    });
  }

  nextTaskDueAt(): Promise<number | undefined> {
    return this.use(async (session) => {
      const [found] = await session.run([tasks.NEXT_DUE]);
      const dueAt = found?.rows[0]?.["wake_at"] as number | undefined;
      this.parts.wakeups.answered(dueAt);
      return dueAt;
    });
  }

  onTasksDue(listener: () => void): void {
    this.parts.wakeups.listen(listener);
  }

  saveCursor(name: string, value: string): Promise<void> {
    const text = `INSERT INTO cursors (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
    return this.find({ name: "save_cursor", text, values: [name, value] }, () => undefined);
  }

  /** Repeated after a lost answer, what it wrote itself counts as what it found. */
  replaceCursor(name: string, change: Parameters<Store["replaceCursor"]>[1]): Promise<boolean> {
    let tries = 0;
    return this.use(async (session) => {
      tries += 1;
      const [written] = await session.run([replaceCursor({ ...change, name, isRepeated: tries > 1 })]);
      return (written?.count ?? 0) > 0;
    });
  }

  isReady(): boolean {
    return this.#closed === undefined && this.parts.pool.isReady;
  }

  /** Never: what became of a COMMIT is read from the database, and the process goes on. */
  onFatal(): void {}

  close(): Promise<void> {
    this.#closed ??= this.queue.close().then(() => this.parts.pool.close());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tellOf(rows: readonly Row[]): void {
    const times = rows.map((row) => row["wake_at"]).filter((time) => typeof time === "number");
    if (times.length > 0) this.#tell(Math.min(...times));
  }

  #tell(wakeAt: number | undefined): void {
    const { wakeups } = this.parts;
    wakeups.begin();
    wakeups.note(wakeAt);
    wakeups.committed();
  }
}
