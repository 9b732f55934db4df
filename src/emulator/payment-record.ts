import type { DecimalText } from "./decimal-text.ts";

export type PaymentStatus = "ready" | "paid" | "cancelled" | "failed";

export const PAYMENT_STATUSES: readonly PaymentStatus[] = ["ready", "paid", "cancelled", "failed"];

/** One item of cancel_history. Source: v1 API, PaymentCancelAnnotation. */
export interface CancelHistoryItem {
  pg_tid: string;
  amount: DecimalText;
  cancelled_at: number;
  reason: string;
  cancellation_id: string;
  receipt_url: string | null;
}

/** One item of deposit_history. Source: v1 API, VbankDepositAnnotation. */
export interface DepositHistoryItem {
  pg_tid: string;
  amount: DecimalText;
  depositor_name: string;
  deposited_at: number;
}

/**
 * A payment as the REST API shows it: absent times are 0, absent text is null, absent lists are empty; times are
 * unix seconds; amounts are decimal text here and JSON numbers on the wire.
 *
 * Source: v1 API, PaymentAnnotation; docs/iamport-v1.md 4.
 */
export interface PaymentFields {
  imp_uid: string;
  merchant_uid: string;
  pay_method: string;
  /** The environment, pc, mobile or api; never test or live. */
  channel: string;
  pg_provider: string;
  emb_pg_provider: string | null;
  pg_tid: string | null;
  pg_id: string;
  sandbox: boolean;
  escrow: boolean;
  apply_num: string | null;
  bank_code: string | null;
  bank_name: string | null;
  card_code: string | null;
  card_name: string | null;
  card_issuer_code: string | null;
  card_issuer_name: string | null;
  card_publisher_code: string | null;
  card_publisher_name: string | null;
  card_quota: number;
  card_number: string | null;
  card_type: number | null;
  vbank_code: string | null;
  vbank_name: string | null;
  vbank_num: string | null;
  vbank_holder: string | null;
  vbank_date: number;
  vbank_issued_at: number;
  name: string;
  amount: DecimalText;
  cancel_amount: DecimalText;
  currency: string;
  buyer_name: string | null;
  buyer_email: string | null;
  buyer_tel: string | null;
  buyer_addr: string | null;
  buyer_postcode: string | null;
  custom_data: string | null;
  user_agent: string | null;
  status: PaymentStatus;
  started_at: number;
  paid_at: number;
  failed_at: number;
  cancelled_at: number;
  fail_reason: string | null;
  cancel_reason: string | null;
  receipt_url: string | null;
  cancel_history: CancelHistoryItem[];
  deposit_history: DepositHistoryItem[];
  cancel_receipt_urls: string[];
  cash_receipt_issued: boolean;
  customer_uid: string | null;
  customer_uid_usage: string | null;
  promotion: { id: string; discount: DecimalText } | null;
}

/** What happened to the money of one payment, and when. */
export interface LedgerEntry {
  readonly atMs: number;
  readonly event:
    | "opened"
    | "issued"
    | "captured"
    | "failed"
    | "cancelled"
    | "reversed"
    | "expired"
    | "changed";
  readonly status: PaymentStatus;
  /** What has been taken from the buyer so far, and what has gone back. */
  readonly captured: DecimalText;
  readonly returned: DecimalText;
}

/** A cancel that some PGs take now and carry out later (docs/iamport-v1.md 6). */
export interface PendingCancel {
  readonly amount: DecimalText;
  readonly reason: string;
}

/** What the gateway knows beside the fields that it shows. */
export interface PaymentMeta {
  readonly userCode: string;
  readonly tier: string | null;
  readonly channelKey: string | null;
  /** Order of creation, and of the last change of state: settles ties between equal seconds. */
  readonly createdSequence: number;
  updatedSequence: number;
  updatedAt: number;
  /** Raised by every change, so that a rendered answer knows that it is stale. */
  revision: number;
  /** notice_url: replaces the account's webhook URL (docs/iamport-v1.md 8.2). Empty = the setting. */
  noticeUrls: readonly string[];
  confirmUrl: string | null;
  webhookUsed: boolean;
  /** The tax-free part and the VAT as given at payment time; null = not given. */
  taxFree: DecimalText;
  vatAmount: DecimalText | null;
  /** How much of the tax-free part has gone back. */
  taxFreeCancelled: DecimalText;
  /** Answer of the PG to the next cancels: null = it agrees. */
  cancelRefusal: string | null;
  /** Cancels that the PG has taken and not carried out; absent while it carries each out at once. */
  pendingCancels?: PendingCancel[];
  /** Raw JSON text that replaces single fields in answers, and fields left out of them. */
  readonly raw: Record<string, string>;
  omit: readonly string[];
  readonly history: LedgerEntry[];
}

export interface PaymentRecord extends PaymentFields {
  readonly meta: PaymentMeta;
}

type Overridable = Partial<Omit<PaymentFields, "amount" | "cancel_amount" | "promotion">>;

/** A payment in any state (the lever `pay`). What is left out gets a consistent value for its status. */
export interface NewPayment extends Overridable {
  amount?: number | string;
  cancel_amount?: number | string;
  promotion?: { id: string; discount: number | string } | null;
  /** Raw JSON text for a field, put on the wire as it is: `{ amount: "1e3" }`. Odd fields are added. */
  raw?: Record<string, string>;
  /** Fields left out of every answer: `["sandbox"]`. */
  omit?: string[];
  /** The merchant; the development one when left out. */
  userCode?: string;
  tier?: string;
  /** Takes provider, MID and sandbox from this channel; the first one of the wanted sandbox flag when left out. */
  channelKey?: string;
  noticeUrls?: string[];
  taxFree?: number | string;
  vatAmount?: number | string;
  /** Whether the webhook of this state is sent at once; no by default. */
  notify?: boolean;
}
