import type { Clause } from "./clause.ts";
import type { Money } from "./money.ts";

/**
 * The gateway's status in our words. `pending` is i'mport's `ready`: an opened window or an issued virtual account.
 * `unknown` is any text that i'mport does not document.
 */
export type PaymentStatus = "pending" | "paid" | "failed" | "cancelled" | "unknown";

/** A virtual account as the gateway issued it. Times are milliseconds since the epoch. */
export interface VirtualAccount {
  readonly number: string;
  readonly bank: string;
  readonly bankCode?: string;
  readonly holder?: string;
  /** Absent where the PG names no deadline. */
  readonly dueAt?: number;
}

/** An amount as the gateway wrote it: the exact text, and the money it means where it means any in its currency. */
export interface SeenAmount {
  readonly text: string;
  readonly money?: Money;
}

/** One part of a payment that was given back, as the gateway's history shows it. */
export interface Cancellation {
  readonly amount: SeenAmount;
  /** Absent where the entry names no time. */
  readonly cancelledAt?: number;
  /** The refund of ours whose id stands in its reason. */
  readonly refundId?: string;
}

/** What one look at the gateway said about one payment. All times are milliseconds since the epoch. */
export interface PaymentSnapshot {
  /** `imp_uid`, equal to the one asked for. */
  readonly paymentId: string;
  /** `merchant_uid`, any text: an id that is not ours is treated as foreign. */
  readonly orderId: string;
  readonly status: PaymentStatus;
  /** The status as spelled by the gateway. */
  readonly statusText: string;
  readonly amount: SeenAmount;
  readonly cancelled: SeenAmount;
  readonly currency: string;
  /** Absent when the answer lacks it: then nobody knows whether money moved. */
  readonly sandbox?: boolean;
  readonly payMethod?: string;
  readonly pgProvider?: string;
  /** The PG's merchant id (`pg_id`). */
  readonly pgMerchantId?: string;
  readonly pgTransactionId?: string;
  readonly customerUid?: string;
  readonly customerUidUsage?: string;
  readonly promotionId?: string;
  /** How many entries `cancel_history` holds. */
  readonly cancelCount: number;
  /** Its entries, oldest first, as this look saw them. A stored payment does not carry them. */
  readonly cancellations?: readonly Cancellation[];
  readonly account?: VirtualAccount;
  readonly startedAt?: number;
  readonly paidAt?: number;
  readonly failedAt?: number;
  readonly cancelledAt?: number;
  readonly failReason?: string;
  readonly receiptUrl?: string;
  /** Required fields that were missing or of the wrong type, by wire name; empty for a whole answer. */
  readonly faults: readonly string[];
  /** The `response` object as received, for operators. Personal data: encrypted at rest. */
  readonly raw: string;
  readonly fetchStartedAt: number;
  readonly fetchEndedAt: number;
}

/**
 * What Dojang thinks of a payment. `observed`: seen, no decision; `held`: a virtual account that waits for its deposit;
 * `applied`: it paid its order; `surplus`: real money beyond what the order needs; `rejected`: a clause failed;
 * `reversed`: it was applied and has been given back in full.
 */
export type PaymentVerdict = "observed" | "held" | "applied" | "surplus" | "rejected" | "reversed";

/** One payment as stored: the most that the gateway ever said about it, and our verdict. */
export interface Payment extends PaymentSnapshot {
  readonly verdict: PaymentVerdict;
  readonly clauses: readonly Clause[];
  /** When it was applied, in the store's time. */
  readonly appliedAt?: number;
  /** When the gateway first said less than this row holds; cleared once it says as much again. */
  readonly regressionSeenAt?: number;
  /** When the gateway first knew no such payment, in the store's time; cleared once it shows it again. */
  readonly missingSeenAt?: number;
}
