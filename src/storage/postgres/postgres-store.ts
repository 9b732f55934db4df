import type { Aggregate, Decision, NewTask } from "../../domain/decision.ts";
import type { AuditRow } from "../rows/audit-row.ts";
import { fromAuditRow } from "../rows/audit-row.ts";
import { type DiscrepancyRow, fromDiscrepancyRow } from "../rows/discrepancy-row.ts";
import { type EventRow, fromEventRow } from "../rows/event-row.ts";
import { fromHintRow, type HintRow } from "../rows/hint-row.ts";
import { type Sums, sumMoney } from "../rows/money-rows.ts";
import { actPages, discrepancyPages, taskPages } from "../rows/pages.ts";
import type { SealContext } from "../rows/seal-context.ts";
import { LEASE_TOKEN_BYTES, type TaskRow, toClaimedTask, toTaskRecord } from "../rows/task-row.ts";
import type {
  ClaimedTask,
  DeliveryQuery,
  DiscrepancyQuery,
  Hint,
  MoneyQuery,
  OperatorAct,
  OrderQuery,
  PaymentMark,
  Store,
  Target,
  TaskQuery,
} from "../store.ts";
import type { Wakeups } from "../wakeups.ts";
import { addCheckpoint } from "./add-checkpoint.ts";
import { type AuditedRow, hasAuditRow, planAudit, saveActsHead } from "./audit-statements.ts";
import { createHintNumbers, insertHint } from "./hints.ts";
import { inTransaction } from "./in-transaction.ts";
import { listOrders } from "./list-orders.ts";
import { selectDiscrepancy } from "./load-statements.ts";
import type { Pool } from "./open-pool.ts";
import { createOrderQueue } from "./order-queue.ts";
import { readOrderView } from "./order-views.ts";
import { listDeliveries, readDelivery } from "./read-deliveries.ts";
import * as reads from "./read-statements.ts";
import { replaceCursor } from "./replace-cursor.ts";
import { BEGIN, BEGIN_READ, COMMIT, type Row, type Session, type Statement } from "./session.ts";
import * as tasks from "./task-statements.ts";
import { transact } from "./transact.ts";
import { withRetries } from "./with-retries.ts";

export interface PostgresStoreParts {
  readonly pool: Pool;
  readonly context: SealContext;
  readonly wakeups: Wakeups;
  readonly now: () => number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly deliversEvents: boolean;
}

/** As on SQLite: others wait for no longer than a hash over so many rows takes. */
const CHECKPOINT_ROWS_MAX = 10_000;

/** The store over one PostgreSQL that any number of processes share. Every row is locked and judged there; nothing is kept here. */
export class PostgresStore implements Store {
  readonly isShared = true;
  readonly #parts: PostgresStoreParts;
  readonly #queue = createOrderQueue();
  readonly #hintNumbers = createHintNumbers();
  #closed: Promise<void> | undefined;

  constructor(parts: PostgresStoreParts) {
    this.#parts = parts;
  }

