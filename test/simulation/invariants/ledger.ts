import type { PaymentRecord } from "../../../src/emulator/payment-record.ts";
import { amountMinor, leftMinor, minor } from "../../support/bank.ts";
import { OWN_PREFIX } from "../assemble-deps.ts";
import type { PaymentRow } from "../books.ts";
import { MINUTE_MS } from "../virtual-time.ts";
import type { World } from "../world.ts";
import type { Must, Parts } from "./invariants.ts";
import { fits, isMoney } from "./truth.ts";

/** As long as nothing is in the way, money is found within this time, with no webhook and no browser. */
const FOUND_WITHIN_MS = 6 * MINUTE_MS;
const JUDGED: readonly string[] = ["applied", "reversed", "surplus", "rejected"];

/** All money of the gateway is known here, to the last unit: I5, I6, I14 and I17. */
export class Ledger {
  readonly #world: World;
  readonly #must: Must;
  /** Payments that were found in time. */
  readonly #found = new Set<string>();

  constructor({ world, must }: Parts) {
    this.#world = world;
    this.#must = must;
  }

  /** Nobody need tell: what was paid while nothing was in the way is found. */
  afterStep(): void {
    const { world } = this;
    const now = world.time.now();
    if (now - world.calmSince < FOUND_WITHIN_MS) return;
    for (const payment of world.bank.payments()) {
      const { imp_uid: id, paid_at } = payment;
      if (this.#found.has(id) || paid_at === 0 || now - paid_at * 1000 < FOUND_WITHIN_MS) continue;
      const order = world.books.orders().find(({ merchant_uid }) => merchant_uid === payment.merchant_uid);
      if (order === undefined || !fits(world.setting, { payment, order })) continue;
      this.#found.add(id);
      const isFound = order.paid_by !== null || this.#isTold(payment);
      this.#must(
        "I17",
        isFound,
        () => `${id} pays ${order.merchant_uid} since ${now - paid_at * 1000} ms, and nobody knows`,
      );
    }
  }

  private get world(): World {
    return this.#world;
  }

  atTheEnd(): void {
    const { world } = this;
    const rows = new Map(world.books.payments().map((row) => [row.imp_uid, row]));
    const sums = new Map<string, number>();
    const add = (currency: string, amount: number) => sums.set(currency, (sums.get(currency) ?? 0) + amount);
    for (const payment of world.bank.payments()) {
      if (!this.#isOurs(payment) || payment.paid_at === 0 || !isMoney(world.setting, payment)) continue;
      const row = rows.get(payment.imp_uid);
      this.#checkFound(payment, row);
      if (row === undefined || this.#isDoubted(payment)) continue;
      add(payment.currency, leftMinor(payment));
      add(payment.currency, (row.cancelled_minor ?? 0) - (row.amount_minor ?? 0));
    }
    for (const [currency, sum] of sums)
      this.#must("I6", sum === 0, () => `the gateway holds ${sum} ${currency} more than is known here`);
  }

  #checkFound(payment: PaymentRecord, row: PaymentRow | undefined): void {
    const { imp_uid: id, merchant_uid } = payment;
    // One without its order is told of, and judged once that is there.
    const isJudged = row !== undefined && (JUDGED.includes(row.verdict) || this.#isTold(payment));
    this.#must("I5", isJudged, () => `${id} was paid, and is ${row?.verdict}`);
    if (row === undefined || this.#isDoubted(payment)) return;
    const cancelled = minor(payment.cancel_amount, payment);
    this.#must("I14", row.cancelled_minor === cancelled, () => {
      return `${id} has ${cancelled} cancelled at the gateway, and ${row.cancelled_minor} here`;
    });
    if (leftMinor(payment) === 0) return;
    const order = this.world.books.orders().find((one) => one.merchant_uid === merchant_uid);
    const isExplained = order?.paid_by === id || this.#isTold(payment);
    this.#must("I17", isExplained, () => {
      return `${id} holds ${leftMinor(payment)} of ${amountMinor(payment)}, paid nothing (${row.verdict}, order ${order?.status}), and nobody is told`;
    });
    if (order === undefined || !fits(this.world.setting, { payment, order })) return;
    const isPaid = order.paid_by !== null || order.status === "cancelled" || order.status === "expired";
    this.#must(
      "I17",
      isPaid || this.#isTold(payment),
      () => `${id} pays ${merchant_uid}, which is ${order.status}`,
    );
    // A look that began after the last call has seen what came before it.
    const isEarly = payment.paid_at * 1000 < order.pay_by - MINUTE_MS;
    const isShutOut = order.status === "expired" && order.paid_by === null && isEarly;
    const { faults } = this.world.plan;
    const mayBe = faults.has("X13") || faults.has("X18");
    this.#must("I17", mayBe || !isShutOut, () => `${id} came in time, and ${merchant_uid} has expired`);
  }

  #isOurs({ merchant_uid: id }: PaymentRecord): boolean {
    const { world } = this;
    const hasOrder = world.books.orders().some(({ merchant_uid }) => merchant_uid === id);
    return hasOrder || id.startsWith(OWN_PREFIX) || world.ordered.some(({ orderId }) => orderId === id);
  }

  #isTold({ imp_uid: id, merchant_uid }: PaymentRecord): boolean {
    const { books } = this.world;
    const isAbout = (one: { imp_uid: string | null; merchant_uid: string }) => one.imp_uid === id;
    return (
      books.discrepancies().some(isAbout) ||
      books.refunds().some((one) => one.imp_uid === id && one.merchant_uid === merchant_uid)
    );
  }

  /** The gateway took back what it had said: an operator was told, and the books keep what was verified. */
  #isDoubted({ imp_uid: id }: PaymentRecord): boolean {
    const { bank, books } = this.world;
    return (
      bank.odd.has(id) ||
      books.discrepancies().some((one) => one.imp_uid === id && one.kind === "payment_regressed")
    );
  }
}
