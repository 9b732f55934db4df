import type { Clock } from "../../src/clock.ts";
import { decideCompletion } from "../../src/domain/decide-completion.ts";
import type { OrderStatus } from "../../src/domain/order.ts";
import type { Store } from "../../src/storage/store.ts";
import { orderOf, policyOf, snapshotOf } from "../../test/support/domain.ts";

/** About as long as the gateway's answer for a paid card payment. */
const RAW = JSON.stringify(
  Object.fromEntries(Array.from({ length: 45 }, (_, n) => [`field_${n}`, "x".repeat(14)])),
);
export const CUSTOMER = { id: "c-real", name: "김도장", email: "real@example.com", tel: "010-9876-5432" };

/** A clock that stands where it is put. */
export interface PlacedClock extends Clock {
  at: number;
}

export function placedClock(): PlacedClock {
  return {
    at: 0,
    now() {
      return this.at;
    },
    after: () => () => {},
  };
}

export const realOrderId = (place: string, index: number) =>
  `real-${place}-${String(index).padStart(6, "0")}`;
export const realPaymentId = (place: string, index: number) =>
  `imp_${place}${String(index).padStart(8, "0")}`;

export async function registerOrder(
  store: Store,
  orderId: string,
  status: OrderStatus = "pending",
): Promise<void> {
  await store.transact({ orderId }, ({ now }) => ({
    outcome: undefined,
    order: orderOf({ orderId, createdAt: now, payBy: now + 86_400_000, customer: CUSTOMER, status }),
    events: [{ type: "order.registered", data: { amount: "1000", currency: "KRW" } }],
  }));
}

/** What `POST /payments/complete` asks of the store once the gateway has answered. */
export async function completeOrder(store: Store, orderId: string, paymentId: string): Promise<string> {
  if (!(await store.hasOrder(orderId))) return "not_found";
  const pgTransaction = { provider: "tosspayments", id: `tid_${paymentId}` };
  const outcome = await store.transact({ orderId, paymentId, pgTransaction }, (aggregate) => {
    const { now } = aggregate;
    const seen = snapshotOf({
      ...{ orderId, paymentId, raw: RAW, pgTransactionId: pgTransaction.id },
      ...{ startedAt: now - 1000, paidAt: now, fetchStartedAt: now, fetchEndedAt: now },
    });
    return decideCompletion({ aggregate, seen, policy: policyOf(), isOurId: true, foundBy: "browser" });
  });
  return outcome.kind;
}
