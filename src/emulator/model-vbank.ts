import { readDecimal } from "./decimal-text.ts";
import { accountFields, blankPayment } from "./model-create.ts";
import {
  done,
  hasApproval,
  insertPayment,
  type ModelState,
  merchantKey,
  mintImpUid,
  notePayment,
  type Result,
  refuse,
  secondsOf,
  unknownPayment,
  type Viewer,
} from "./model-state.ts";
import type { PaymentRecord } from "./payment-record.ts";
import { BANKS } from "./standard-codes.ts";

/** The parameters of POST /vbanks, numbers as their own text. Source: v1 API; docs/iamport-v1.md 7. */
export interface VbankRequest {
  readonly fields: Readonly<Record<string, string | null | undefined>>;
  readonly noticeUrls: readonly string[];
}

function readVbank(request: VbankRequest, at: number): Result<{ amount: string; due: number }> {
  const { fields } = request;
  for (const name of ["channel_key", "merchant_uid", "amount", "vbank_code", "vbank_due"]) {
    if (!fields[name]) return refuse(400, -1, `필수 파라메터가 누락되었습니다. (${name})`);
  }
  const amount = fields["amount"] ?? "";
  if ((readDecimal(amount) ?? 0n) <= 0n) return refuse(400, -1, "amount 파라메터가 올바르지 않습니다.");
  const due = Number(fields["vbank_due"]);
  if (!Number.isInteger(due) || due <= at)
    return refuse(400, -1, "vbank_due는 현재보다 미래의 UNIX timestamp여야 합니다.");
  if (!BANKS[fields["vbank_code"] ?? ""]) return refuse(400, -1, "지원되지 않는 은행코드(vbank_code)입니다.");
  return done({ amount, due });
}

/** Issues a virtual account without a window. Several may wait for one merchant_uid, unless one is paid already. */
export function issueVbank(
  state: ModelState,
  asked: { viewer: Viewer; request: VbankRequest; atMs: number },
): Result<PaymentRecord> {
  const { viewer, request, atMs } = asked;
  const at = secondsOf(atMs);
  const { fields } = request;
  const read = readVbank(request, at);
  if (!read.ok) return read;
  const channel = state.merchants
    .get(viewer.userCode)
    ?.channels.find((one) => one.channelKey === fields["channel_key"]);
  if (!channel) return refuse(400, -1, "등록되지 않은 채널(channel_key)입니다.");
  const merchantUid = fields["merchant_uid"] ?? "";
  if (hasApproval(state, merchantKey(viewer, merchantUid)))
    return refuse(200, 1, "이미 결제가 이루어진 거래건입니다.");
  const text = (name: string) => fields[name] ?? null;
  const bankCode = fields["vbank_code"] ?? "088";
  const holder = fields["vbank_holder"] ? { holder: fields["vbank_holder"] } : {};
  const record = insertPayment(state, {
    fields: {
      ...blankPayment({ impUid: mintImpUid(state, state.switches.apiVbankPrefix), merchantUid, channel, at }),
      ...accountFields(state, { at, due: read.value.due, bankCode, ...holder }),
      ...(fields["vbank_num"] ? { vbank_num: fields["vbank_num"] } : {}),
      channel: "api",
      amount: read.value.amount,
      name: text("name") ?? "",
      buyer_name: text("buyer_name"),
      buyer_email: text("buyer_email"),
      buyer_tel: text("buyer_tel"),
      buyer_addr: text("buyer_addr"),
      buyer_postcode: text("buyer_postcode"),
      custom_data: text("custom_data"),
    },
    meta: {
      userCode: viewer.userCode,
      tier: viewer.tier,
      channelKey: channel.channelKey,
      updatedAt: at,
      noticeUrls: request.noticeUrls,
      confirmUrl: null,
      webhookUsed: false,
      taxFree: fields["tax_free"] || "0",
      vatAmount: fields["vat_amount"] || null,
      cancelRefusal: null,
      raw: {},
      omit: [],
    },
  });
  notePayment(state, { record, event: "issued", atMs });
  return done(record);
}

function openAccount(state: ModelState, asked: { viewer: Viewer; impUid: string }): Result<PaymentRecord> {
  const record = state.payments.get(asked.impUid);
  const isTheirs = record?.meta.userCode === asked.viewer.userCode && record.meta.tier === asked.viewer.tier;
  if (!record || !isTheirs) return unknownPayment();
  if (record.vbank_num === null || record.status !== "ready") {
    return refuse(400, -1, "입금대기 상태의 가상계좌가 아닙니다.");
  }
  return done(record);
}

/** Changes amount or deadline of an open account; only the PG `settle` can. */
export function changeVbank(
  state: ModelState,
  asked: { viewer: Viewer; impUid: string; amount?: string | null; due?: string | null; atMs: number },
): Result<PaymentRecord> {
  const found = openAccount(state, asked);
  if (!found.ok) return found;
  const record = found.value;
  const { amount, due } = asked;
  if (record.pg_provider !== "settle") return refuse(400, -1, "가상계좌 수정을 지원하지 않는 PG사입니다.");
  if (amount && (!/^\d+$/.test(amount) || (readDecimal(amount) ?? 0n) <= 0n))
    return refuse(400, -1, "amount 파라메터가 올바르지 않습니다.");
  if (due && (!/^\d+$/.test(due) || Number(due) <= secondsOf(asked.atMs)))
    return refuse(400, -1, "vbank_due 파라메터가 올바르지 않습니다.");
  if (amount) record.amount = amount;
  if (due) record.vbank_date = Number(due);
  notePayment(state, { record, event: "changed", atMs: asked.atMs });
  return done(record);
}

/** Closes an open account; the payment becomes `failed` (docs/iamport-v1.md 7). */
export function closeVbank(
  state: ModelState,
  asked: { viewer: Viewer; impUid: string; atMs: number },
): Result<PaymentRecord> {
  const found = openAccount(state, asked);
  if (!found.ok) return found;
  const record = found.value;
  Object.assign(record, {
    status: "failed",
    failed_at: secondsOf(asked.atMs),
    fail_reason: "가상계좌가 말소되었습니다.",
  });
  notePayment(state, { record, event: "failed", atMs: asked.atMs });
  return done(record);
}

/** The holder of an account. Here every account of a known bank with 8 to 16 digits has one, unless it ends in 0000. */
export function findVbankHolder(asked: {
  bankCode?: string | null;
  bankNum?: string | null;
}): Result<string> {
  const { bankCode, bankNum } = asked;
  if (!bankCode || !bankNum) return refuse(400, -1, "bank_code, bank_num 파라메터가 누락되었습니다.");
  const isKnown = BANKS[bankCode] !== undefined && /^\d{8,16}$/.test(bankNum) && !bankNum.endsWith("0000");
  return isKnown ? done("홍길동") : refuse(404, -1, "예금주를 조회할 수 없습니다.");
}
