import type { Currency } from "../../domain/currency.ts";
import type { Money } from "../../domain/money.ts";
import type { Refund, RefundAccount, RefundState } from "../../domain/refund.ts";
import type { Draft, SealContext } from "./seal-context.ts";

export const REFUND_CHANGING_COLUMNS = [
  "state",
  "sends",
  "sent_at",
  "accepted_at",
  "cancelled_before_minor",
  "finished_at",
  "failure_code",
  "refund_private",
] as const;
const FROZEN_COLUMNS = [
  "merchant_uid",
  "refund_id",
  "imp_uid",
  "amount_minor",
  "currency",
  "tax_free_minor",
  "vat_minor",
  "requester",
  "retains_promotion",
  "fingerprint",
  "actor",
  "discrepancy_id",
  "requested_at",
] as const;
export const REFUND_COLUMNS = [...FROZEN_COLUMNS, ...REFUND_CHANGING_COLUMNS];

export interface RefundRow {
  readonly merchant_uid: string;
  readonly refund_id: string;
  readonly imp_uid: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly tax_free_minor: number | null;
  readonly vat_minor: number | null;
  readonly requester: "customer" | "admin" | null;
  readonly retains_promotion: number;
  readonly fingerprint: string;
  readonly actor: string;
  readonly discrepancy_id: string | null;
  readonly requested_at: number;
  readonly state: RefundState;
  readonly sends: number;
  readonly sent_at: number | null;
  readonly accepted_at: number | null;
  readonly cancelled_before_minor: number | null;
  readonly finished_at: number | null;
  readonly failure_code: string | null;
  readonly refund_private: Buffer;
}

/** What is sealed, as one line of JSON. */
interface RefundPrivate {
  readonly reason: string;
  readonly account?: RefundAccount | undefined;
  readonly failure?: string | undefined;
}

export function toRefundRow(refund: Refund, { sealer }: SealContext): RefundRow {
  const { orderId, refundId, reason, account, failure } = refund;
  const hidden: RefundPrivate = { reason, account, failure: failure?.message };
  return {
    merchant_uid: orderId,
    refund_id: refundId,
    imp_uid: refund.paymentId,
    amount_minor: refund.amount.amountMinor,
    currency: refund.amount.currency,
    tax_free_minor: refund.taxFree?.amountMinor ?? null,
    vat_minor: refund.vatAmount?.amountMinor ?? null,
    requester: refund.requester ?? null,
    retains_promotion: Number(refund.retainsPromotion),
    fingerprint: refund.fingerprint,
    actor: refund.actor,
    discrepancy_id: refund.discrepancyId ?? null,
    requested_at: refund.requestedAt,
    state: refund.state,
    sends: refund.sends,
    sent_at: refund.sentAt ?? null,
    accepted_at: refund.acceptedAt ?? null,
    cancelled_before_minor: refund.cancelledBeforeMinor ?? null,
    finished_at: refund.finishedAt ?? null,
    failure_code: failure?.code ?? null,
    refund_private: sealer.seal(JSON.stringify(hidden), privatePlace(refundId)),
  };
}

export function fromRefundRow(row: RefundRow, { sealer }: SealContext): Refund {
  const hidden: RefundPrivate = JSON.parse(
    sealer.open(row.refund_private, privatePlace(row.refund_id)).toString("utf8"),
  );
  const money = (amountMinor: number): Money => ({ amountMinor, currency: row.currency as Currency });
  const refund: Draft<Refund> = {
    refundId: row.refund_id,
    orderId: row.merchant_uid,
    paymentId: row.imp_uid,
    amount: money(row.amount_minor),
    reason: hidden.reason,
    retainsPromotion: row.retains_promotion === 1,
    fingerprint: row.fingerprint,
    actor: row.actor,
    state: row.state,
    requestedAt: row.requested_at,
    sends: row.sends,
  };
  if (row.tax_free_minor !== null) refund.taxFree = money(row.tax_free_minor);
  if (row.vat_minor !== null) refund.vatAmount = money(row.vat_minor);
  if (row.requester !== null) refund.requester = row.requester;
  if (hidden.account !== undefined) refund.account = hidden.account;
  if (row.discrepancy_id !== null) refund.discrepancyId = row.discrepancy_id;
  if (row.sent_at !== null) refund.sentAt = row.sent_at;
  if (row.accepted_at !== null) refund.acceptedAt = row.accepted_at;
  if (row.cancelled_before_minor !== null) refund.cancelledBeforeMinor = row.cancelled_before_minor;
  if (row.finished_at !== null) refund.finishedAt = row.finished_at;
  if (row.failure_code !== null) refund.failure = { code: row.failure_code, message: hidden.failure ?? "" };
  return refund;
}

/** An id is one refund's, so it alone tells the place. */
function privatePlace(refundId: string) {
  return { table: "refunds", column: "refund_private", row: refundId };
}