  transact<Outcome>(target: Target, decide: (aggregate: Aggregate) => Decision<Outcome>): Promise<Outcome> {
    const deps = { ...this.#parts, onCommitted: (wakeAt: number | undefined) => this.#tell(wakeAt) };
    return this.#queue.run(target.orderId, () => transact(deps, { target, decide }));
  }

  recordHint(hint: Hint, newTasks: readonly NewTask[]): Promise<void> {
    const { context, now } = this.#parts;
    let hintId: number | undefined;
    return this.#use(async (session) => {
      hintId ??= await this.#hintNumbers.next(session);
      const inserted = insertHint(hint, { hintId, receivedAt: now(), context });
      const added = newTasks.map(tasks.addTask);
      const results = await session.run([BEGIN, inserted, ...added, COMMIT]);
      this.#tellOf(results.flatMap(({ rows }) => rows));
    });
  }

  addTasks(newTasks: readonly NewTask[]): Promise<void> {
    if (newTasks.length === 0) return Promise.resolve();
    return this.#use(async (session) => {
      const results = await session.run([BEGIN, ...newTasks.map(tasks.addTask), COMMIT]);
      this.#tellOf(results.flatMap(({ rows }) => rows));
    });
  }

  async recordAct(act: OperatorAct, newTasks: readonly NewTask[] = []): Promise<void> {
    await this.#act(act, newTasks.map(tasks.addTask), () => true);
  }

  /** The statements with an operator's act in one transaction; nothing at all when they wrote nothing that counts. */
  #act(
    act: OperatorAct,
    statements: readonly Statement[],
    counts: (written: readonly Row[]) => boolean,
  ): Promise<boolean> {
    const { context, now } = this.#parts;
    let audited: AuditedRow | undefined;
    return this.#queue.run(undefined, () =>
      inTransaction<boolean>(this.#parts, {
        run: async (session) => {
          const results = await session.run([BEGIN, ...statements]);
          const written = results.flatMap(({ rows }) => rows);
          if (!counts(written)) return { kind: "nothing", value: false };
          const plan = await planAudit(session, { entries: [act], orderId: null, at: now(), context });
          audited = plan.last;
          const value = () => {
            this.#tellOf(written);
            return true;
          };
          return { kind: "writes", statements: [...plan.statements, saveActsHead(plan.last.hash)], value };
        },
        wasCommitted: async (session) => audited !== undefined && (await hasAuditRow(session, audited)),
      }),
    );
  }

  addCheckpoint() {
    const limits = { at: this.#parts.now(), rowsMax: CHECKPOINT_ROWS_MAX };
    return this.#queue.run(undefined, () => addCheckpoint(this.#parts, limits));
  }

  claimTasks({ limit, leaseMs, kinds }: Parameters<Store["claimTasks"]>[0]): Promise<readonly ClaimedTask[]> {
    const { context, now } = this.#parts;
    return this.#use(async (session) => {
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
    return this.#writeTask(() => tasks.finishTask(task, { ...next, now: this.#parts.now() }));
  }

  failTask(task: ClaimedTask, failure: Parameters<Store["failTask"]>[1]): Promise<boolean> {
    return this.#writeTask(() => tasks.failTask(task, failure));
  }

  /** Repeated after a lost answer it finds its lease gone: what it wrote stays. */
  #writeTask(statement: () => Statement): Promise<boolean> {
    return this.#use(async (session) => {
      const [written] = await session.run([statement()]);
      this.#tellOf(written?.rows ?? []);
      return (written?.count ?? 0) > 0;
    });
  }

  retryTask(key: string, { act, evenDone = false }: Parameters<Store["retryTask"]>[1]): Promise<boolean> {
    const retry = tasks.retryTask(key, { now: this.#parts.now(), evenDone });
    return this.#act(act, [retry], (written) => written.length > 0);
  }

  recallTasks(which: Parameters<Store["recallTasks"]>[0]): Promise<void> {
    return this.#use(async (session) => {
      const now = this.#parts.now();
      const [recalled] = await session.run([tasks.recallTasks({ ...which, now })]);
      if ((recalled?.count ?? 0) > 0) this.#tell(now);
    });
  }

  nextTaskDueAt(): Promise<number | undefined> {
    return this.#use(async (session) => {
      const [found] = await session.run([tasks.NEXT_DUE]);
      const dueAt = found?.rows[0]?.["wake_at"] as number | undefined;
      this.#parts.wakeups.answered(dueAt);
      return dueAt;
    });
  }

  onTasksDue(listener: () => void): void {
    this.#parts.wakeups.listen(listener);
  }

  hasOrder(orderId: string): Promise<boolean> {
    return this.#find(reads.hasOrder(orderId), (rows) => rows.length > 0);
  }

  readOrder(orderId: string) {
    return this.#use((session) => readOrderView(session, orderId, this.#parts.context));
  }

  listOrders(query: OrderQuery) {
    return this.#use((session) => listOrders(session, query, this.#parts.context));
  }

  findOrderOfPayment(paymentId: string): Promise<string | undefined> {
    return this.#find(reads.orderOfPayment(paymentId), ([row]) => row?.["orderId"] as string | undefined);
  }

  readTimeline(orderId: string) {
    return this.#find(reads.timeline(orderId), (rows) =>
      rows.map((row) => fromEventRow(row as unknown as EventRow)),
    );
  }

  readAudit(orderId: string) {
    return this.#find(reads.auditOf(orderId), (rows) => this.#auditOf(rows));
  }

  async listActs({ cursor, limit }: Parameters<Store["listActs"]>[0]) {
    const statement = reads.acts(actPages.before(cursor), limit + 1);
    return this.#find(statement, (rows) => actPages.page(this.#auditOf(rows), limit));
  }

  #auditOf(rows: readonly Row[]) {
    return rows.map((row) => fromAuditRow(row as unknown as AuditRow, this.#parts.context));
  }

  readDailyMoney(query: MoneyQuery) {
    return this.#use(async (session) => {
      const results = await session.run([BEGIN_READ, ...reads.moneyStatements(query), COMMIT]);
      const [, paid = [], refunded = [], unexplained = []] = results.map(
        ({ rows }) => rows as unknown as Sums[],
      );
      return sumMoney({
        paid,
        refunded,
        unexplained: unexplained as (Sums & { readonly isEmpty: number })[],
      });
    });
  }

  async listDiscrepancies(query: DiscrepancyQuery) {
    const statement = reads.discrepancyPage(query, discrepancyPages.before(query.cursor));
    return this.#find(statement, (rows) =>
      discrepancyPages.page(
        rows.map((row) => this.#discrepancyOf(row)),
        query.limit,
      ),
    );
  }

  readDiscrepancy(id: string) {
    return this.#find(selectDiscrepancy(id), ([row]) =>
      row === undefined ? undefined : this.#discrepancyOf(row),
    );
  }

  #discrepancyOf(row: Row) {
    return fromDiscrepancyRow(row as unknown as DiscrepancyRow, this.#parts.context);
  }

  readDelivery(eventId: string) {
    return this.#use((session) => readDelivery(session, eventId));
  }

  listDeliveries(query: DeliveryQuery) {
    return this.#use((session) => listDeliveries(session, query));
  }

  readPaymentMarks(paymentIds: readonly string[]): Promise<ReadonlyMap<string, PaymentMark>> {
    return this.#find(reads.paymentMarks(paymentIds), (rows) => {
      const marks = rows as unknown as readonly (PaymentMark & { readonly paymentId: string })[];
      return new Map(marks.map(({ paymentId, ...mark }) => [paymentId, mark]));
    });
  }

  saveCursor(name: string, value: string): Promise<void> {
    const text = `INSERT INTO cursors (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
    return this.#find({ name: "save_cursor", text, values: [name, value] }, () => undefined);
  }

  /** Repeated after a lost answer, what it wrote itself counts as what it found. */
  replaceCursor(name: string, change: Parameters<Store["replaceCursor"]>[1]): Promise<boolean> {
    let tries = 0;
    return this.#use(async (session) => {
      tries += 1;
      const [written] = await session.run([replaceCursor({ ...change, name, isRepeated: tries > 1 })]);
      return (written?.count ?? 0) > 0;
    });
  }

  readCursor(name: string): Promise<string | undefined> {
    const text = "SELECT value FROM cursors WHERE name = $1";
    return this.#find(
      { name: "cursor", text, values: [name] },
      ([row]) => row?.["value"] as string | undefined,
    );
  }

  readHints(limit: number) {
    return this.#find(reads.hints(limit), (rows) =>
      rows.map((row) => fromHintRow(row as unknown as HintRow, this.#parts.context)),
    );
  }

  readTasks(filter: { readonly orderId?: string; readonly limit: number }) {
    return this.#find(reads.tasks(filter), tasksOf);
  }

  readTask(key: string) {
    return this.#find(reads.task(key), (rows) => tasksOf(rows)[0]);
  }

  async listTasks(query: TaskQuery) {
    const statement = reads.taskPage(query, taskPages.after(query.cursor));
    return this.#find(statement, (rows) => taskPages.page(tasksOf(rows), query.limit));
  }

  isReady(): boolean {
    return this.#closed === undefined && this.#parts.pool.isReady;
  }

  /** Never: what became of a COMMIT is read from the database, and the process goes on. */
  onFatal(): void {}

  close(): Promise<void> {
    this.#closed ??= this.#queue.close().then(() => this.#parts.pool.close());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #find<Value>(statement: Statement, as: (rows: readonly Row[]) => Value): Promise<Value> {
    return this.#use(async (session) => {
      const [found] = await session.run([statement]);
      return as(found?.rows ?? []);
    });
  }

  #use<Value>(work: (session: Session) => Promise<Value>): Promise<Value> {
    return this.#queue.run(undefined, () => withRetries(this.#parts, work));
  }

  #tellOf(rows: readonly Row[]): void {
    const times = rows.map((row) => row["wake_at"]).filter((time) => typeof time === "number");
    if (times.length > 0) this.#tell(Math.min(...times));
  }

  #tell(wakeAt: number | undefined): void {
    const { wakeups } = this.#parts;
    wakeups.begin();
    wakeups.note(wakeAt);
    wakeups.committed();
  }
}

function tasksOf(rows: readonly Row[]) {
  return rows.map((row) => toTaskRecord(row as unknown as TaskRow));
}
