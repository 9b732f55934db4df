import type {
  Aggregate,
  Decision,
  DiscrepancyKind,
  EventType,
  NewTask,
  Resolution,
  TaskKind,
} from "../domain/decision.ts";
import type { Order, OrderStatus } from "../domain/order.ts";
import type { Payment, PaymentStatus, PaymentVerdict } from "../domain/payment.ts";
import type { Refund } from "../domain/refund.ts";
import type { ConsoleStore } from "./console-store.ts";
import type { MoneyQuery, MoneyRow } from "./daily-money.ts";
import type { ActPage, AuditCheckpoint, OperatorAct, StoredAudit } from "./stored-audit.ts";

export type * from "./console-store.ts";
export type * from "./daily-money.ts";
export type * from "./stored-audit.ts";

/** Which aggregate to lock, and which of its payments the decision is about. */
export interface Target {
  readonly orderId: string;
  readonly paymentId?: string;
  /** Fills `Aggregate.sameTransaction`. */
  readonly pgTransaction?: { readonly provider: string; readonly id: string };
  /** Fills `Aggregate.discrepancy`, and loads the payment that it is about. */
  readonly discrepancyId?: string;
}

/** A webhook as it came in: a hint that a payment may have changed, never evidence. */
export interface Hint {
  readonly paymentId: string;
  /** The merchant_uid that the hint names, where it names one. Untrusted. */
  readonly orderId?: string;
  readonly contentType: string;
  /** The raw body, at most 8 KB. Encrypted at rest. */
  readonly body: Uint8Array;
  readonly sourceAddress: string;
}

export interface StoredHint extends Hint {
  readonly id: number;
  readonly receivedAt: number;
}

/** A task with its lease: only the holder of the token may finish or fail it. */
export interface ClaimedTask {
  readonly key: string;
  readonly kind: TaskKind;
  readonly orderId?: string;
  readonly paymentId?: string;
  readonly payload: Readonly<Record<string, string | number>>;
  /** Raised by every hint. A worker notes it before it looks, and finishes the task up to that number. */
  readonly wanted: number;
  /** How many runs failed since the last success. */
  readonly tries: number;
  readonly leaseToken: string;
}

export interface TaskRecord {
  readonly key: string;
  readonly kind: TaskKind;
  readonly orderId?: string;
  readonly paymentId?: string;
  readonly state: "due" | "leased" | "done" | "dead";
  readonly dueAt: number;
  readonly wanted: number;
  readonly done: number;
  readonly tries: number;
  readonly lastError?: string;
}

export interface TaskQuery {
  /** `failing`: the last run failed, and it is tried again. */
  readonly state?: TaskRecord["state"] | "failing";
  readonly kind?: TaskKind;
  readonly orderId?: string;
  /** As returned with the page before. @throws {DojangError} `invalid_cursor` */
  readonly cursor?: string;
  /** 1 to 100. */
  readonly limit: number;
}

export interface TaskPage {
  /** By key. */
  readonly tasks: readonly TaskRecord[];
  readonly nextCursor?: string;
}

