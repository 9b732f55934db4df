import { compareDecimals, type DecimalText, subtractDecimals, toDecimalText } from "./decimal-text.ts";
import { LeverRefusal } from "./lever-refusal.ts";
import { applyCancel } from "./model-cancel.ts";
import { approvalFields } from "./model-create.ts";
import { type ModelState, notePayment, secondsOf } from "./model-state.ts";
import type { PaymentFields, PaymentRecord } from "./payment-record.ts";

/** Which payment moves, how far, and when: what banks, PGs and people do behind the API's back. */
export interface Move {
  readonly impUid: string;
  readonly amount?: number | string | undefined;
  readonly atMs: number;
}

function recordOf(state: ModelState, impUid: string): PaymentRecord {
  const record = state.payments.get(impUid);
  if (!record) throw new LeverRefusal(`Cannot move payment: ${impUid} does not exist`);
  return record;
}

/**
 * Money arrives on a virtual account. Another amount than the one due is recorded as it came, or refused by the
 * bank, by the switch `wrongDeposit`; one after the deadline by the switch `lateDeposit`.
 *
 * @throws LeverRefusal when the payment has no account, or the bank refuses
 */
export function deposit(state: ModelState, move: Move): PaymentRecord {
  const record = recordOf(state, move.impUid);
  const at = secondsOf(move.atMs);
  if (record.vbank_num === null)
    throw new LeverRefusal(`Cannot deposit: ${move.impUid} has no virtual account`);
  if (record.paid_at > 0)
    throw new LeverRefusal(`Cannot deposit: ${move.impUid} is ${record.status} already`);
  const isLate = record.vbank_date > 0 && at > record.vbank_date;
  if (isLate && state.switches.lateDeposit === "refused")
    throw new LeverRefusal(`Cannot deposit: ${move.impUid} is past its deadline`);
  const amount = move.amount === undefined ? record.amount : toDecimalText(move.amount);
  if (compareDecimals(amount, "0") <= 0)
    throw new LeverRefusal(`Cannot deposit: expected money, got ${amount}`);
  const isOther = compareDecimals(amount, record.amount) !== 0;
  if (isOther && state.switches.wrongDeposit === "refused") {
    throw new LeverRefusal(`Cannot deposit: ${move.impUid} expects ${record.amount}, got ${amount}`);
  }
  const approval = approvalFields(state, { fields: record, at });
  if (isOther) {
    const item = {
      pg_tid: approval.pg_tid ?? "",
      amount,
      depositor_name: record.buyer_name ?? "",
      deposited_at: at,
    };
    record.deposit_history.push(item);
  }
  Object.assign(record, approval, { amount, failed_at: 0, fail_reason: null });
  notePayment(state, { record, event: "captured", atMs: move.atMs });
  return record;
}

/** The deadline of a virtual account passes; what the record becomes is the switch `expiredVbank`. */
export function expire(state: ModelState, move: Move): PaymentRecord {
  const record = recordOf(state, move.impUid);
  const at = secondsOf(move.atMs);
  if (record.vbank_num === null)
    throw new LeverRefusal(`Cannot expire: ${move.impUid} has no virtual account`);
  if (record.vbank_date >= at) record.vbank_date = at - 1;
  if (state.switches.expiredVbank === "failed" && record.status === "ready") {
    Object.assign(record, { status: "failed", failed_at: at, fail_reason: "입금기한이 만료되었습니다." });
  }
  notePayment(state, { record, event: "expired", atMs: move.atMs });
  return record;
}

/** A cancel that no API call asked for: by hand in the console, or by the PG or bank alone. */
export function cancelOutside(state: ModelState, move: Move & { reason: string }): PaymentRecord {
  const record = recordOf(state, move.impUid);
  const left = subtractDecimals(record.amount, record.cancel_amount);
  const amount: DecimalText = move.amount === undefined ? left : toDecimalText(move.amount);
  if (record.paid_at === 0) throw new LeverRefusal(`Cannot cancel: ${move.impUid} was never paid`);
  if (compareDecimals(amount, "0") <= 0 || compareDecimals(amount, left) > 0) {
    throw new LeverRefusal(`Cannot cancel: ${move.impUid} has ${left} left, got ${amount}`);
  }
  applyCancel(state, { record, amount, reason: move.reason, atMs: move.atMs });
  return record;
}

