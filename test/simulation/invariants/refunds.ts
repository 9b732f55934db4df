import type { PaymentRecord } from "../../../src/emulator/payment-record.ts";
import type { Params } from "../../../src/emulator/request-params.ts";
import { amountMinor, type Bank, entries, minor, pendingEntries, refundIdIn } from "../../support/bank.ts";
import { type Books, isOpen, type OrderRow, type RefundRow } from "../books.ts";
import type { Must } from "./invariants.ts";

/** The truth at the gateway, and what is committed here. */
export interface Witness {
  readonly bank: Pick<Bank, "payments" | "payment" | "refused" | "behind" | "odd">;
  readonly books: Books;
  /** How far the times of rows may be from the true ones. */
  readonly toleranceMs: number;
}

/** What docs/refunds.md promises, held against the true ledger and the committed rows: while it goes on, and at the end. */
export class RefundPromises {
  readonly #witness: Witness;
  readonly #says: Must;
  readonly #marks = new Set<string>();
  /** By whom each payment was looked at since it was last sent for. */
  readonly #looks = new Map<string, object>();
  /** Refund ids by the key that they were accepted under, with what was said then. */
  readonly #accepted = new Map<string, { readonly refundId: string; readonly amountMinor: number }>();
  /** Refunds that were called failed at some time. */
  readonly #failed = new Set<string>();
  #rows = new Map<string, RefundRow>();

  constructor(witness: Witness, must: Must) {
    this.#witness = witness;
    this.#says = must;
  }

  /** Another file has taken the place of the one that was seen. */
  forgetRows(): void {
    this.#rows = new Map();
  }