export interface StoredEvent {
  readonly id: string;
  readonly orderId: string;
  /** The version of the order that the writing transaction made. */
  readonly sequence: number;
  readonly type: EventType;
  readonly paymentId?: string;
  readonly at: number;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

export interface StoredDiscrepancy {
  readonly id: string;
  readonly orderId: string;
  readonly paymentId?: string;
  readonly kind: DiscrepancyKind;
  readonly cause: string;
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;
  readonly openedAt: number;
  readonly resolvedAt?: number;
  /** Set together with resolvedAt. */
  readonly resolution?: Omit<Resolution, "discrepancyId">;
}

export interface DiscrepancyQuery {
  readonly isOpen?: boolean;
  readonly kind?: DiscrepancyKind;
  /** As returned with the page before. @throws {DojangError} `invalid_cursor` */
  readonly cursor?: string;
  /** 1 to 100. */
  readonly limit: number;
}

export interface DiscrepancyPage {
  /** Newest first. */
  readonly discrepancies: readonly StoredDiscrepancy[];
  readonly nextCursor?: string;
}

/** One event on its way to the shop's endpoint: the event, and the task that delivers it. */
export interface Delivery {
  readonly event: StoredEvent;
  readonly task: TaskRecord;
}

export interface DeliveryQuery {
  readonly state?: TaskRecord["state"];
  readonly orderId?: string;
  readonly cursor?: string;
  readonly limit: number;
}

export interface DeliveryPage {
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
  readonly nextCursor?: string;
}

/** As much of a stored payment as tells whether a row of a gateway's list is news. */
export interface PaymentMark {
  readonly orderId: string;
  readonly status: PaymentStatus;
  readonly cancelledText: string;
  readonly verdict: PaymentVerdict;
}

/** One order with all that hangs on it, as one consistent read. */
export interface OrderView {
  readonly order: Order;
  readonly version: number;
  readonly payments: readonly Payment[];
  /** In the order in which they were asked for. */
  readonly refunds: readonly Refund[];
  readonly discrepancies: readonly StoredDiscrepancy[];
}

export interface OrderQuery {
  readonly status?: OrderStatus;
  /** The shop's customer id, exact. */
  readonly customerId?: string;
  /** An order id, a payment id, a phone number or a mail address, exact; the last two through the blind index. */
  readonly text?: string;
  /** As returned with the page before. @throws {DojangError} `invalid_cursor` */
  readonly cursor?: string;
  /** 1 to 100. */
  readonly limit: number;
}

export interface OrderPage {
  /** Newest first. */
  readonly orders: readonly OrderView[];
  readonly nextCursor?: string;
}

/**
 * The one place where orders, payments, events and tasks live.
 *
 * `transact` is the only door to a change of an order. Everything else reads, or writes inbox and tasks only.
 */
export interface Store extends AsyncDisposable {
  /**
   * Locks and loads one aggregate (its root row is created when missing), calls `decide`, writes the decision in the same
   * transaction, commits durably, and only then resolves with the outcome. A decision without any row to write leaves
   * the database as it was; one that writes raises the version by one. `decide` must be pure: it is run again after a
   * conflict, and with `clash` set when one of its payments already belongs to another order.
   *
   * @throws {DojangError} `storage_unavailable` (nothing was written), `storage_full` (nothing was written),
   * `commit_outcome_unknown` (it may have been: read first). A `decide` that throws rejects with its own error, nothing written.
   */
  transact<Outcome>(target: Target, decide: (aggregate: Aggregate) => Decision<Outcome>): Promise<Outcome>;

  /** Stores the hint and the tasks that it causes in one commit. @throws as `transact` */
  recordHint(hint: Hint, tasks: readonly NewTask[]): Promise<void>;
  /** Adds tasks outside of an order's transaction (a look that a caller asked for). @throws as `transact` */
  addTasks(tasks: readonly NewTask[]): Promise<void>;
  /** Writes what an operator did, and the tasks that it causes, in one commit. @throws as `transact` */
  recordAct(act: OperatorAct, tasks?: readonly NewTask[]): Promise<void>;
  /**
   * Writes a checkpoint over audit rows that none covers yet, at most 10,000 of them, so that it holds nobody up: call it
   * until it says that there are no more. @throws as `transact`
   */
  addCheckpoint(): Promise<AuditCheckpoint | undefined>;
  /** Leases up to `limit` due tasks to the caller, earliest first, for `leaseMs`. A lease that ran out can be claimed again. */
  claimTasks(claim: {
    readonly limit: number;
    readonly leaseMs: number;
    readonly kinds?: readonly TaskKind[];
  }): Promise<readonly ClaimedTask[]>;
  /**
   * Marks the task done up to the `wanted` that was claimed; it stays due when more was wanted meanwhile, and becomes due
   * again at `nextDueAt` where that is given.
   * @returns false, and nothing is written, when the lease was lost
   */
  finishTask(task: ClaimedTask, next?: { readonly nextDueAt?: number }): Promise<boolean>;
  /**
   * Puts the task back until `retryAt`, or to the dead ones. `isWaiting`: nothing was tried, so it is no failed run.
   * @returns false, and nothing is written, when the lease was lost
   */
  failTask(
    task: ClaimedTask,
    failure: { readonly error: string; readonly retryAt?: number; readonly isWaiting?: boolean },
  ): Promise<boolean>;
  /**
   * Makes a task due now, a dead one with its tries forgotten. One that runs now is left to its run; one that is done is left too,
   * unless `evenDone`. The act is written in the same commit.
   * @returns whether it was put forward; nothing is written when not
   */
  retryTask(key: string, how: { readonly act: OperatorAct; readonly evenDone?: boolean }): Promise<boolean>;
  /** Makes tasks of these kinds due now that wait for a time after `laterThan`: only a clock that ran ahead can have planned them. */
  recallTasks(which: { readonly kinds: readonly TaskKind[]; readonly laterThan: number }): Promise<void>;
  /** When the next task falls due (leases that will run out included); undefined when none is waiting. */
  nextTaskDueAt(): Promise<number | undefined>;
  /** Called after each commit that made a task due. One listener. */
  onTasksDue(listener: () => void): void;

