import type { Currency } from "../../domain/currency.ts";
import type {
  Payment,
  PaymentStatus,
  PaymentVerdict,
  SeenAmount,
  VirtualAccount,
} from "../../domain/payment.ts";
import { DojangError } from "../../errors.ts";
import type { Sealer } from "../seal.ts";
import type { Draft } from "./seal-context.ts";

/** One row of `payments`, in the order of its columns. */
export interface PaymentRow {
  readonly merchant_uid: string;
  readonly imp_uid: string;
  readonly verdict: PaymentVerdict;
  readonly status: PaymentStatus;
  readonly status_text: string;
  readonly amount_text: string;
  readonly amount_minor: number | null;
  readonly cancelled_text: string;
  readonly cancelled_minor: number | null;
  readonly currency: string;
  readonly sandbox: number | null;
  readonly pay_method: string | null;
  readonly pg_provider: string | null;
  readonly pg_id: string | null;
  readonly pg_tid: string | null;
  readonly customer_uid: string | null;
  readonly customer_uid_usage: string | null;
  readonly promotion_id: string | null;
  readonly cancel_count: number;
  readonly account_bank: string | null;
  readonly account_bank_code: string | null;
  readonly account_due_at: number | null;
  readonly started_at: number | null;
  readonly paid_at: number | null;
  readonly failed_at: number | null;
  readonly cancelled_at: number | null;
  readonly applied_at: number | null;
  readonly regression_seen_at: number | null;
  readonly missing_seen_at: number | null;
  readonly fetch_started_at: number;
  readonly fetch_ended_at: number;
  readonly faults: string;
  readonly clauses: string;
  readonly payment_private: Buffer;
}

export const PAYMENT_VALUE_COLUMNS = [
  "verdict",
  "status",
  "status_text",
  "amount_text",
  "amount_minor",
  "cancelled_text",
  "cancelled_minor",
  "currency",
  "sandbox",
  "pay_method",
  "pg_provider",
  "pg_id",
  "pg_tid",
  "customer_uid",
  "customer_uid_usage",
  "promotion_id",
  "cancel_count",
  "account_bank",
  "account_bank_code",
  "account_due_at",
  "started_at",
  "paid_at",
  "failed_at",
  "cancelled_at",
  "applied_at",
  "regression_seen_at",
  "missing_seen_at",
  "fetch_started_at",
  "fetch_ended_at",
  "faults",
  "clauses",
  "payment_private",
] as const satisfies readonly (keyof PaymentRow)[];
export const PAYMENT_COLUMNS = ["merchant_uid", "imp_uid", ...PAYMENT_VALUE_COLUMNS] as const;

/** What is sealed beside the raw answer, as one line of JSON before it. */
interface PrivateHead {
  readonly accountNumber?: string | undefined;
  readonly accountHolder?: string | undefined;
  readonly failReason?: string | undefined;
  readonly receiptUrl?: string | undefined;
}

/** Fields that are the same text or number in both worlds, absent here and NULL there. */
const PLAIN_FIELDS = [
  ["payMethod", "pay_method"],
  ["pgProvider", "pg_provider"],
  ["pgMerchantId", "pg_id"],
  ["pgTransactionId", "pg_tid"],
  ["customerUid", "customer_uid"],
  ["customerUidUsage", "customer_uid_usage"],
  ["promotionId", "promotion_id"],
  ["startedAt", "started_at"],
  ["paidAt", "paid_at"],
  ["failedAt", "failed_at"],
  ["cancelledAt", "cancelled_at"],
  ["appliedAt", "applied_at"],
  ["regressionSeenAt", "regression_seen_at"],
  ["missingSeenAt", "missing_seen_at"],
] as const satisfies readonly (readonly [keyof Payment, keyof PaymentRow])[];

