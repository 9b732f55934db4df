import type { Aggregate, Decision, NewTask } from "../../domain/decision.ts";
import { DojangError } from "../../errors.ts";
import { actPages, discrepancyPages, taskPages } from "../rows/pages.ts";
import type {
  ClaimedTask,
  DeliveryQuery,
  DiscrepancyQuery,
  Hint,
  MoneyQuery,
  OperatorAct,
  OrderQuery,
  Store,
  Target,
  TaskQuery,
} from "../store.ts";
import type { Wakeups } from "../wakeups.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import type { DeliveryLister } from "./delivery-lister.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { OrderLister } from "./list-orders.ts";
import type { Rows } from "./rows.ts";
import { toStorageError } from "./storage-error.ts";
import type { WriteOptions } from "./write-decision.ts";

export interface SqliteStoreParts {
  readonly rows: Rows;
  readonly lister: OrderLister;
  readonly deliveries: DeliveryLister;
  readonly console: Store["console"];
  readonly options: WriteOptions;
  readonly group: GroupCommit;
  readonly wakeups: Wakeups;
  readonly now: () => number;
  readonly onFatal: (listener: (error: Error) => void) => void;
  /** Closes the file and lets go of its lock. */
  readonly release: () => Promise<void>;
}

/** Some 20 ms of hashing: others wait for no longer than that. */
const CHECKPOINT_ROWS_MAX = 10_000;

/** The store over one connection: every write is a member of a group commit, every read one synchronous look. */
export class SqliteStore implements Store {
  readonly isShared = false;
  readonly console: Store["console"];
  readonly #parts: SqliteStoreParts;
  #closed: Promise<void> | undefined;

  constructor(parts: SqliteStoreParts) {
    this.#parts = parts;
    this.console = parts.console;
  }

  transact<Outcome>(target: Target, decide: (aggregate: Aggregate) => Decision<Outcome>): Promise<Outcome> {
    return this.#parts.group.submit((savepoint) =>
      decideAndWrite(this.#parts, { target, decide, savepoint }),
    );
  }

  recordHint(hint: Hint, tasks: readonly NewTask[]): Promise<void> {
    const { group, rows, now } = this.#parts;
    return group.submit(() => {
      rows.hints.add(hint, now());
      this.#addTasks(tasks);
    });
  }

  addTasks(tasks: readonly NewTask[]): Promise<void> {
    return this.#parts.group.submit(() => this.#addTasks(tasks));
  }