  /** Whether an order is registered under this id. Cheap: asked before any call to the gateway. */
  hasOrder(orderId: string): Promise<boolean>;
  readOrder(orderId: string): Promise<OrderView | undefined>;
  listOrders(query: OrderQuery): Promise<OrderPage>;
  /** The order that a payment was stored under. */
  findOrderOfPayment(paymentId: string): Promise<string | undefined>;
  readTimeline(orderId: string): Promise<readonly StoredEvent[]>;
  /** The order's chain, oldest first; empty for an order of which nothing was audited. */
  readAudit(orderId: string): Promise<readonly StoredAudit[]>;
  /** What operators did that concerns no order. */
  listActs(page: { readonly cursor?: string; readonly limit: number }): Promise<ActPage>;
  /**
   * What was paid and what went back in a time: every payment under an id of ours, also of orders that are not here, by the
   * gateway's own times.
   */
  readDailyMoney(query: MoneyQuery): Promise<readonly MoneyRow[]>;
  listDiscrepancies(query: DiscrepancyQuery): Promise<DiscrepancyPage>;
  readDiscrepancy(id: string): Promise<StoredDiscrepancy | undefined>;
  /**
   * One event with its delivery, and how many earlier events of the same order are still on their way (due or leased, not
   * dead), at most 300. Undefined when there is no such event or it is not for the shop.
   */
  readDelivery(eventId: string): Promise<(Delivery & { readonly ahead: number }) | undefined>;
  listDeliveries(query: DeliveryQuery): Promise<DeliveryPage>;
  /** By payment id; unknown ones are absent. */
  readPaymentMarks(paymentIds: readonly string[]): Promise<ReadonlyMap<string, PaymentMark>>;
  /** A small named value that outlives the process: how far a sweep has come. */
  saveCursor(name: string, value: string): Promise<void>;
  /** Saves it only where its value is still the one that was read; undefined: there was none. @returns whether it was saved */
  replaceCursor(
    name: string,
    change: { readonly from: string | undefined; readonly to: string },
  ): Promise<boolean>;
  readCursor(name: string): Promise<string | undefined>;
  /** For operators and tests: newest first. */
  readHints(limit: number): Promise<readonly StoredHint[]>;
  readTasks(filter: { readonly orderId?: string; readonly limit: number }): Promise<readonly TaskRecord[]>;
  readTask(key: string): Promise<TaskRecord | undefined>;
  listTasks(query: TaskQuery): Promise<TaskPage>;

  readonly console: ConsoleStore;
  /** Whether other processes may write to the same data: what they make due is not told to `onTasksDue`. */
  readonly isShared: boolean;
  /** Whether a durable write would be taken now. On an engine that one process owns: false for ever after a COMMIT with an unknown outcome. */
  isReady(): boolean;
  /** Called once when a COMMIT ended with an unknown outcome: the process must end and read again. */
  onFatal(listener: (error: Error) => void): void;
  /** Waits for the commits under way, then closes. */
  close(): Promise<void>;
}
