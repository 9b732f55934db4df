import { type DecimalText, readDecimal } from "./decimal-text.ts";
import { LeverRefusal } from "./lever-refusal.ts";
import type { Merchant } from "./merchant.ts";
import type { LedgerEntry, PaymentFields, PaymentMeta, PaymentRecord } from "./payment-record.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Switches } from "./switches.ts";

/** A pre-registered amount. `currency` null: the currency is not looked at (docs/iamport-v1.md 5). */
export interface Prepared {
  readonly merchant_uid: string;
  readonly amount: DecimalText;
  readonly currency: string | null;
}

export interface LiveToken {
  readonly text: string;
  readonly userCode: string;
  expiresAtMs: number;
}

/** Everything the gateway remembers. Plain data and one seeded generator: no clock, no I/O. */
export interface ModelState {
  readonly merchants: Map<string, Merchant>;
  readonly payments: Map<string, PaymentRecord>;
  /** All payments of one merchant_uid, in the order of their creation; the key is `merchantKey`. */
  readonly byMerchantUid: Map<string, PaymentRecord[]>;
  readonly prepared: Map<string, Prepared>;
  readonly tokens: Map<string, LiveToken>;
  readonly random: SeededRandom;
  readonly switches: Switches;
  /** Where browsers find the receipts. */
  origin: string;
  sequence: number;
  /** Raised by every pre-registration, so that whoever keeps the books sees the change. */
  preparedChanges: number;
}

/** Who asks: the token's account, and the sub-merchant of the Tier header (docs/iamport-v1.md 1.4). */
export interface Viewer {
  readonly userCode: string;
  readonly tier: string | null;
}

/** A refusal in the gateway's own words. */
export interface Refusal {
  readonly ok: false;
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | Refusal;

export function done<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(status: number, code: number, message: string): Refusal {
  return { ok: false, status, code, message };
}

/** Source: docs/iamport-v1.md 2, the 404 body. */
export function unknownPayment(): Refusal {
  return refuse(404, -1, "존재하지 않는 결제정보입니다.");
}

export function secondsOf(atMs: number): number {
  return Math.floor(atMs / 1000);
}

export function merchantKey(viewer: { userCode: string; tier: string | null }, merchantUid: string): string {
  return `${viewer.userCode}/${viewer.tier ?? ""}/${merchantUid}`;
}

/** An unused id: `imp_` and 12 digits, as in every body seen (docs/iamport-v1.md 4). */
export function mintImpUid(state: ModelState, prefix: "imp_" | "imps_" = "imp_"): string {
  for (;;) {
    const impUid = prefix + state.random.digits(12);
    if (!state.payments.has(impUid)) return impUid;
  }
}

/**
 * Adds one payment to the books.
 *
 * @throws LeverRefusal when the imp_uid is taken
 */
export function insertPayment(
  state: ModelState,
  parts: {
    fields: PaymentFields;
    meta: Omit<
      PaymentMeta,
      "createdSequence" | "updatedSequence" | "revision" | "history" | "taxFreeCancelled"
    >;
  },
): PaymentRecord {
  const { fields } = parts;
  if (state.payments.has(fields.imp_uid))
    throw new LeverRefusal(`Cannot add payment: ${fields.imp_uid} exists`);
  const sequence = ++state.sequence;
  const meta = {
    ...parts.meta,
    createdSequence: sequence,
    updatedSequence: sequence,
    revision: 0,
    history: [],
    taxFreeCancelled: "0",
  };
  const record: PaymentRecord = { ...fields, meta };
  state.payments.set(record.imp_uid, record);
  const key = merchantKey(meta, record.merchant_uid);
  const siblings = state.byMerchantUid.get(key);
  if (siblings) siblings.push(record);
  else state.byMerchantUid.set(key, [record]);
  return record;
}

/** Notes a change of a payment: its place in lists, its ledger, and that rendered answers are stale. */
export function notePayment(
  state: ModelState,
  change: { record: PaymentRecord; event: LedgerEntry["event"]; atMs: number },
): void {
  const { record, event, atMs } = change;
  const { meta } = record;
  meta.updatedSequence = ++state.sequence;
  meta.updatedAt = secondsOf(atMs);
  meta.revision += 1;
  meta.history.push({
    atMs,
    event,
    status: record.status,
    captured: moneyTaken(record),
    returned: record.cancel_amount,
  });
}

/** What was taken from the buyer. What is no decimal (the lever `pay` makes it) counts as nothing. */
function moneyTaken(record: PaymentRecord): DecimalText {
  return record.paid_at > 0 && readDecimal(record.amount) !== undefined ? record.amount : "0";
}

/** Payments that came to an approval under this merchant_uid, cancelled ones included. */
export function hasApproval(state: ModelState, key: string): boolean {
  return (state.byMerchantUid.get(key) ?? []).some((payment) => payment.paid_at > 0);
}