  /** 202, first or again. */
  onAccepted(key: string, refund: { readonly refundId: string; readonly amountMinor: number }): void {
    const before = this.#accepted.get(key);
    const isSame = before === undefined || before.refundId === refund.refundId;
    this.#must(isSame, `${key} was ${before?.refundId} and is ${refund.refundId}`);
    this.#must(
      this.#row(refund.refundId) !== undefined,
      `${refund.refundId} was accepted and is not written`,
    );
    this.#accepted.set(key, refund);
  }

  /** The gateway has shown a payment to one life of the server. */
  onLook(paymentId: string, life: object): void {
    this.#looks.set(paymentId, life);
  }

  /** A cancellation is about to leave. */
  onSending(refundId: string, { body, life }: { readonly body: Params; readonly life: object }): void {
    const row = this.#row(refundId);
    this.#must(row !== undefined, `${refundId} is sent without an intent`);
    const isMarked = row?.state === "unknown" && row.sent_at !== null;
    this.#must(isMarked, `${refundId} is sent without a mark (${row?.state})`);
    this.#must(row?.accepted_at === null, `${refundId} is sent after it was accepted`);
    const mark = `${refundId} ${row?.sends} ${row?.sent_at}`;
    this.#must(!this.#marks.has(mark), `${refundId} is sent twice on one mark`);
    this.#marks.add(mark);
    const payment = this.#witness.bank.payment(String(body["imp_uid"]));
    const isOfRow =
      row?.imp_uid === payment.imp_uid && row.amount_minor === minor(String(body["amount"]), payment);
    this.#must(isOfRow, `${refundId} is sent otherwise than it was asked for`);
    const isLookedAt = this.#looks.get(payment.imp_uid) === life;
    this.#must(isLookedAt, `${refundId} is sent without a look at ${payment.imp_uid} before it`);
    this.#looks.delete(payment.imp_uid);
  }

  /** A cancellation came back unread, for want of a token: the client sends it once more. */
  onTurnedAway(refundId: string, { body, life }: { readonly body: Params; readonly life: object }): void {
    this.#looks.set(String(body["imp_uid"]), life);
    for (const mark of this.#marks) if (mark.startsWith(refundId)) this.#marks.delete(mark);
  }

  /** A cancellation was read by the gateway. */
  onArrival(refundId: string): void {
    this.#must(this.#row(refundId) !== undefined, `${refundId} is cancelled without an intent`);
  }

  /** True after every step. */
  afterStep(): void {
    const { bank, books } = this.#witness;
    const rows = new Map(books.refunds().map((row) => [row.refund_id, row]));
    for (const payment of bank.payments())
      if (!bank.odd.has(payment.imp_uid)) this.#checkPayment(payment, rows);
    this.#checkRows(rows);
    this.#rows = rows;
  }

  /** True once nothing moves any more. */
  atTheEnd(): void {
    this.afterStep();
    for (const row of this.#rows.values()) this.#checkEnd(row);
    for (const order of this.#witness.books.orders()) this.#checkOrder(order);
  }

  #checkPayment(payment: PaymentRecord, rows: ReadonlyMap<string, RefundRow>): void {
    const ours = [...entries(payment), ...pendingEntries(payment)].filter(
      ({ refundId }) => refundId !== undefined,
    );
    const ids = ours.map(({ refundId }) => refundId ?? "");
    for (const id of ids) {
      this.#must(rows.has(id), `${id} stands in the ledger without an intent`);
      this.#must(ids.indexOf(id) === ids.lastIndexOf(id), `${id} stands in the ledger twice`);
    }
    const sum = ours.reduce((total, entry) => total + entry.amountMinor, 0);
    const most = amountMinor(payment);
    this.#must(sum <= most, `${payment.imp_uid} of ${most} gave back ${sum} by refunds of ours`);
    // Not those that are still open: one that was called failed may be done after all, and then too much is asked for.
    const done = [...rows.values()].filter(
      (row) => row.imp_uid === payment.imp_uid && row.state === "succeeded",
    );
    const doneMinor = done.reduce((total, row) => total + row.amount_minor, 0);
    this.#must(doneMinor <= most, `${payment.imp_uid} of ${most} has refunds of ${doneMinor}`);
  }

  #checkRows(rows: ReadonlyMap<string, RefundRow>): void {
    const { bank, books } = this.#witness;
    const awake = books.paymentsWithTask();
    for (const [id, before] of this.#rows) {
      const amount = rows.get(id)?.amount_minor;
      this.#must(amount === before.amount_minor, `${id} of ${before.amount_minor} is now of ${amount}`);
    }
    for (const { refundId } of this.#accepted.values())
      this.#must(rows.has(refundId), `${refundId} was accepted and is gone`);
    for (const row of rows.values()) {
      const { refund_id: id, imp_uid: paymentId, state } = row;
      if (state === "failed") this.#failed.add(id);
      if (isOpen(row)) this.#must(awake.has(paymentId), `${id} is open and no task will run`);
      const inLedger = entries(bank.payment(paymentId)).filter(({ refundId }) => refundId === id);
      if (state !== "succeeded" || bank.odd.has(paymentId)) continue;
      const isThere = inLedger.length === 1 && inLedger[0]?.amountMinor === row.amount_minor;
      this.#must(isThere, `${id} is called succeeded and the ledger does not show it`);
    }
  }

  #checkEnd({ refund_id: id, imp_uid: paymentId, state, failure_code: code }: RefundRow): void {
    const { bank } = this.#witness;
    const payment = bank.payment(paymentId);
    const isInLedger = entries(payment).some(({ refundId }) => refundId === id);
    // The bank took the deposit back: the gateway shows nothing to return, and alarms say so until an operator ends it.
    const isInDoubt = payment.paid_at === 0 && state === "requested";
    this.#must(isInDoubt || state === "succeeded" || state === "failed", `${id} never ends: ${state}`);
    if (state !== "failed" || bank.odd.has(paymentId)) return;
    this.#must(!isInLedger, `${id} is called failed and the ledger shows it`);
    const isElsewhere = entries(payment).some(({ refundId }) => refundId === undefined);
    const isLate = [...this.#rows.values()].some(
      (row) => row.imp_uid === paymentId && row.state === "succeeded" && this.#failed.has(row.refund_id),
    );
    const reasons: Readonly<Record<string, boolean>> = {
      gateway_refused: bank.refused.has(id) || bank.behind.has(paymentId),
      refund_exceeds_rest: isElsewhere || isLate,
      refused_too_often: true,
      not_found_at_gateway: true,
    };
    this.#must(reasons[code ?? ""] === true, `${id} failed without a reason: ${code}`);
  }

  #checkOrder(order: OrderRow): void {
    const { bank } = this.#witness;
    if (order.paid_by === null) {
      this.#must(order.refunded_minor === 0, `${order.merchant_uid} gave back what it never took`);
      return;
    }
    const payment = bank.payment(order.paid_by);
    const cancelled = minor(payment.cancel_amount, payment);
    const status =
      cancelled === 0 ? "paid" : cancelled === amountMinor(payment) ? "refunded" : "partially_refunded";
    const seen = `${order.status} ${order.refunded_minor}`;
    this.#must(
      seen === `${status} ${cancelled}`,
      `${order.merchant_uid} is ${seen}, not ${status} ${cancelled}`,
    );
    this.#checkElsewhere(payment);
  }

  /** Whatever was cancelled elsewhere has opened a discrepancy since. */
  #checkElsewhere(payment: PaymentRecord): void {
    const { bank, books, toleranceMs } = this.#witness;
    const elsewhere = payment.cancel_history.filter(({ reason }) => refundIdIn(reason) === undefined);
    const last = elsewhere.at(-1)?.cancelled_at;
    if (last === undefined || bank.odd.has(payment.imp_uid)) return;
    const isTold = books
      .discrepancies()
      .some(
        ({ kind, imp_uid, opened_at }) =>
          kind === "cancelled_elsewhere" &&
          imp_uid === payment.imp_uid &&
          opened_at + toleranceMs >= last * 1000,
      );
    this.#must(isTold, `${payment.imp_uid} was cancelled elsewhere and nobody is told`);
  }

  #row(refundId: string): RefundRow | undefined {
    return this.#witness.books.refund(refundId);
  }

  #must(holds: boolean, otherwise: string): void {
    this.#says("I15", holds, () => otherwise);
  }
}
