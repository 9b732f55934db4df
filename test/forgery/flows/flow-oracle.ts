import type { Word } from "../../support/forgery-wire.ts";

/** One payment as the gateway has it: whose it says it is, what it took. */
export interface TruePayment {
  readonly id: string;
  readonly orderId: string;
  readonly amount: number;
  isPaid: boolean;
}

export interface TrueOrder {
  readonly id: string;
  readonly price: number;
  isRegistered: boolean;
}

/**
 * What is true in one flow, kept beside the server and without it: which orders exist, and which payment may pay which. It knows the
 * gateway's money and the guarantees, and none of the code.
 */
export class FlowOracle {
  readonly payments: TruePayment[] = [];
  readonly orders: readonly TrueOrder[];
  /** Orders as last seen: who paid them. It never changes once somebody did. */
  readonly #payers = new Map<string, string>();

  constructor(orders: readonly TrueOrder[]) {
    this.orders = orders;
  }

  order(id: string): TrueOrder {
    const order = this.orders.find((one) => one.id === id);
    if (order === undefined) throw new Error(`Invariant violated: ${id} is no order of this flow`);
    return order;
  }

  /** Payments that may pay this order: real money, for this very order, of exactly its price. */
  payersOf(orderId: string): readonly TruePayment[] {
    const { isRegistered, price } = this.order(orderId);
    return this.payments.filter(
      (payment) => isRegistered && payment.isPaid && payment.orderId === orderId && payment.amount === price,
    );
  }

  /** What a page must hear that names these two, or what it stands on when it makes the order paid. */
  answer(paymentId: string, orderId: string): Word {
    const order = this.order(orderId);
    const payment = this.payments.find(({ id }) => id === paymentId);
    const payer = this.#payers.get(orderId);
    if (!order.isRegistered) return "notFound";
    if (payment === undefined) return payer === undefined ? "pending" : "closed";
    if (payment.orderId !== orderId) return "notFound";
    if (payment.amount !== order.price) return "forgery";
    if (payer !== undefined) return payer === paymentId ? "success" : "closed";
    return payment.isPaid ? "success" : "pending";
  }

  /** Whether the gateway may be let go on with this payment; a yes that is not given is no harm. */
  mayConfirm(orderId: string, amount: number): boolean {
    const order = this.order(orderId);
    return order.isRegistered && amount === order.price && !this.#payers.has(orderId);
  }

  /** @returns what is wrong with the order being in this state, or undefined */
  see(
    orderId: string,
    seen: { readonly status: string; readonly payer: string | undefined },
  ): string | undefined {
    const before = this.#payers.get(orderId);
    const { status, payer } = seen;
    if (before !== undefined && payer !== before) return `${orderId} was paid by ${before}, now by ${payer}`;
    if (status !== (payer === undefined ? "pending" : "paid")) return `${orderId} is ${status} by ${payer}`;
    if (payer === undefined) return undefined;
    if (!this.payersOf(orderId).some(({ id }) => id === payer))
      return `${orderId} is paid by ${payer}, which may not pay it`;
    this.#payers.set(orderId, payer);
    return undefined;
  }

  payer(orderId: string): string | undefined {
    return this.#payers.get(orderId);
  }

  /** The discrepancies that must be open in the end: all money that came under this order's id and did not pay it. */
  discrepancies(orderId: string): readonly string[] {
    const payer = this.#payers.get(orderId);
    const { price } = this.order(orderId);
    return this.payments
      .filter(({ isPaid, orderId: of, id }) => isPaid && of === orderId && id !== payer)
      .map(({ amount, id }) => `${amount === price ? "surplus" : "amount_mismatch"} ${id}`)
      .toSorted();
  }
}