/** A payment that failed, or was only begun, is approved after all (docs/iamport-v1.md 8.1, Paymentwall). */
export function lateApprove(state: ModelState, move: Move): PaymentRecord {
  const record = recordOf(state, move.impUid);
  if (record.paid_at > 0)
    throw new LeverRefusal(`Cannot approve: ${move.impUid} is ${record.status} already`);
  Object.assign(record, approvalFields(state, { fields: record, at: secondsOf(move.atMs) }), {
    failed_at: 0,
    fail_reason: null,
  });
  notePayment(state, { record, event: "captured", atMs: move.atMs });
  return record;
}

/** The bank takes a deposit back; what is left is the switch `reversedDeposit`. */
export function reverseDeposit(state: ModelState, move: Move): PaymentRecord {
  const record = recordOf(state, move.impUid);
  if (record.vbank_num === null || record.status !== "paid") {
    throw new LeverRefusal(
      `Cannot reverse deposit: ${move.impUid} is ${record.status} by ${record.pay_method}`,
    );
  }
  if (state.switches.reversedDeposit === "cancelled") {
    return cancelOutside(state, { ...move, amount: undefined, reason: "입금취소" });
  }
  Object.assign(record, { status: "ready", paid_at: 0, pg_tid: null, receipt_url: null });
  notePayment(state, { record, event: "reversed", atMs: move.atMs });
  return record;
}

/** Fields to write over, raw JSON texts to add and fields to leave out, beside every rule. */
export type PaymentEdit = Partial<PaymentFields> & { raw?: Record<string, string>; omit?: string[] };

/** Writes fields over without any rule: what no bank or buyer does, but a broken gateway may show. */
export function editPayment(
  state: ModelState,
  given: { impUid: string; fields: PaymentEdit; atMs: number },
): PaymentRecord {
  const record = recordOf(state, given.impUid);
  const { raw, omit, ...fields } = given.fields;
  Object.assign(record, fields);
  if (raw) Object.assign(record.meta.raw, raw);
  if (omit) record.meta.omit = omit;
  notePayment(state, { record, event: "changed", atMs: given.atMs });
  return record;
}

/** The payment fails at the PG. */
export function failPayment(state: ModelState, move: Move & { reason?: string }): PaymentRecord {
  const record = recordOf(state, move.impUid);
  const reason = move.reason ?? "결제에 실패하였습니다.";
  Object.assign(record, {
    status: "failed",
    failed_at: secondsOf(move.atMs),
    paid_at: 0,
    fail_reason: reason,
  });
  notePayment(state, { record, event: "failed", atMs: move.atMs });
  return record;
}

/** From now on the PG refuses to cancel this payment, in these words; null = it agrees again. */
export function refuseCancels(
  state: ModelState,
  given: { impUid: string; reason: string | null },
): PaymentRecord {
  const record = recordOf(state, given.impUid);
  record.meta.cancelRefusal = given.reason;
  return record;
}

/** From now on the PG takes the cancels of this payment and carries none out before `finishCancels`. */
export function deferCancels(state: ModelState, { impUid }: { impUid: string }): PaymentRecord {
  const record = recordOf(state, impUid);
  record.meta.pendingCancels ??= [];
  return record;
}

/** The PG carries out what it has taken, as far as the balance goes, and each later cancel at once. */
export function finishCancels(state: ModelState, move: Move): PaymentRecord {
  const record = recordOf(state, move.impUid);
  const pending = record.meta.pendingCancels ?? [];
  delete record.meta.pendingCancels;
  for (const { amount, reason } of pending) {
    const balance = subtractDecimals(record.amount, record.cancel_amount);
    if (compareDecimals(amount, balance) <= 0)
      applyCancel(state, { record, amount, reason, atMs: move.atMs });
  }
  return record;
}
