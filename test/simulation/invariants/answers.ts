import type { CompleteOutcome } from "../../../src/domain/outcome.ts";
import type { PaymentRecord } from "../../../src/emulator/payment-record.ts";
import type { World } from "../world.ts";
import type { Must, Parts } from "./invariants.ts";
import { fits } from "./truth.ts";

const PAID: readonly string[] = ["paid", "partially_refunded", "refunded"];

/** What was once said stays true: I10, I11, I12 and I21. */
export class Answers {
  readonly #world: World;
  readonly #must: Must;
  /** Orders that somebody heard of as paid, by whom. */
  #paid = new Map<string, string>();
  /** Payments that were once refused for what they are. */
  #forged = new Set<string>();
  #hints = new Map<string, number>();
  #registered = new Map<string, number>();

  constructor({ world, must }: Parts) {
    this.#world = world;
    this.#must = must;
  }

  /** An older copy of the books: what was said since may be gone, and must be found again. */
  forget(): void {
    this.#paid = new Map();
    this.#hints = new Map();
    this.#registered = new Map();
  }

  onRegistered(orderId: string, amountMinor: number): void {
    this.#registered.set(orderId, amountMinor);
  }

  /** A webhook was answered 200. */
  onHint(paymentId: string): void {
    const count = (this.#hints.get(paymentId) ?? 0) + 1;
    this.#hints.set(paymentId, count);
    const stored = this.#world.books.hints(paymentId);
    this.#must(
      "I10",
      stored >= count,
      () => `${count} hints for ${paymentId} were answered, and ${stored} are stored`,
    );
  }

  onCompleted(
    { orderId, paymentId }: { readonly orderId: string; readonly paymentId: string },
    { outcome, writes }: { readonly outcome: CompleteOutcome; readonly writes: Writes },
  ): void {
    const { kind } = outcome;
    const what = `${paymentId} for ${orderId}`;
    const truth = this.#world.bank.model.payment(paymentId);
    if (kind === "not_found") {
      this.#must(
        "I12",
        writes.transactions === 0 && writes.tasks === 0,
        () => `${what} is not found, and wrote`,
      );
    } else if (kind === "forgery" || kind === "failed" || kind === "closed") {
      this.#must("I12", !writes.hasMovedOrder, () => `${what} is ${kind}, and its order has moved`);
    }
    this.#checkRefusal(what, { orderId, truth, kind });
    const told = this.#paid.get(orderId) === paymentId;
    this.#must("I21", !told || kind === "success", () => `${what} was a success, and is ${kind}`);
    const isForged = this.#forged.has(paymentId);
    if (kind === "forgery") this.#forged.add(paymentId);
    if (kind !== "success") return;
    this.#must("I21", !isForged, () => `${what} was forged, and is a success`);
    this.#must("I11", truth?.merchant_uid === orderId, () => `${what} is a success, and is not that order's`);
    this.#paid.set(orderId, paymentId);
    this.afterStep();
  }

  /** What cannot be known is no failure and no forgery: a refusal has its reason at the gateway. */
  #checkRefusal(
    what: string,
    {
      orderId,
      truth,
      kind,
    }: { orderId: string; truth: PaymentRecord | undefined; kind: CompleteOutcome["kind"] },
  ): void {
    const hasFailed = truth?.meta.history.some(({ status }) => status === "failed") === true;
    this.#must("I11", kind !== "failed" || hasFailed, () => `${what} is failed, and never failed`);
    if (kind !== "forgery" || truth === undefined) return;
    const order = this.#world.books.orders().find(({ merchant_uid }) => merchant_uid === orderId);
    const isFit = order !== undefined && fits(this.#world.setting, { payment: truth, order });
    const isOddChannel = truth.pg_id === "SOMEBODYS" || order?.fixed.includes("payMethods") === true;
    this.#must("I11", !isFit || isOddChannel, () => `${what} is called forged, and is right`);
  }

  afterStep(): void {
    if (this.#paid.size + this.#registered.size === 0) return;
    const orders = new Map(this.#world.books.orders().map((row) => [row.merchant_uid, row]));
    for (const [orderId, paymentId] of this.#paid) {
      const order = orders.get(orderId);
      const isPaid = order?.paid_by === paymentId && PAID.includes(order.status);
      this.#must(
        "I11",
        isPaid,
        () => `${orderId} was told to be paid by ${paymentId}, and is ${order?.status} by ${order?.paid_by}`,
      );
    }
    for (const [orderId, amount] of this.#registered)
      this.#must(
        "I11",
        orders.get(orderId)?.amount_minor === amount,
        () => `${orderId} was registered, and is not there`,
      );
  }
}

/** What one request had written. */
export interface Writes {
  transactions: number;
  tasks: number;
  hasMovedOrder: boolean;
}
