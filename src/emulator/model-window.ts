import { compareDecimals, type DecimalText, readDecimal } from "./decimal-text.ts";
import { readVbankDue } from "./korean-due.ts";
import { type Channel, chooseChannel, type Merchant } from "./merchant.ts";
import { accountFields, approvalFields, blankPayment } from "./model-create.ts";
import {
  hasApproval,
  insertPayment,
  type ModelState,
  merchantKey,
  mintImpUid,
  notePayment,
  secondsOf,
} from "./model-state.ts";
import type { PaymentFields, PaymentRecord } from "./payment-record.ts";
import { BANKS } from "./standard-codes.ts";

/** What the page passed to IMP.request_pay, all of it the browser's word. Source: docs/iamport-v1.md 9.2. */
export type RequestPayParams = Record<string, unknown>;

export interface WindowRequest {
  readonly userCode: string;
  readonly tier?: string | null;
  readonly params: RequestPayParams;
  /** pc or mobile. */
  readonly environment?: "pc" | "mobile";
  readonly userAgent?: string;
}

/** A refusal that the SDK gives the page before any window opens. Source: docs/iamport-v1.md 9.3, F1002. */
export interface WindowRefusal {
  readonly ok: false;
  readonly imp_uid: string | null;
  readonly merchant_uid: string;
  readonly error_code: string;
  readonly error_msg: string;
}

export type WindowOpening = { readonly ok: true; readonly payment: PaymentRecord } | WindowRefusal;

export type WindowOutcome =
  | { readonly kind: "card"; readonly cardCode?: string; readonly quota?: number }
  | { readonly kind: "easypay"; readonly provider: string }
  | { readonly kind: "trans"; readonly bankCode?: string }
  | { readonly kind: "phone" }
  | { readonly kind: "vbank"; readonly bankCode?: string; readonly holder?: string; readonly due?: number }
  | { readonly kind: "fail"; readonly code?: string; readonly reason?: string }
  | { readonly kind: "cancel" };

/** Column sizes of the gateway. Source: docs/iamport-v1.md 4 and 13.16. */
const COLUMN_SIZES: Readonly<Record<string, number>> = {
  merchant_uid: 40,
  name: 40,
  buyer_name: 16,
  buyer_email: 64,
  buyer_tel: 16,
  buyer_addr: 128,
  buyer_postcode: 8,
};

function textParam(state: ModelState, params: RequestPayParams, name: string): string | null {
  const value = params[name];
  if (typeof value !== "string") return null;
  return state.switches.truncateColumns ? value.slice(0, COLUMN_SIZES[name] ?? value.length) : value;
}

/** Since 2024-03-15 the SDK wants a number (docs/iamport-v1.md 9.2). */
function amountParam(params: RequestPayParams, name: string): DecimalText | undefined {
  const value = params[name];
  if (typeof value !== "number") return undefined;
  const text = String(value);
  return readDecimal(text) === undefined ? undefined : text;
}

interface Opening {
  readonly merchant: Merchant;
  readonly channel: Channel;
  readonly merchantUid: string;
  readonly amount: DecimalText;
  readonly currency: string;
}

/**
 * Opens the payment window: writes a `ready` record, as the gateway does the moment the window shows, or refuses.
 *
 * Refused are: a merchant_uid with an approved payment, an amount or currency that differs from the
 * pre-registration, an amount that is no number, and a currency that the channel does not take.
 * Source: docs/iamport-v1.md 4.1, 5 and 9.
 */
export function openWindow(
  state: ModelState,
  given: { request: WindowRequest; atMs: number },
): WindowOpening {
  const { request, atMs } = given;
  const opening = readOpening(state, { request, atMs });
  if ("ok" in opening) return opening;
  const { params } = request;
  const at = secondsOf(atMs);
  const fields: PaymentFields = {
    ...blankPayment({
      impUid: mintImpUid(state),
      merchantUid: opening.merchantUid,
      channel: opening.channel,
      at,
    }),
    ...buyerFields(state, request),
    amount: opening.amount,
    currency: opening.currency,
    pay_method: textParam(state, params, "pay_method") ?? "card",
    escrow: params["escrow"] === true,
  };
  const due = params["vbank_due"];
  const record = insertPayment(state, {
    fields: { ...fields, vbank_date: typeof due === "string" ? (readVbankDue(due) ?? 0) : 0 },
    meta: {
      userCode: request.userCode,
      tier: request.tier ?? null,
      channelKey: opening.channel.channelKey,
      updatedAt: at,
      noticeUrls: urlList(params["notice_url"]),
      confirmUrl: typeof params["confirm_url"] === "string" ? params["confirm_url"] : null,
      webhookUsed: false,
      taxFree: amountParam(params, "tax_free") ?? "0",
      vatAmount: amountParam(params, "vat_amount") ?? null,
      cancelRefusal: null,
      raw: {},
      omit: [],
    },
  });
  notePayment(state, { record, event: "opened", atMs });
  return { ok: true, payment: record };
}