  #addTasks(tasks: readonly NewTask[]): void {
    const { rows, wakeups } = this.#parts;
    for (const task of tasks) wakeups.note(rows.tasks.add(task)?.wakeAt);
  }

  recordAct(act: OperatorAct, tasks: readonly NewTask[] = []): Promise<void> {
    const { group, rows, now } = this.#parts;
    return group.submit(() => {
      rows.audit.addAct(act, now());
      this.#addTasks(tasks);
    });
  }

  addCheckpoint() {
    const { group, rows, now } = this.#parts;
    return group.submit(() => rows.audit.addCheckpoint({ at: now(), rowsMax: CHECKPOINT_ROWS_MAX }));
  }

  claimTasks(claim: Parameters<Store["claimTasks"]>[0]): Promise<readonly ClaimedTask[]> {
    const { group, rows, now } = this.#parts;
    return group.submit(() => rows.tasks.claim({ ...claim, now: now() }));
  }

  finishTask(task: ClaimedTask, next: { readonly nextDueAt?: number } = {}): Promise<boolean> {
    const { group, rows, wakeups, now } = this.#parts;
    return group.submit(() => {
      const written = rows.tasks.finish(task, { ...next, now: now() });
      wakeups.note(written?.wakeAt);
      return written !== undefined;
    });
  }

  failTask(task: ClaimedTask, failure: Parameters<Store["failTask"]>[1]): Promise<boolean> {
    const { group, rows, wakeups } = this.#parts;
    return group.submit(() => {
      const written = rows.tasks.fail(task, failure);
      wakeups.note(written?.wakeAt);
      return written !== undefined;
    });
  }

  retryTask(key: string, { act, evenDone = false }: Parameters<Store["retryTask"]>[1]): Promise<boolean> {
    const { group, rows, wakeups, now } = this.#parts;
    return group.submit(() => {
      const written = rows.tasks.retry(key, { now: now(), evenDone });
      if (written === undefined) return false;
      rows.audit.addAct(act, now());
      wakeups.note(written.wakeAt);
      return true;
    });
  }

  recallTasks(which: Parameters<Store["recallTasks"]>[0]): Promise<void> {
    const { group, rows, wakeups, now } = this.#parts;
    return group.submit(() => {
      if (rows.tasks.recall({ ...which, now: now() }) > 0) wakeups.note(now());
    });
  }

  nextTaskDueAt(): Promise<number | undefined> {
    return this.#read(({ rows, wakeups }) => {
      const dueAt = rows.tasks.nextDueAt();
      wakeups.answered(dueAt);
      return dueAt;
    });
  }

  onTasksDue(listener: () => void): void {
    this.#parts.wakeups.listen(listener);
  }

  /** Not of what is on the disk alone: no answer rests on it without a read or a write after it. */
  async hasOrder(orderId: string) {
    return this.#look(({ rows }) => rows.orders.has(orderId));
  }

  readOrder(orderId: string) {
    return this.#read(({ lister }) => lister.read(orderId));
  }

  listOrders(query: OrderQuery) {
    return this.#read(({ lister }) => lister.list(query));
  }

  findOrderOfPayment(paymentId: string) {
    return this.#read(({ rows }) => rows.payments.findOrder(paymentId));
  }

  readTimeline(orderId: string) {
    return this.#read(({ rows }) => rows.events.readAll(orderId));
  }

  readAudit(orderId: string) {
    return this.#read(({ rows }) => rows.audit.readAll(orderId));
  }

  listActs(page: Parameters<Store["listActs"]>[0]) {
    return this.#read(({ rows }) => {
      const before = actPages.before(page.cursor);
      return actPages.page(rows.audit.listActs({ before, limit: page.limit + 1 }), page.limit);
    });
  }

  readDailyMoney(query: MoneyQuery) {
    return this.#read(({ rows }) => rows.money.read(query));
  }

  listDiscrepancies(query: DiscrepancyQuery) {
    return this.#read(({ rows }) => {
      const before = discrepancyPages.before(query.cursor);
      return discrepancyPages.page(rows.discrepancies.list({ ...query, before }), query.limit);
    });
  }

  readDiscrepancy(id: string) {
    return this.#read(({ rows }) => rows.discrepancies.read(id));
  }

  readDelivery(eventId: string) {
    return this.#read(({ deliveries }) => deliveries.read(eventId));
  }

  listDeliveries(query: DeliveryQuery) {
    return this.#read(({ deliveries }) => deliveries.list(query));
  }

  readPaymentMarks(paymentIds: readonly string[]) {
    return this.#read(({ rows }) => rows.payments.readMarks(paymentIds));
  }

  saveCursor(name: string, value: string): Promise<void> {
    const { group, rows } = this.#parts;
    return group.submit(() => rows.cursors.save(name, value));
  }

  replaceCursor(name: string, change: Parameters<Store["replaceCursor"]>[1]): Promise<boolean> {
    const { group, rows } = this.#parts;
    return group.submit(() => rows.cursors.replace(name, change));
  }

  readCursor(name: string) {
    return this.#read(({ rows }) => rows.cursors.read(name));
  }

  readHints(limit: number) {
    return this.#read(({ rows }) => rows.hints.read(limit));
  }

  readTasks(filter: { readonly orderId?: string; readonly limit: number }) {
    return this.#read(({ rows }) => rows.tasks.read(filter));
  }

  readTask(key: string) {
    return this.#read(({ rows }) => rows.tasks.readOne(key));
  }

  listTasks(query: TaskQuery) {
    return this.#read(({ rows }) => {
      const after = taskPages.after(query.cursor);
      return taskPages.page(rows.tasks.list({ ...query, after }), query.limit);
    });
  }

  isReady(): boolean {
    return this.#parts.group.isOpen;
  }

  onFatal(listener: (error: Error) => void): void {
    this.#parts.onFatal(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#parts.group.close().then(this.#parts.release);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What is told is on the disk: what was seen in the last commits is told once their sync has returned. */
  async #read<Value>(look: (parts: SqliteStoreParts) => Value): Promise<Value> {
    const seen = this.#look(look);
    const settled = this.#parts.group.settled();
    if (settled !== undefined) await settled;
    return seen;
  }

  /** After a COMMIT of unknown outcome nothing is read: this connection may see what the next process will not. */
  #look<Value>(look: (parts: SqliteStoreParts) => Value): Value {
    if (!this.#parts.group.isOpen) {
      throw new DojangError(
        "storage_unavailable",
        "Cannot read: the database is closed, or its disk does not answer",
      );
    }
    try {
      return look(this.#parts);
    } catch (error) {
      throw toStorageError(error);
    }
  }
}
