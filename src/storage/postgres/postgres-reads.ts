import { type AuditRow, fromAuditRow } from "../rows/audit-row.ts";
import { type DiscrepancyRow, fromDiscrepancyRow } from "../rows/discrepancy-row.ts";
import { type EventRow, fromEventRow } from "../rows/event-row.ts";
import { fromHintRow, type HintRow } from "../rows/hint-row.ts";
import { type Sums, sumMoney } from "../rows/money-rows.ts";
import { actPages, discrepancyPages, taskPages } from "../rows/pages.ts";
import type { SealContext } from "../rows/seal-context.ts";
import { type TaskRow, toTaskRecord } from "../rows/task-row.ts";
import type {
  DeliveryQuery,
  DiscrepancyQuery,
  MoneyQuery,
  OrderQuery,
  PaymentMark,
  Store,
  TaskQuery,
} from "../store.ts";
import type { Wakeups } from "../wakeups.ts";
import { listOrders } from "./list-orders.ts";
import { selectDiscrepancy } from "./load-statements.ts";
import type { Pool } from "./open-pool.ts";
import { createOrderQueue } from "./order-queue.ts";
import { readOrderView } from "./order-views.ts";
import { listDeliveries, readDelivery } from "./read-deliveries.ts";
import * as reads from "./read-statements.ts";
import { BEGIN_READ, COMMIT, type Row, type Session, type Statement } from "./session.ts";
import { withRetries } from "./with-retries.ts";

export interface PostgresStoreParts {
  readonly pool: Pool;
  readonly context: SealContext;
  readonly wakeups: Wakeups;
  readonly now: () => number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly deliversEvents: boolean;
  readonly awayMsMax: number | undefined;
}

/** What is read without a lock: each call sees one moment of the database. */
export class PostgresReads {
  protected readonly parts: PostgresStoreParts;
  protected readonly queue = createOrderQueue();

  constructor(parts: PostgresStoreParts) {
    this.parts = parts;
  }

  hasOrder(orderId: string): Promise<boolean> {
    return this.find(reads.hasOrder(orderId), (rows) => rows.length > 0);
  }

  readOrder(orderId: string) {
    return this.use((session) => readOrderView(session, orderId, this.parts.context));
  }

  listOrders(query: OrderQuery) {
    return this.use((session) => listOrders(session, query, this.parts.context));
  }

  findOrderOfPayment(paymentId: string): Promise<string | undefined> {
    return this.find(reads.orderOfPayment(paymentId), ([row]) => row?.["orderId"] as string | undefined);
  }

  readTimeline(orderId: string) {
    return this.find(reads.timeline(orderId), (rows) =>
      rows.map((row) => fromEventRow(row as unknown as EventRow)),
    );
  }

  readAudit(orderId: string) {
    return this.find(reads.auditOf(orderId), (rows) => this.#auditOf(rows));
  }

  async listActs({ cursor, limit }: Parameters<Store["listActs"]>[0]) {
    const statement = reads.acts(actPages.before(cursor), limit + 1);
    return this.find(statement, (rows) => actPages.page(this.#auditOf(rows), limit));
  }

  #auditOf(rows: readonly Row[]) {
    return rows.map((row) => fromAuditRow(row as unknown as AuditRow, this.parts.context));
  }

  readDailyMoney(query: MoneyQuery) {
    return this.use(async (session) => {
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
    return this.find(statement, (rows) =>
      discrepancyPages.page(
        rows.map((row) => this.#discrepancyOf(row)),
        query.limit,
      ),
    );
  }

  readDiscrepancy(id: string) {
    return this.find(selectDiscrepancy(id), ([row]) =>
      row === undefined ? undefined : this.#discrepancyOf(row),
    );
  }

  #discrepancyOf(row: Row) {
    return fromDiscrepancyRow(row as unknown as DiscrepancyRow, this.parts.context);
  }

  readDelivery(eventId: string) {
    return this.use((session) => readDelivery(session, eventId));
  }

  listDeliveries(query: DeliveryQuery) {
    return this.use((session) => listDeliveries(session, query));
  }

  readPaymentMarks(paymentIds: readonly string[]): Promise<ReadonlyMap<string, PaymentMark>> {
    return this.find(reads.paymentMarks(paymentIds), (rows) => {
      const marks = rows as unknown as readonly (PaymentMark & { readonly paymentId: string })[];
      return new Map(marks.map(({ paymentId, ...mark }) => [paymentId, mark]));
    });
  }

  readCursor(name: string): Promise<string | undefined> {
    const text = "SELECT value FROM cursors WHERE name = $1";
    return this.find(
      { name: "cursor", text, values: [name] },
      ([row]) => row?.["value"] as string | undefined,
    );
  }

  readHints(limit: number) {
    return this.find(reads.hints(limit), (rows) =>
      rows.map((row) => fromHintRow(row as unknown as HintRow, this.parts.context)),
    );
  }

  readTasks(filter: { readonly orderId?: string; readonly limit: number }) {
    return this.find(reads.tasks(filter), tasksOf);
  }

  readTask(key: string) {
    return this.find(reads.task(key), (rows) => tasksOf(rows)[0]);
  }

  async listTasks(query: TaskQuery) {
    const statement = reads.taskPage(query, taskPages.after(query.cursor));
    return this.find(statement, (rows) => taskPages.page(tasksOf(rows), query.limit));
  }

  protected find<Value>(statement: Statement, as: (rows: readonly Row[]) => Value): Promise<Value> {
    return this.use(async (session) => {
      const [found] = await session.run([statement]);
      return as(found?.rows ?? []);
    });
  }

  protected use<Value>(work: (session: Session) => Promise<Value>): Promise<Value> {
    return this.queue.run(undefined, () => withRetries(this.parts, work));
  }
}

function tasksOf(rows: readonly Row[]) {
  return rows.map((row) => toTaskRecord(row as unknown as TaskRow));
}
