import { compareDecimals, toDecimalText } from "./decimal-text.ts";
import { endOfKoreanDay } from "./korean-due.ts";
import { LeverRefusal } from "./lever-refusal.ts";
import type { Channel, Merchant } from "./merchant.ts";
import { insertPayment, type ModelState, mintImpUid, notePayment, secondsOf } from "./model-state.ts";
import type { NewPayment, PaymentFields, PaymentRecord, PaymentStatus } from "./payment-record.ts";
import { BANKS, CARDS } from "./standard-codes.ts";

const DAY_SECONDS = 24 * 60 * 60;

/** The fields of a window that has just opened: every key present, everything absent as 0, null or []. */
export function blankPayment(of: {
  impUid: string;
  merchantUid: string;
  channel: Channel;
  at: number;
}): PaymentFields {
  return {
    imp_uid: of.impUid,
    merchant_uid: of.merchantUid,
    pay_method: "card",
    channel: "pc",
    pg_provider: of.channel.pgProvider,
    emb_pg_provider: null,
    pg_tid: null,
    pg_id: of.channel.pgId,
    sandbox: of.channel.sandbox,
    escrow: false,
    apply_num: null,
    bank_code: null,
    bank_name: null,
    card_code: null,
    card_name: null,
    card_issuer_code: null,
    card_issuer_name: null,
    card_publisher_code: null,
    card_publisher_name: null,
    card_quota: 0,
    card_number: null,
    card_type: null,
    vbank_code: null,
    vbank_name: null,
    vbank_num: null,
    vbank_holder: null,
    vbank_date: 0,
    vbank_issued_at: 0,
    name: "",
    amount: "0",
    cancel_amount: "0",
    currency: "KRW",
    buyer_name: null,
    buyer_email: null,
    buyer_tel: null,
    buyer_addr: null,
    buyer_postcode: null,
    custom_data: null,
    user_agent: null,
    status: "ready",
    started_at: of.at,
    paid_at: 0,
    failed_at: 0,
    cancelled_at: 0,
    fail_reason: null,
    cancel_reason: null,
    receipt_url: null,
    cancel_history: [],
    deposit_history: [],
    cancel_receipt_urls: [],
    cash_receipt_issued: false,
    customer_uid: null,
    customer_uid_usage: null,
    promotion: null,
  };
}

/** What a card or an easy payment leaves behind once the PG has approved it. */
export function approvalFields(
  state: ModelState,
  of: { fields: PaymentFields; at: number; cardCode?: string },
): Partial<PaymentFields> {
  // Real ones never repeat; six digits met each other in a busy second.
  const tid = `${of.fields.pg_id}${of.at}${state.random.digits(12)}`;
  const common: Partial<PaymentFields> = {
    status: "paid",
    paid_at: of.at,
    pg_tid: tid,
    receipt_url: `${state.origin}/receipt?imp_uid=${of.fields.imp_uid}`,
  };
  if (of.fields.pay_method !== "card") return common;
  const cardCode = of.cardCode ?? "366";
  return {
    ...common,
    apply_num: state.random.digits(8),
    card_code: cardCode,
    card_name: CARDS[cardCode] ?? null,
    card_number: `559410******${state.random.digits(4)}`,
    card_type: 0,
  };
}

/** A virtual account that the bank has just opened; no deposit yet. */
export function accountFields(
  state: ModelState,
  of: { at: number; due?: number; bankCode?: string; holder?: string },
): Partial<PaymentFields> {
  const bankCode = of.bankCode ?? "088";
  return {
    pay_method: "vbank",
    vbank_code: bankCode,
    vbank_name: BANKS[bankCode] ?? "신한은행",
    vbank_num: state.random.digits(14),
    vbank_holder: of.holder ?? "도장상점",
    vbank_date: of.due ?? endOfKoreanDay(of.at + DAY_SECONDS),
    vbank_issued_at: of.at,
  };
}

export function cancellationId(state: ModelState): string {
  return `06${state.random.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 18)}`;
}

