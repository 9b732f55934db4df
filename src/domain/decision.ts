import type { Order } from "./order.ts";
import type { Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";

/** Everything about one merchant_uid that a decision may need. Never the timeline. */
export interface Aggregate {
  readonly orderId: string;
  /** The store's clock, milliseconds since the epoch: the only time a decision knows. */
  readonly now: number;
  /** 0 before the first write. */
  readonly version: number;
  /** Attempts without an account and without money that were counted, kept or not. */
  readonly attemptCount: number;
  readonly order?: Order;
  /**
   * The applied payment, the payment asked about, and every open virtual account; all payments while no order is
   * registered. Each once, in no special order.
   */
  readonly payments: readonly Payment[];
  /** Every refund of this order, in the order in which they were asked for. */
  readonly refunds: readonly Refund[];
  /** Causes of discrepancies of this order that concern the payment asked about or no payment at all, open or resolved. */
  readonly causes: readonly string[];
  /** The discrepancy that shows the payment asked about as an orphan, while nobody has resolved it. */
  readonly openOrphanId?: string;
  /** The discrepancy that shows the payment asked about as missing at the gateway, while nobody has resolved it. */
  readonly openMissingId?: string;
  /** The discrepancy asked about. */
  readonly discrepancy?: {
    readonly id: string;
    readonly kind: DiscrepancyKind;
    readonly cause: string;
    readonly paymentId?: string;
    readonly isResolved: boolean;
  };
  /** Another payment that carries the same (pg_provider, pg_tid) as the one asked about. */
  readonly sameTransaction?: { readonly paymentId: string; readonly orderId: string };
  /** Set when a write of an earlier run of this decision met another order's row: decide again, without that write. */
  readonly clash?: {
    readonly kind: "payment_of_another_order";
    readonly paymentId: string;
    readonly orderId: string;
  };
}

export type EventType =
  | "order.registered"
  | "order.awaiting_deposit"
  | "order.paid"
  | "order.expired"
  | "order.cancelled"
  | "order.partially_refunded"
  | "order.refunded"
  | "payment.let_through"
  | "refund.requested"
  | "refund.succeeded"
  | "refund.failed"
  | "payment.rejected"
  | "discrepancy.opened"
  | "discrepancy.resolved";

/** Something that happened to one order. The engine adds id, time and sequence (the version that this write makes). */
export interface NewEvent {
  readonly type: EventType;
  readonly paymentId?: string;
  /** Small facts for the timeline and for deliveries. No personal data. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

export type TaskKind =
  | "verify"
  | "look"
  | "sms"
  | "close_account"
  | "deliver"
  | "sweep"
  | "reconcile"
  | "prepare"
  | "refund"
  | "return_money"
  | "checkpoint";

/**
 * Work to do outside, written in the transaction that causes it.
 *
 * `once`: a row with this key, done or not, stays as it is. `again`: a row with this key becomes due (its `wanted` rises
 * by one, its due time only moves forward to the earlier of the two).
 */
export interface NewTask {
  readonly kind: TaskKind;
  readonly key: string;
  readonly repeat: "once" | "again";
  readonly dueAt: number;
  readonly orderId?: string;
  readonly paymentId?: string;
  readonly payload?: Readonly<Record<string, string | number>>;
}

/** What an operator may do about a discrepancy. */
export type ResolveAction = "accept" | "refund" | "dismiss";

/** Ends a discrepancy. Who and why are kept with it; the reason is encrypted at rest. */
export interface Resolution {
  readonly discrepancyId: string;
  readonly action: ResolveAction;
  readonly reason: string;
  /** The id of the API key or of the operator. */
  readonly actor: string;
}

export type DiscrepancyKind =
  | "orphan"
  | "surplus"
  | "paid_after_closing"
  | "amount_mismatch"
  | "currency_mismatch"
  | "channel_mismatch"
  | "test_payment"
  | "payment_regressed"
  | "cancelled_elsewhere"
  | "missing_at_gateway"
  | "pg_tid_reused";

/** Opened once per cause: a second one with the same cause is not written. */
export interface NewDiscrepancy {
  readonly kind: DiscrepancyKind;
  readonly cause: string;
  readonly paymentId?: string;
  /** What was expected and what was seen. May hold a whole snapshot (`raw`): encrypted at rest. */
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;
}

export type AuditAction = "refund.requested" | "discrepancy.resolved" | "order.cancelled";

/** Who did what, and why: a row of the order's chain. The reason is encrypted at rest. */
export interface NewAudit {
  readonly action: AuditAction;
  /** The id of the API key or of the operator, or `dojang` for what a policy did. */
  readonly actor: string;
  readonly reason: string;
  /** The id of the refund or the discrepancy; absent for the order itself. */
  readonly subject?: string;
  /** Small facts. No personal data. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** What one decision wants written, all or nothing. Plain data: it can be cloned, compared and sent to a thread. */
export interface Decision<Outcome> {
  readonly outcome: Outcome;
  /** The whole new row, when it changes. */
  readonly order?: Order;
  /** Rows to insert or to replace, by payment id. */
  readonly payments?: readonly Payment[];
  readonly attemptCount?: number;
  readonly events?: readonly NewEvent[];
  readonly tasks?: readonly NewTask[];
  readonly discrepancies?: readonly NewDiscrepancy[];
  readonly resolutions?: readonly Resolution[];
  /** Rows to insert or to replace, by refund id. */
  readonly refunds?: readonly Refund[];
  readonly audit?: readonly NewAudit[];
}
