import assert from "node:assert/strict";
import { decideCompletion } from "../../src/domain/decide-completion.ts";
import type { Aggregate, Decision, NewDiscrepancy, NewEvent, NewTask } from "../../src/domain/decision.ts";
import type { Order, OrderStatus } from "../../src/domain/order.ts";
import type { CompleteOutcome } from "../../src/domain/outcome.ts";
import type { Payment, PaymentSnapshot } from "../../src/domain/payment.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { isWriting, NOW, orderOf, policyOf } from "./domain.ts";

/** Everything under one merchant_uid, with the timeline and the tasks that a decision never sees. */
export interface Ledger {
  readonly orderId: string;
  readonly now: number;
  readonly version: number;
  readonly attemptCount: number;
  readonly order: Order | undefined;
  readonly payments: readonly Payment[];
  readonly discrepancies: readonly NewDiscrepancy[];
  readonly tasks: readonly NewTask[];
  readonly events: readonly NewEvent[];
}

/** What a store loads for a decision about one payment, and no row more. */
export function loadAggregate(
  ledger: Ledger,
  asked?: Pick<Payment, "paymentId" | "pgTransactionId">,
): Aggregate {
  const { orderId, now, version, attemptCount, order, payments, discrepancies } = ledger;
  const concerned = discrepancies.filter(
    ({ paymentId = asked?.paymentId }) => paymentId === asked?.paymentId,
  );
  const same = payments.find(
    ({ paymentId, pgTransactionId }) =>
      paymentId !== asked?.paymentId &&
      pgTransactionId !== undefined &&
      pgTransactionId === asked?.pgTransactionId,
  );
  return {
    orderId,
    now,
    version,
    attemptCount,
    ...(order === undefined ? {} : { order }),
    payments: payments.filter(
      (row) =>
        order === undefined ||
        row.paymentId === asked?.paymentId ||
        isPayer(row) ||
        (row.verdict === "held" && row.status === "pending"),
    ),
    refunds: [],
    causes: concerned.map(({ cause }) => cause),
    ...(same === undefined ? {} : { sameTransaction: { paymentId: same.paymentId, orderId } }),
  };
}

/** Writes a decision as a store does, and refuses what a store's own constraints refuse. */
export function applyDecision(ledger: Ledger, decision: Decision<unknown>): Ledger {
  if (!isWriting(decision)) return ledger;
  const written = decision.payments ?? [];
  const payments = [
    ...ledger.payments.filter((row) => written.every(({ paymentId }) => paymentId !== row.paymentId)),
    ...written,
  ];
  const order = decision.order ?? ledger.order;
  assertKept(ledger, { order, payments });
  const known = new Set(ledger.discrepancies.map(({ cause }) => cause));
  const opened = (decision.discrepancies ?? []).filter(({ cause }) => !known.has(cause));
  const once = new Set(ledger.tasks.filter(({ repeat }) => repeat === "once").map(({ key }) => key));
  return {
    ...ledger,
    version: ledger.version + 1,
    attemptCount: decision.attemptCount ?? ledger.attemptCount,
    order,
    payments,
    discrepancies: [...ledger.discrepancies, ...opened],
    tasks: [...ledger.tasks, ...(decision.tasks ?? []).filter(({ key }) => !once.has(key))],
    events: [...ledger.events, ...(decision.events ?? [])],
  };
}

function assertKept(before: Ledger, after: Pick<Ledger, "order" | "payments">): void {
  const payers = after.payments.filter(isPayer);
  assert.ok(payers.length <= 1, "at most one payment ever paid an order");
  assert.equal(after.order?.paidBy, payers[0]?.paymentId, "the order names its payer");
  if (before.order !== undefined) {
    assert.ok(after.order);
    assert.deepEqual(frozen(after.order), frozen(before.order), "an order is fixed at registration");
    assert.ok(after.order.status !== "pending" || before.order.status === "pending");
    assert.ok(before.order.paidBy === undefined || after.order.paidBy === before.order.paidBy);
  }
  const isPaid: readonly OrderStatus[] = ["paid", "partially_refunded", "refunded"];
  assert.equal(after.order !== undefined && isPaid.includes(after.order.status), payers.length === 1);
}

function frozen({ status: _s, paidBy: _p, paidAt: _t, account: _a, refunded: _r, ...rest }: Order): object {
  return rest;
}

function isPayer({ verdict }: Payment): boolean {
  return verdict === "applied" || verdict === "reversed";
}

export interface Shop {
  ledger: Ledger;
  /**
   * One look at one payment, decided and written. Checks on the way that the decision is plain data, and that deciding it
   * again on what it wrote writes nothing.
   */
  complete(seen: PaymentSnapshot): Decision<CompleteOutcome>;
  /** The stored row; throws when there is none. */
  payment(paymentId: string): Payment;
  /** The order; throws when there is none. */
  order(): Order;
}

/** A ledger with one pending order, unless told otherwise. */
export function openShop({
  order,
  policy = policyOf(),
  isOurId = true,
}: {
  order?: Order | "none";
  policy?: Policy;
  isOurId?: boolean;
} = {}): Shop {
  const decide = (ledger: Ledger, seen: PaymentSnapshot) =>
    decideCompletion({ aggregate: loadAggregate(ledger, seen), seen, policy, isOurId, foundBy: "look" });
  return {
    ledger: {
      orderId: "dj_order_1",
      now: NOW,
      version: 1,
      attemptCount: 0,
      order: order === "none" ? undefined : (order ?? orderOf()),
      payments: [],
      discrepancies: [],
      tasks: [],
      events: [],
    },
    complete(seen) {
      const decision = decide(this.ledger, seen);
      assert.deepEqual(structuredClone(decision), decision, "a decision is plain data");
      this.ledger = applyDecision(this.ledger, decision);
      const again = decide(this.ledger, seen);
      assert.ok(!isWriting(again), `deciding again writes: ${JSON.stringify(again)}`);
      assert.deepEqual(again.outcome, decision.outcome, "deciding again answers the same");
      return decision;
    },
    payment(paymentId) {
      const found = this.ledger.payments.find((row) => row.paymentId === paymentId);
      assert.ok(found, `${paymentId} is not stored`);
      return found;
    },
    order() {
      assert.ok(this.ledger.order);
      return this.ledger.order;
    },
  };
}
