import type { DecimalText } from "./decimal-text.ts";
import { LeverRefusal } from "./lever-refusal.ts";
import { DEVELOPMENT_MERCHANT, type Merchant, OTHER_MERCHANT } from "./merchant.ts";
import { type CancelRequest, cancelPayment } from "./model-cancel.ts";
import { createPayment } from "./model-create.ts";
import {
  findAllPayments,
  findPayment,
  getPayment,
  getPayments,
  type ListQuery,
  listByStatus,
} from "./model-lookup.ts";
import {
  cancelOutside,
  deferCancels,
  deposit,
  editPayment,
  expire,
  failPayment,
  finishCancels,
  lateApprove,
  type PaymentEdit,
  refuseCancels,
  reverseDeposit,
} from "./model-mutate.ts";
import { getPrepared, type PrepareRequest, prepare } from "./model-prepare.ts";
import type { ModelState, Viewer } from "./model-state.ts";
import { authorise, issueToken } from "./model-token.ts";
import { changeVbank, closeVbank, issueVbank, type VbankRequest } from "./model-vbank.ts";
import { openWindow, settleWindow, type WindowOutcome, type WindowRequest } from "./model-window.ts";
import type { LedgerEntry, NewPayment, PaymentRecord, PaymentStatus } from "./payment-record.ts";
import { SeededRandom } from "./seeded-random.ts";
import { DEFAULT_SWITCHES, type Switches } from "./switches.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface ModelOptions {
  /** The clock, in milliseconds. */
  readonly now: () => number;
  readonly seed: number;
  readonly switches?: Partial<Switches>;
}

/** True money of one payment: what was taken and given back, whatever answers were made to say. */
export interface LedgerRow {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly userCode: string;
  readonly sandbox: boolean;
  readonly currency: string;
  readonly status: PaymentStatus;
  readonly amount: DecimalText;
  readonly captured: DecimalText;
  readonly cancelled: DecimalText;
  readonly history: readonly LedgerEntry[];
}

/**
 * The gateway's books and rules, without any I/O: pure functions over one state, and a clock that is handed in.
 * Equal seeds, clocks and calls give equal ids, tokens and answers.
 */
export class Model {
  readonly clock: VirtualClock;
  readonly state: ModelState;

  constructor(options: ModelOptions) {
    this.clock = new VirtualClock(options.now);
    const merchants = [DEVELOPMENT_MERCHANT, OTHER_MERCHANT];
    this.state = {
      merchants: new Map(merchants.map((merchant) => [merchant.userCode, merchant])),
      payments: new Map(),
      byMerchantUid: new Map(),
      prepared: new Map(),
      tokens: new Map(),
      random: new SeededRandom(options.seed),
      switches: { ...DEFAULT_SWITCHES, ...options.switches },
      origin: "https://emulator.invalid",
      sequence: 0,
      preparedChanges: 0,
    };
  }

  get switches(): Switches {
    return this.state.switches;
  }