function statusFields(
  state: ModelState,
  of: { wanted: NewPayment; base: PaymentFields; at: number },
): Partial<PaymentFields> {
  const { wanted, base, at } = of;
  const status: PaymentStatus = wanted.status ?? "paid";
  const account = wanted.pay_method === "vbank" && status !== "failed" ? accountFields(state, { at }) : {};
  const started: PaymentFields = { ...base, ...account, pay_method: wanted.pay_method ?? base.pay_method };
  if (status === "ready") return account;
  if (status === "failed") return { status, failed_at: at, fail_reason: "사용자가 결제를 취소하였습니다." };
  const approved = { ...account, ...approvalFields(state, { fields: started, at }) };
  const returned = wanted.cancel_amount ?? (status === "cancelled" ? (wanted.amount ?? 1000) : 0);
  const amount = toDecimalText(returned);
  if (compareDecimals(amount, "0") <= 0) return { ...approved, status };
  const reason = wanted.cancel_reason ?? "구매자 요청";
  const item = {
    pg_tid: approved.pg_tid ?? "",
    amount,
    cancelled_at: at,
    reason,
    cancellation_id: cancellationId(state),
    receipt_url: null,
  };
  return {
    ...approved,
    status,
    cancel_amount: amount,
    cancelled_at: at,
    cancel_reason: reason,
    cancel_history: [item],
  };
}

/**
 * Puts a payment into the books in any state (the lever `pay`). Values given win over those made here.
 *
 * @throws LeverRefusal when the merchant or channel is unknown, or the imp_uid is taken
 */
export function createPayment(
  state: ModelState,
  given: { wanted: NewPayment; merchant: Merchant; atMs: number },
): PaymentRecord {
  const { wanted, merchant, atMs } = given;
  const at = secondsOf(atMs);
  const {
    raw,
    omit,
    userCode: _u,
    tier,
    channelKey,
    noticeUrls,
    taxFree,
    vatAmount,
    notify: _n,
    ...fields
  } = wanted;
  const channel = channelKey
    ? merchant.channels.find((one) => one.channelKey === channelKey)
    : merchant.channels.find((one) => one.sandbox === (wanted.sandbox ?? false));
  if (!channel)
    throw new LeverRefusal(
      `Cannot add payment: ${merchant.userCode} has no such channel (${channelKey ?? "any"})`,
    );
  const base = blankPayment({
    impUid: wanted.imp_uid ?? mintImpUid(state),
    merchantUid: wanted.merchant_uid ?? `order_${state.random.digits(12)}`,
    channel,
    at,
  });
  const { amount, cancel_amount, promotion, ...plain } = fields;
  const payment: PaymentFields = {
    ...base,
    name: "주문",
    ...statusFields(state, { wanted, base, at }),
    ...plain,
    amount: toDecimalText(amount ?? 1000),
    ...(cancel_amount === undefined ? {} : { cancel_amount: toDecimalText(cancel_amount) }),
    ...(promotion ? { promotion: { id: promotion.id, discount: toDecimalText(promotion.discount) } } : {}),
  };
  const record = insertPayment(state, {
    fields: payment,
    meta: {
      userCode: merchant.userCode,
      tier: tier ?? null,
      channelKey: channel.channelKey,
      updatedAt: at,
      noticeUrls: noticeUrls ?? [],
      confirmUrl: null,
      webhookUsed: true,
      taxFree: toDecimalText(taxFree ?? 0),
      vatAmount: vatAmount === undefined ? null : toDecimalText(vatAmount),
      cancelRefusal: null,
      raw: { ...raw },
      omit: omit ?? [],
    },
  });
  notePayment(state, { record, event: eventOf(record), atMs });
  return record;
}

function eventOf(record: PaymentRecord) {
  if (record.status === "failed") return "failed";
  if (record.status === "ready") return record.vbank_num ? "issued" : "opened";
  return record.cancel_history.length > 0 ? "cancelled" : "captured";
}
