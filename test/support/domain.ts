import { type Currency, isCurrency } from "../../src/domain/currency.ts";
import type { Aggregate, Decision } from "../../src/domain/decision.ts";
import { type Money, readAmount } from "../../src/domain/money.ts";
import type { Order } from "../../src/domain/order.ts";
import type {
  Cancellation,
  Payment,
  PaymentSnapshot,
  PaymentStatus,
  SeenAmount,
  VirtualAccount,
} from "../../src/domain/payment.ts";
import type { Policy } from "../../src/domain/policy.ts";
import type { Refund } from "../../src/domain/refund.ts";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** 09:00 in Korea. */
export const CREATED_AT = Date.UTC(2026, 10, 23);
/** 09:00 in Korea, three days later: the day there ends at 14:59:59.999 UTC. */
export const PAY_BY = CREATED_AT + 72 * HOUR_MS;
export const END_OF_PAY_BY_DAY = Date.UTC(2026, 10, 26, 14, 59, 59, 999);
export const NOW = CREATED_AT + 10 * MINUTE_MS;

/** Fields to set, or to take away by `undefined`. */
export type With<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

function build<T extends object>(defaults: T, changes: With<T>): T {
  const entries = Object.entries({ ...defaults, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

export function money(amountMinor: number, currency: Currency = "KRW"): Money {
  return { amountMinor, currency };
}

/** An amount as the gateway client hands it on: money only where the text means any in that currency. */
export function seenAmount(text: string, currency = "KRW"): SeenAmount {
  const reading = isCurrency(currency) ? readAmount(text, currency) : undefined;
  return reading?.ok ? { text, money: reading.money } : { text };
}

/** 1000 won, pending, payable for three days by any means. */
export function orderOf(changes: With<Order> = {}): Order {
  const defaults: Order = {
    orderId: "dj_order_1",
    name: "Soap",
    amount: money(1000),
    payBy: PAY_BY,
    isPayByGiven: false,
    createdAt: CREATED_AT,
    status: "pending",
    refunded: money(0),
  };
  return build(defaults, changes);
}

export function accountOf(changes: With<VirtualAccount> = {}): VirtualAccount {
  return build({ number: "12345678901234", bank: "Hana", holder: "Dojang", dueAt: PAY_BY }, changes);
}

/** When a look was under way. */
export function lookedAt(at: number): Pick<PaymentSnapshot, "fetchStartedAt" | "fetchEndedAt"> {
  return { fetchStartedAt: at, fetchEndedAt: at + 100 };
}

const STATUS_TEXTS: Readonly<Record<PaymentStatus, string>> = {
  pending: "ready",
  paid: "paid",
  failed: "failed",
  cancelled: "cancelled",
  unknown: "partial_cancelled",
};

/** By default a card payment of 1000 won that pays `orderOf()`. */
export function snapshotOf(changes: With<PaymentSnapshot> = {}): PaymentSnapshot {
  const status = changes.status ?? "paid";
  const hasMoney = status === "paid" || status === "cancelled";
  const defaults: PaymentSnapshot = {
    paymentId: "imp_1",
    orderId: "dj_order_1",
    status,
    statusText: STATUS_TEXTS[status],
    amount: seenAmount("1000"),
    cancelled: seenAmount(status === "cancelled" ? "1000" : "0"),
    currency: "KRW",
    sandbox: false,
    payMethod: "card",
    pgProvider: "tosspayments",
    pgMerchantId: "shop1",
    cancelCount: status === "cancelled" ? 1 : 0,
    startedAt: CREATED_AT + MINUTE_MS,
    ...(hasMoney ? { paidAt: CREATED_AT + 2 * MINUTE_MS } : {}),
    faults: [],
    raw: "{}",
    ...lookedAt(NOW - 200),
  };
  return build(defaults, changes);
}

/** A virtual account that was issued and waits for its deposit. */
export function issuedOf(changes: With<PaymentSnapshot> = {}): PaymentSnapshot {
  return snapshotOf({ status: "pending", payMethod: "vbank", account: accountOf(), ...changes });
}

export function paymentOf(changes: With<Payment> = {}): Payment {
  const { verdict, clauses, appliedAt, regressionSeenAt, missingSeenAt, ...snapshot } = changes;
  return build<Payment>(
    { ...snapshotOf(snapshot), verdict: verdict ?? "observed", clauses: clauses ?? [] },
    { appliedAt, regressionSeenAt, missingSeenAt },
  );
}

/** The id of the n-th refund. */
export function refundId(n: number): string {
  return `rfd_${String(n).padStart(24, "0")}`;
}

/** 300 won of `imp_1`, asked for and not sent. */
export function refundOf(changes: With<Refund> = {}): Refund {
  const defaults: Refund = {
    refundId: refundId(1),
    orderId: "dj_order_1",
    paymentId: "imp_1",
    amount: money(300),
    reason: "the buyer sent it back",
    retainsPromotion: false,
    fingerprint: "print",
    actor: "default",
    state: "requested",
    requestedAt: NOW - MINUTE_MS,
    sends: 0,
  };
  return build(defaults, changes);
}

/** As it is marked when it is sent. */
export function sentRefundOf(changes: With<Refund> = {}): Refund {
  return refundOf({
    state: "unknown",
    sends: 1,
    sentAt: NOW - MINUTE_MS,
    cancelledBeforeMinor: 0,
    ...changes,
  });
}

/** A paid order of 1000 won, and the payment of it with so much cancelled. */
export function paidAggregateOf(changes: With<Aggregate> = {}, payment: With<Payment> = {}): Aggregate {
  const order = orderOf({ status: "paid", paidBy: "imp_1", paidAt: CREATED_AT + 2 * MINUTE_MS });
  return aggregateOf({ order, payments: [paymentOf({ verdict: "applied", ...payment })], ...changes });
}

/** One entry of the gateway's history. */
export function entryOf(text: string, id?: string): Cancellation {
  return { amount: seenAmount(text), cancelledAt: NOW, ...(id === undefined ? {} : { refundId: id }) };
}

/** Everything allowed, on a live server. */
export function policyOf(changes: With<Policy> = {}): Policy {
  return build({ isSandbox: false, channels: "any" as const, promotions: new Set<string>() }, changes);
}

/** One registered order and no payment yet. `order: undefined` takes the order away. */
export function aggregateOf(changes: With<Aggregate> = {}): Aggregate {
  const defaults: Aggregate = {
    orderId: "dj_order_1",
    now: NOW,
    version: 1,
    attemptCount: 0,
    order: orderOf(),
    payments: [],
    refunds: [],
    causes: [],
  };
  return build(defaults, changes);
}

/** Whether a store would write any row for the decision. */
export function isWriting(decision: Decision<unknown>): boolean {
  const {
    order,
    attemptCount,
    payments = [],
    events = [],
    tasks = [],
    discrepancies = [],
    resolutions = [],
    refunds = [],
    audit = [],
  } = decision;
  const rows = [payments, events, tasks, discrepancies, resolutions, refunds, audit].flat().length;
  return order !== undefined || attemptCount !== undefined || rows > 0;
}