  get #atMs(): number {
    return this.clock.nowMs();
  }

  merchant(userCode: string): Merchant {
    const merchant = this.state.merchants.get(userCode);
    if (!merchant) throw new LeverRefusal(`Cannot find merchant: ${userCode} does not exist`);
    return merchant;
  }

  addMerchant(merchant: Merchant): void {
    this.state.merchants.set(merchant.userCode, merchant);
  }

  /** Forgets payments, pre-registrations and tokens; merchants, switches, time and the seed's course stay. */
  reset(): void {
    for (const map of [this.state.payments, this.state.byMerchantUid, this.state.prepared, this.state.tokens])
      map.clear();
  }

  payment(impUid: string): PaymentRecord | undefined {
    return this.state.payments.get(impUid);
  }

  createPayment(wanted: NewPayment): PaymentRecord {
    const merchant = this.merchant(wanted.userCode ?? DEVELOPMENT_MERCHANT.userCode);
    return createPayment(this.state, { wanted, merchant, atMs: this.#atMs });
  }

  editPayment(impUid: string, fields: PaymentEdit): PaymentRecord {
    return editPayment(this.state, { impUid, fields, atMs: this.#atMs });
  }

  openWindow(request: WindowRequest) {
    return openWindow(this.state, { request, atMs: this.#atMs });
  }

  settleWindow(impUid: string, outcome: WindowOutcome) {
    return settleWindow(this.state, { impUid, outcome, atMs: this.#atMs });
  }

  issueToken(impKey: string | undefined, impSecret: string | undefined) {
    return issueToken(this.state, { impKey, impSecret, atMs: this.#atMs });
  }

  authorise(token: string, tier: string | null): Viewer | undefined {
    return authorise(this.state, { token, tier, atMs: this.#atMs });
  }

  getPayment(viewer: Viewer, asked: { impUid: string; includeSandbox: boolean }) {
    return getPayment(this.state, { viewer, ...asked });
  }

  getPayments(viewer: Viewer, asked: { impUids: readonly string[]; merchantUids: readonly string[] }) {
    return getPayments(this.state, { viewer, ...asked });
  }

  findPayment(
    viewer: Viewer,
    asked: { merchantUid: string; status?: string | null; sorting?: string | null },
  ) {
    return findPayment(this.state, { viewer, ...asked });
  }

  findAllPayments(viewer: Viewer, asked: { merchantUid: string; status?: string | null; query: ListQuery }) {
    return findAllPayments(this.state, { viewer, ...asked });
  }

  listByStatus(viewer: Viewer, asked: { status: string; query: ListQuery }) {
    return listByStatus(this.state, { viewer, ...asked, atMs: this.#atMs });
  }

  prepare(viewer: Viewer, asked: { request: PrepareRequest; verb: "register" | "change" }) {
    return prepare(this.state, { viewer, ...asked });
  }

  getPrepared(viewer: Viewer, merchantUid: string) {
    return getPrepared(this.state, { viewer, merchantUid });
  }

  cancel(viewer: Viewer, request: CancelRequest) {
    return cancelPayment(this.state, { viewer, request, atMs: this.#atMs });
  }

  issueVbank(viewer: Viewer, request: VbankRequest) {
    return issueVbank(this.state, { viewer, request, atMs: this.#atMs });
  }

  changeVbank(viewer: Viewer, asked: { impUid: string; amount?: string | null; due?: string | null }) {
    return changeVbank(this.state, { viewer, ...asked, atMs: this.#atMs });
  }

  closeVbank(viewer: Viewer, impUid: string) {
    return closeVbank(this.state, { viewer, impUid, atMs: this.#atMs });
  }

  deposit(impUid: string, amount?: number | string): PaymentRecord {
    return deposit(this.state, { impUid, amount, atMs: this.#atMs });
  }

  expire(impUid: string): PaymentRecord {
    return expire(this.state, { impUid, atMs: this.#atMs });
  }

  /** A cancel made by hand in the console. Source: docs/iamport-v1.md 4, the fixed text of cancel_reason. */
  cancelFromConsole(impUid: string, amount?: number | string): PaymentRecord {
    return cancelOutside(this.state, { impUid, amount, reason: "관리자페이지취소", atMs: this.#atMs });
  }

  silentCancel(impUid: string, amount?: number | string): PaymentRecord {
    return cancelOutside(this.state, { impUid, amount, reason: "카드사 취소", atMs: this.#atMs });
  }

  lateApprove(impUid: string): PaymentRecord {
    return lateApprove(this.state, { impUid, atMs: this.#atMs });
  }

  reverseDeposit(impUid: string): PaymentRecord {
    return reverseDeposit(this.state, { impUid, atMs: this.#atMs });
  }

  fail(impUid: string, reason?: string): PaymentRecord {
    return failPayment(this.state, { impUid, atMs: this.#atMs, ...(reason === undefined ? {} : { reason }) });
  }

  refuseCancels(impUid: string, reason: string | null): PaymentRecord {
    return refuseCancels(this.state, { impUid, reason });
  }

  deferCancels(impUid: string): PaymentRecord {
    return deferCancels(this.state, { impUid });
  }

  finishCancels(impUid: string): PaymentRecord {
    return finishCancels(this.state, { impUid, atMs: this.#atMs });
  }

  ledger(): LedgerRow[] {
    return [...this.state.payments.values()].map((payment) => ({
      imp_uid: payment.imp_uid,
      merchant_uid: payment.merchant_uid,
      userCode: payment.meta.userCode,
      sandbox: payment.sandbox,
      currency: payment.currency,
      status: payment.status,
      amount: payment.amount,
      captured: payment.meta.history.at(-1)?.captured ?? "0",
      cancelled: payment.cancel_amount,
      history: payment.meta.history,
    }));
  }
}
