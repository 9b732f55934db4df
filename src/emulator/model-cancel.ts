import {
  addDecimals,
  compareDecimals,
  type DecimalText,
  readDecimal,
  subtractDecimals,
} from "./decimal-text.ts";
import { isSameKoreanMonth } from "./korean-due.ts";
import { cancellationId } from "./model-create.ts";
import {
  done,
  type ModelState,
  merchantKey,
  notePayment,
  type Refusal,
  type Result,
  refuse,
  secondsOf,
  type Viewer,
} from "./model-state.ts";
import type { CancelHistoryItem, PaymentRecord } from "./payment-record.ts";

/** The parameters of POST /payments/cancel, numbers as their own text; absent and null are the same. */
export interface CancelRequest {
  readonly imp_uid?: string | null;
  readonly merchant_uid?: string | null;
  readonly amount?: string | null;
  readonly tax_free?: string | null;
  readonly vat_amount?: string | null;
  readonly checksum?: string | null;
  readonly reason?: string | null;
  readonly refund_holder?: string | null;
  readonly refund_bank?: string | null;
  readonly refund_account?: string | null;
  readonly enable_webhook?: boolean;
}

export interface Cancelled {
  readonly payment: PaymentRecord;
  /** Absent while the PG has only taken it. */
  readonly cancellation?: CancelHistoryItem;
  /** By enable_webhook, and only for payments that had used a webhook (docs/iamport-v1.md 6). */
  readonly notify: boolean;
}

/** PGs that want the VAT of the part again when VAT was set at payment time (docs/iamport-v1.md 6). */
const WANTS_VAT = new Set(["nice", "html5_inicis", "welcome", "nice_v2"]);

const PG_REFUSED = "결제취소에 실패하였습니다.";

/**
 * Gives money back: all that is left when `amount` is missing or 0, otherwise that part. Nothing happens on a refusal.
 *
 * Source: v1 API, /payments/cancel; docs/iamport-v1.md 6. Texts that are open there are switches.
 */
export function cancelPayment(
  state: ModelState,
  given: { viewer: Viewer; request: CancelRequest; atMs: number },
): Result<Cancelled> {
  const { viewer, request, atMs } = given;
  if (!request.imp_uid && !request.merchant_uid) {
    return refuse(
      state.switches.cancelWithoutIdStatus,
      -1,
      "imp_uid 또는 merchant_uid 중 하나를 지정해주셔야합니다.",
    );
  }
  const record = findCancellable(state, { viewer, request });
  if (!record) return refuse(200, 1, "취소할 결제건이 존재하지 않습니다.");
  const balance = subtractDecimals(record.amount, record.cancel_amount);
  if (compareDecimals(balance, "0") <= 0) return refuse(200, 1, "이미 전액취소된 주문입니다.");

  const wanted = request.amount ?? "0";
  if (readDecimal(wanted) === undefined || compareDecimals(wanted, "0") < 0)
    return refuse(400, -1, "취소금액이 올바르지 않습니다.");
  const amount = compareDecimals(wanted, "0") === 0 ? balance : wanted;
  const refusal =
    refuseByChecksum(state, { request, balance }) ??
    refuseByBalance({ amount, balance }) ??
    refuseByPg({ record, request, atMs });
  if (refusal) return refusal;

  const taxFree = request.tax_free ?? "0";
  if (readDecimal(taxFree) !== undefined)
    record.meta.taxFreeCancelled = addDecimals(record.meta.taxFreeCancelled, taxFree);
  const reason = request.reason ?? "";
  if (record.meta.pendingCancels !== undefined) {
    record.meta.pendingCancels.push({ amount, reason });
    return done({ payment: record, notify: false });
  }
  const cancellation = applyCancel(state, { record, amount, reason, atMs });
  return done({
    payment: record,
    cancellation,
    notify: request.enable_webhook === true && record.meta.webhookUsed,
  });
}

