import type { Clock } from "../../../src/clock.ts";
import type { Aggregate, Decision } from "../../../src/domain/decision.ts";
import type { Order } from "../../../src/domain/order.ts";
import type { Payment } from "../../../src/domain/payment.ts";
import { DojangError } from "../../../src/errors.ts";
import type { Store, Target } from "../../../src/storage/store.ts";

export const SAMPLE_TIME = Date.UTC(2026, 7, 1, 3, 0, 0);

export function sampleOrder(changes: Partial<Order> & { readonly orderId: string }): Order {
  return {
    name: "Green tea, 2 tins",
    amount: { amountMinor: 50_000, currency: "KRW" },
    payBy: SAMPLE_TIME + 72 * 3_600_000,
    isPayByGiven: false,
    createdAt: SAMPLE_TIME,
    status: "pending",
    refunded: { amountMinor: 0, currency: "KRW" },
    ...changes,
  };
}

export function samplePayment(
  changes: Partial<Payment> & { readonly orderId: string; readonly paymentId: string },
): Payment {
  return {
    status: "paid",
    statusText: "paid",
    amount: { text: "50000", money: { amountMinor: 50_000, currency: "KRW" } },
    cancelled: { text: "0", money: { amountMinor: 0, currency: "KRW" } },
    currency: "KRW",
    sandbox: true,
    payMethod: "card",
    pgProvider: "nice",
    pgMerchantId: "nictest04m",
    pgTransactionId: `tid-${changes.paymentId}`,
    cancelCount: 0,
    startedAt: SAMPLE_TIME,
    paidAt: SAMPLE_TIME + 60_000,
    faults: [],
    raw: `{"imp_uid":"${changes.paymentId}","amount":50000}`,
    fetchStartedAt: SAMPLE_TIME + 61_000,
    fetchEndedAt: SAMPLE_TIME + 61_050,
    verdict: "applied",
    clauses: [{ id: "K8", name: "amount", expected: "50000 KRW", seen: "50000 KRW", holds: true }],
    appliedAt: SAMPLE_TIME + 61_100,
    ...changes,
  };
}

/** The decision that registers an order. */
export function registration(order: Order): Decision<"registered"> {
  return { outcome: "registered", order, events: [{ type: "order.registered", data: {} }] };
}

/** The decision that applies a payment to a registered order. */
export function application(order: Order, payment: Payment): Decision<"paid"> {
  return {
    outcome: "paid",
    order: { ...order, status: "paid", paidBy: payment.paymentId, paidAt: SAMPLE_TIME + 60_000 },
    payments: [payment],
    events: [{ type: "order.paid", paymentId: payment.paymentId, data: { amount: 50_000 } }],
  };
}

/** A clock that stands still until it is told. */
export function standingClock(startAt = SAMPLE_TIME): Clock & { advance(ms: number): void } {
  let now = startAt;
  return {
    now: () => now,
    after: () => () => {},
    advance(ms) {
      now += ms;
    },
  };
}

/** Reads an aggregate as a decision would, and writes nothing. */
export function peek(store: Store, target: Target): Promise<Aggregate> {
  return store.transact(target, (aggregate) => ({ outcome: aggregate }));
}

/** The code that a promise was refused with. */
export async function refusalCode(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DojangError) return error.code;
    throw error;
  }
  return "none";
}
