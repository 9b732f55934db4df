import { endOfKoreanDay } from "../../../src/domain/korean-time.ts";
import type { OrderRow, PaymentRow } from "../books.ts";
import type { World } from "../world.ts";
import type { Must, Parts } from "./invariants.ts";
import { wasPaidExactly } from "./truth.ts";

const PAID: readonly string[] = ["paid", "partially_refunded", "refunded"];
const APPLIED: readonly string[] = ["applied", "reversed"];
/** What a state may have become when it is seen again, by any number of steps. An operator's word leads out of the closed ones. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  pending: ["pending", "awaiting_deposit", ...PAID, "cancelled", "expired"],
  awaiting_deposit: ["awaiting_deposit", ...PAID, "cancelled", "expired"],
  paid: PAID,
  partially_refunded: ["partially_refunded", "refunded"],
  refunded: ["refunded"],
  cancelled: ["cancelled", ...PAID],
  expired: ["expired", ...PAID],
};

/** Orders and payments as they are committed: I1 to I4, I7, I13, I14 and I22. */
export class Rows {
  readonly #world: World;
  readonly #must: Must;
  #orders = new Map<string, OrderRow>();
  #payments = new Map<string, PaymentRow>();

  constructor({ world, must }: Parts) {
    this.#world = world;
    this.#must = must;
  }

  forget(): void {
    this.#orders = new Map();
    this.#payments = new Map();
  }

  afterStep(): void {
    const { books } = this.#world;
    const orders = books.orders();
    const payments = books.payments();
    const byId = new Map(payments.map((row) => [row.imp_uid, row]));
    this.#must("I3", byId.size === payments.length, () => "two rows are of one payment");
    for (const row of payments) this.#checkPayment(row);
    for (const order of orders) {
      const own = payments.filter(({ merchant_uid }) => merchant_uid === order.merchant_uid);
      this.#checkPayers(order, own);
      this.#checkHistory(order);
      this.#checkAccount(order, own);
    }
    this.#orders = new Map(orders.map((row) => [row.merchant_uid, row]));
    this.#payments = byId;
  }

  #checkPayers(order: OrderRow, own: readonly PaymentRow[]): void {
    const { merchant_uid: id, status, paid_by } = order;
    const payers = own.filter(({ verdict }) => APPLIED.includes(verdict));
    const isOnce = payers.length === (PAID.includes(status) ? 1 : 0);
    this.#must("I1", isOnce && (payers[0]?.imp_uid ?? null) === paid_by, () => {
      return `${id} is ${status}, paid by ${paid_by}, and applied are ${payers.map(({ imp_uid }) => imp_uid)}`;
    });
    for (const payment of payers) {
      this.#checkMatch(order, payment);
      this.#checkInTime(order, payment);
    }
  }

  #checkMatch(order: OrderRow, payment: PaymentRow): void {
    const { setting, bank } = this.#world;
    const { imp_uid: id } = payment;
    const isSame = payment.amount_minor === order.amount_minor && payment.currency === order.currency;
    const isMode = payment.sandbox === (setting.isLive ? 0 : 1);
    this.#must("I2", isSame && isMode, () => {
      return `${id} of ${payment.amount_minor} ${payment.currency}, sandbox ${payment.sandbox}, paid ${order.merchant_uid} of ${order.amount_minor} ${order.currency}`;
    });
    const channels = bank.model.merchant("imp00000001").channels;
    const isOurs = channels.some(
      (one) => one.pgProvider === payment.pg_provider && one.pgId === payment.pg_id,
    );
    this.#must(
      "I2",
      isOurs || !setting.hasChannelTable || !setting.isLive,
      () => `${id} came by a foreign channel`,
    );
    const truth = bank.payment(id);
    const allowed =
      truth.customer_uid === null && (truth.promotion === null || truth.promotion.id === "promo-allowed");
    this.#must("I2", allowed, () => `${id} paid with a promotion or a customer that nobody expected`);
    this.#must("I4", wasPaidExactly(truth, order), () => `${id} is applied and was never paid so`);
  }

  /** Money that came after the last day of its order pays it by an operator's word alone. */
  #checkInTime(order: OrderRow, { imp_uid: id, paid_at }: PaymentRow): void {
    const isAccepted = this.#world.books
      .discrepancies()
      .some((one) => one.imp_uid === id && one.resolved_at !== null);
    const isInTime = (paid_at ?? 0) <= endOfKoreanDay(order.pay_by);
    this.#must(
      "I2",
      isInTime || isAccepted,
      () => `${id} came at ${paid_at}, and pays ${order.merchant_uid}`,
    );
  }

  /** No order expires before its time. Times of a machine whose clock jumps say nothing. */
  #checkExpiry(order: OrderRow): void {
    const { plan, time } = this.#world;
    if (order.status !== "expired" || plan.faults.has("X13")) return;
    this.#must("I7", time.now() > order.pay_by, () => `${order.merchant_uid} has expired before its time`);
  }

  #checkHistory(order: OrderRow): void {
    this.#checkExpiry(order);
    const before = this.#orders.get(order.merchant_uid);
    if (before === undefined) return;
    const { merchant_uid: id } = order;
    this.#must("I13", before.fixed === order.fixed, () => `${id} was ${before.fixed} and is ${order.fixed}`);
    const isLater = LATER[before.status]?.includes(order.status) === true;
    this.#must("I7", isLater, () => `${id} was ${before.status} and is ${order.status}`);
    const hasChanged = before.status !== order.status || before.refunded_minor !== order.refunded_minor;
    const isCounted = hasChanged ? order.version > before.version : order.version >= before.version;
    this.#must(
      "I7",
      isCounted,
      () => `${id} changed and its version went from ${before.version} to ${order.version}`,
    );
    const isFinal = before.paid_by === null || before.paid_by === order.paid_by;
    this.#must("I7", isFinal, () => `${id} was paid by ${before.paid_by}, and is by ${order.paid_by}`);
  }

  #checkPayment(row: PaymentRow): void {
    const before = this.#payments.get(row.imp_uid);
    const { imp_uid: id, cancelled_minor: cancelled, amount_minor: amount } = row;
    this.#must("I14", (cancelled ?? 0) <= (amount ?? Number.POSITIVE_INFINITY), () => {
      return `${id} of ${amount} shows ${cancelled} as cancelled`;
    });
    if (before === undefined) return;
    this.#must("I14", (before.cancelled_minor ?? 0) <= (cancelled ?? 0), () => {
      return `${id} had ${before.cancelled_minor} cancelled, and has ${cancelled}`;
    });
    const hasStayed = !APPLIED.includes(before.verdict) || APPLIED.includes(row.verdict);
    this.#must("I7", hasStayed, () => `${id} was ${before.verdict} and is ${row.verdict}`);
    this.#must("I13", before.merchant_uid === row.merchant_uid, () => `${id} went to another order`);
  }

  /** An order that shows an account waits for its deposit, or did: the account is its own, and in time. */
  #checkAccount(order: OrderRow, own: readonly PaymentRow[]): void {
    const { merchant_uid: id, status, account_payment: shown } = order;
    if (status !== "awaiting_deposit" || shown === null) return;
    const payment = own.find(({ imp_uid }) => imp_uid === shown);
    const isHeld = payment?.verdict === "held" && payment.pay_method === "vbank";
    this.#must("I22", isHeld, () => `${id} shows the account of ${shown}, which is ${payment?.verdict}`);
    const isInTime = (payment?.account_due_at ?? 0) <= endOfKoreanDay(order.pay_by);
    this.#must("I22", isInTime, () => `${id} shows an account that outlives the day of its pay_by`);
  }
}