/** imp_uid wins; an unknown one fails whatever merchant_uid says. Only money that was taken can go back. */
function findCancellable(
  state: ModelState,
  given: { viewer: Viewer; request: CancelRequest },
): PaymentRecord | undefined {
  const { viewer, request } = given;
  const isCancellable = (one: PaymentRecord) => one.status === "paid" || one.status === "cancelled";
  if (request.imp_uid) {
    const record = state.payments.get(request.imp_uid);
    const isTheirs = record?.meta.userCode === viewer.userCode && record.meta.tier === viewer.tier;
    return record && isTheirs && isCancellable(record) ? record : undefined;
  }
  const attempts = state.byMerchantUid.get(merchantKey(viewer, request.merchant_uid ?? "")) ?? [];
  return attempts.findLast((one) => one.status === "paid") ?? attempts.findLast(isCancellable);
}

function refuseByChecksum(
  state: ModelState,
  given: { request: CancelRequest; balance: DecimalText },
): Refusal | undefined {
  const { checksum } = given.request;
  if (checksum == null || checksum === "") return undefined;
  const isEqual = readDecimal(checksum) !== undefined && compareDecimals(checksum, given.balance) === 0;
  return isEqual ? undefined : refuse(200, 1, state.switches.checksumMismatchMessage);
}

function refuseByBalance(given: { amount: DecimalText; balance: DecimalText }): Refusal | undefined {
  if (compareDecimals(given.amount, given.balance) <= 0) return undefined;
  return refuse(200, 1, `취소요청금액이 취소 가능한 잔액(${given.balance})보다 큽니다.`);
}

function refuseByPg(given: {
  record: PaymentRecord;
  request: CancelRequest;
  atMs: number;
}): Refusal | undefined {
  const { record, request } = given;
  const no = (why: string) => refuse(200, -1, `${PG_REFUSED} ${why}`);
  if (record.meta.cancelRefusal !== null) return no(record.meta.cancelRefusal);
  if (
    record.pay_method === "vbank" &&
    !(request.refund_holder && request.refund_bank && request.refund_account)
  ) {
    return no("환불계좌 정보(refund_holder, refund_bank, refund_account)가 필요합니다.");
  }
  if (record.pay_method === "phone" && !isSameKoreanMonth(record.paid_at, secondsOf(given.atMs))) {
    return no("휴대폰 소액결제는 결제한 달이 지나면 취소할 수 없습니다.");
  }
  if (record.pg_provider === "naverpay" && !request.reason) return no("취소사유(reason)가 필요합니다.");
  if (record.meta.vatAmount !== null && WANTS_VAT.has(record.pg_provider) && request.vat_amount == null) {
    return no("부가세(vat_amount)가 필요합니다.");
  }
  const taxFree = request.tax_free ?? "0";
  if (readDecimal(taxFree) === undefined) return no("면세금액(tax_free)이 올바르지 않습니다.");
  const left = subtractDecimals(record.meta.taxFree, record.meta.taxFreeCancelled);
  return compareDecimals(taxFree, left) > 0
    ? no(`면세금액(tax_free)이 남은 면세금액(${left})보다 큽니다.`)
    : undefined;
}

/** Writes one cancellation into the record; every check has been made. */
export function applyCancel(
  state: ModelState,
  given: { record: PaymentRecord; amount: DecimalText; reason: string; atMs: number },
): CancelHistoryItem {
  const { record, amount, reason, atMs } = given;
  const at = secondsOf(atMs);
  const item: CancelHistoryItem = {
    pg_tid: record.pg_tid ?? "",
    amount,
    cancelled_at: at,
    reason,
    cancellation_id: cancellationId(state),
    receipt_url: record.receipt_url,
  };
  record.cancel_history.push(item);
  record.cancel_amount = addDecimals(record.cancel_amount, amount);
  record.cancelled_at = at;
  record.cancel_reason = reason;
  const isWhole = compareDecimals(record.cancel_amount, record.amount) >= 0;
  record.status = isWhole ? "cancelled" : state.switches.partialCancelStatus;
  notePayment(state, { record, event: "cancelled", atMs });
  return item;
}