/** @throws {DojangError} `internal_error` when an amount is not in the payment's own currency */
export function toPaymentRow(payment: Payment, sealer: Sealer): PaymentRow {
  const { account } = payment;
  return {
    merchant_uid: payment.orderId,
    imp_uid: payment.paymentId,
    verdict: payment.verdict,
    status: payment.status,
    status_text: payment.statusText,
    amount_text: payment.amount.text,
    amount_minor: minorUnits(payment, payment.amount),
    cancelled_text: payment.cancelled.text,
    cancelled_minor: minorUnits(payment, payment.cancelled),
    currency: payment.currency,
    sandbox: payment.sandbox === undefined ? null : Number(payment.sandbox),
    pay_method: payment.payMethod ?? null,
    pg_provider: payment.pgProvider ?? null,
    pg_id: payment.pgMerchantId ?? null,
    pg_tid: payment.pgTransactionId ?? null,
    customer_uid: payment.customerUid ?? null,
    customer_uid_usage: payment.customerUidUsage ?? null,
    promotion_id: payment.promotionId ?? null,
    cancel_count: payment.cancelCount,
    account_bank: account?.bank ?? null,
    account_bank_code: account?.bankCode ?? null,
    account_due_at: account?.dueAt ?? null,
    started_at: payment.startedAt ?? null,
    paid_at: payment.paidAt ?? null,
    failed_at: payment.failedAt ?? null,
    cancelled_at: payment.cancelledAt ?? null,
    applied_at: payment.appliedAt ?? null,
    regression_seen_at: payment.regressionSeenAt ?? null,
    missing_seen_at: payment.missingSeenAt ?? null,
    fetch_started_at: payment.fetchStartedAt,
    fetch_ended_at: payment.fetchEndedAt,
    faults: JSON.stringify(payment.faults),
    clauses: JSON.stringify(payment.clauses),
    payment_private: sealPrivate(payment, sealer),
  };
}

export function fromPaymentRow(row: PaymentRow, sealer: Sealer): Payment {
  const { head, raw } = openPrivate(row, sealer);
  const payment: Draft<Payment> = {
    paymentId: row.imp_uid,
    orderId: row.merchant_uid,
    status: row.status,
    statusText: row.status_text,
    amount: seenAmount(row, { text: row.amount_text, minor: row.amount_minor }),
    cancelled: seenAmount(row, { text: row.cancelled_text, minor: row.cancelled_minor }),
    currency: row.currency,
    cancelCount: row.cancel_count,
    faults: JSON.parse(row.faults),
    raw,
    fetchStartedAt: row.fetch_started_at,
    fetchEndedAt: row.fetch_ended_at,
    verdict: row.verdict,
    clauses: JSON.parse(row.clauses),
  };
  for (const [field, column] of PLAIN_FIELDS) {
    if (row[column] !== null) Object.assign(payment, { [field]: row[column] });
  }
  if (row.sandbox !== null) payment.sandbox = row.sandbox === 1;
  if (head.failReason !== undefined) payment.failReason = head.failReason;
  if (head.receiptUrl !== undefined) payment.receiptUrl = head.receiptUrl;
  if (head.accountNumber !== undefined) payment.account = readAccount(row, head);
  return payment;
}

function minorUnits(payment: Payment, { money }: SeenAmount): number | null {
  if (money === undefined) return null;
  if (money.currency === payment.currency) return money.amountMinor;
  throw new DojangError(
    "internal_error",
    `Cannot write payment ${payment.paymentId}: expected amounts in ${payment.currency}, got ${money.currency}`,
  );
}

function seenAmount(
  row: PaymentRow,
  seen: { readonly text: string; readonly minor: number | null },
): SeenAmount {
  if (seen.minor === null) return { text: seen.text };
  return { text: seen.text, money: { amountMinor: seen.minor, currency: row.currency as Currency } };
}

function readAccount(row: PaymentRow, head: PrivateHead): VirtualAccount {
  const account: Draft<VirtualAccount> = { number: head.accountNumber ?? "", bank: row.account_bank ?? "" };
  if (row.account_bank_code !== null) account.bankCode = row.account_bank_code;
  if (row.account_due_at !== null) account.dueAt = row.account_due_at;
  if (head.accountHolder !== undefined) account.holder = head.accountHolder;
  return account;
}

/** One sealed value for all: the cost is in the number of seals, not in their length. JSON holds no raw line feed. */
function sealPrivate(payment: Payment, sealer: Sealer): Buffer {
  const head: PrivateHead = {
    accountNumber: payment.account?.number,
    accountHolder: payment.account?.holder,
    failReason: payment.failReason,
    receiptUrl: payment.receiptUrl,
  };
  return sealer.seal(
    `${JSON.stringify(head)}\n${payment.raw}`,
    privatePlace(payment.orderId, payment.paymentId),
  );
}

function openPrivate(row: PaymentRow, sealer: Sealer): { readonly head: PrivateHead; readonly raw: string } {
  const text = sealer.open(row.payment_private, privatePlace(row.merchant_uid, row.imp_uid)).toString("utf8");
  const end = text.indexOf("\n");
  return { head: JSON.parse(text.slice(0, end)), raw: text.slice(end + 1) };
}

/** The length keeps (a:b, c) and (a, b:c) apart. */
function privatePlace(orderId: string, paymentId: string) {
  return { table: "payments", column: "payment_private", row: `${orderId.length}:${orderId}:${paymentId}` };
}