function readOpening(
  state: ModelState,
  given: { request: WindowRequest; atMs: number },
): Opening | WindowRefusal {
  const { request, atMs } = given;
  const { params } = request;
  const merchantUid = textParam(state, params, "merchant_uid") ?? `nobody_${atMs}`;
  const no = (error_code: string, error_msg: string): WindowRefusal => ({
    ok: false,
    imp_uid: null,
    merchant_uid: merchantUid,
    error_code,
    error_msg,
  });

  const merchant = state.merchants.get(request.userCode);
  if (!merchant) return no("F1001", "등록되지 않은 판매자 코드입니다.");
  const amount = amountParam(params, "amount");
  if (amount === undefined || compareDecimals(amount, "0") <= 0)
    return no("F1004", "결제금액(amount)은 0보다 큰 숫자여야 합니다.");
  const text = (name: string) => (typeof params[name] === "string" ? { [name]: params[name] } : {});
  const channel = chooseChannel(merchant, { ...text("channelKey"), ...text("pg") });
  const currency = textParam(state, params, "currency") ?? channel.currencies[0] ?? "KRW";
  if (!channel.currencies.includes(currency)) return no("F1005", `지원되지 않는 통화입니다. (${currency})`);

  const key = merchantKey({ userCode: request.userCode, tier: request.tier ?? null }, merchantUid);
  if (hasApproval(state, key)) return no("F1002", "이미 결제가 이루어진 거래건입니다.");
  const prepared = state.prepared.get(key);
  const isOtherAmount = prepared && compareDecimals(prepared.amount, amount) !== 0;
  const isOtherCurrency = prepared?.currency != null && prepared.currency !== currency;
  if (isOtherAmount || isOtherCurrency)
    return no(state.switches.prepareMismatchCode, state.switches.prepareMismatchMessage);
  return { merchant, channel, merchantUid, amount, currency };
}

function buyerFields(state: ModelState, request: WindowRequest): Partial<PaymentFields> {
  const { params } = request;
  const text = (name: string) => textParam(state, params, name);
  const custom = params["custom_data"];
  return {
    channel: request.environment ?? "pc",
    name: text("name") ?? "",
    buyer_name: text("buyer_name"),
    buyer_email: text("buyer_email"),
    buyer_tel: text("buyer_tel"),
    buyer_addr: text("buyer_addr"),
    buyer_postcode: text("buyer_postcode"),
    custom_data: custom == null ? null : JSON.stringify(custom),
    customer_uid: text("customer_uid"),
    customer_uid_usage: text("customer_uid") === null ? null : "issue",
    user_agent: request.userAgent ?? null,
  };
}

/** notice_url may be one address or a list (docs/iamport-v1.md 8.2). */
function urlList(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((one): one is string => typeof one === "string" && one !== "");
}

export type WindowSettlement =
  | { readonly ok: true; readonly payment: PaymentRecord }
  | {
      readonly ok: false;
      readonly payment: PaymentRecord;
      readonly error_code: string;
      readonly error_msg: string;
    };

/**
 * Ends an open window the way the buyer chose.
 *
 * @returns undefined when there is no such open window: unknown id, already settled, or an account already issued
 */
export function settleWindow(
  state: ModelState,
  given: { impUid: string; outcome: WindowOutcome; atMs: number },
): WindowSettlement | undefined {
  const { outcome, atMs } = given;
  const record = state.payments.get(given.impUid);
  if (record?.status !== "ready" || record.vbank_num !== null) return undefined;
  const at = secondsOf(atMs);
  const key = merchantKey(record.meta, record.merchant_uid);
  if (outcome.kind === "fail" || outcome.kind === "cancel")
    return failWindow(state, { record, outcome, atMs });
  if (state.switches.refuseSecondApproval && hasApproval(state, key)) {
    const again = { kind: "fail", code: "F1002", reason: "이미 결제가 이루어진 거래건입니다." } as const;
    return failWindow(state, { record, outcome: again, atMs });
  }
  if (outcome.kind === "vbank") {
    const due = record.vbank_date > 0 ? { due: record.vbank_date } : {};
    const { kind: _kind, ...choice } = outcome;
    Object.assign(record, accountFields(state, { at, ...due, ...choice }));
    notePayment(state, { record, event: "issued", atMs });
    return { ok: true, payment: record };
  }
  Object.assign(record, methodFields(outcome), { vbank_date: 0 });
  const cardCode = outcome.kind === "card" && outcome.cardCode ? { cardCode: outcome.cardCode } : {};
  Object.assign(record, approvalFields(state, { fields: record, at, ...cardCode }));
  notePayment(state, { record, event: "captured", atMs });
  return { ok: true, payment: record };
}

/** The record's method may differ from the one asked for (docs/iamport-v1.md 4: kakaopay money => point). */
function methodFields(outcome: WindowOutcome): Partial<PaymentFields> {
  if (outcome.kind === "easypay") return { pay_method: "point", emb_pg_provider: outcome.provider };
  if (outcome.kind === "trans") {
    const { bankCode = "088" } = outcome;
    return { pay_method: "trans", bank_code: bankCode, bank_name: BANKS[bankCode] ?? null };
  }
  if (outcome.kind === "card") return { pay_method: "card", card_quota: outcome.quota ?? 0 };
  return { pay_method: outcome.kind };
}

function failWindow(
  state: ModelState,
  given: {
    record: PaymentRecord;
    outcome: Extract<WindowOutcome, { kind: "fail" | "cancel" }>;
    atMs: number;
  },
): WindowSettlement {
  const { record, outcome, atMs } = given;
  const isFail = outcome.kind === "fail";
  const reason = (isFail ? outcome.reason : undefined) ?? (isFail ? "한도초과" : "사용자가 결제를 취소함");
  Object.assign(record, { status: "failed", failed_at: secondsOf(atMs), fail_reason: reason, vbank_date: 0 });
  notePayment(state, { record, event: "failed", atMs });
  return {
    ok: false,
    payment: record,
    error_code: (isFail ? outcome.code : undefined) ?? "F400",
    error_msg: reason,
  };
}
