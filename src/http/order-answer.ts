import { koreanRfc3339 } from "../domain/korean-time.ts";
import { amountMajor } from "../domain/money.ts";
import type { Metadata, Order } from "../domain/order.ts";
import type { Payment, PaymentStatus, VirtualAccount } from "../domain/payment.ts";
import type { Refund } from "../domain/refund.ts";
import type { OrderView, StoredDiscrepancy } from "../storage/store.ts";
import type { HttpDeps } from "./http-deps.ts";
import { maskAccount, maskCustomer, maskMetadata } from "./mask-customer.ts";
import type { RefundAnswer } from "./refund-schemas.ts";
import type { OrderAnswer } from "./schemas.ts";

/** i'mport's words for our statuses: the wire speaks the gateway's language. */
const WIRE_STATUS: Readonly<Record<PaymentStatus, string>> = {
  pending: "ready",
  paid: "paid",
  failed: "failed",
  cancelled: "cancelled",
  unknown: "unknown",
};

/** An order as the shop sees it; in the console whatever may tell of the buyer is masked. */
export function orderAnswer(view: OrderView, { publicUrl, isMasking = false }: Look): OrderAnswer {
  const { order } = view;
  return {
    merchant_uid: order.orderId,
    status: order.status,
    name: order.name,
    amount: amountMajor(order.amount),
    currency: order.amount.currency,
    tax_free: order.taxFree === undefined ? null : amountMajor(order.taxFree),
    vat_amount: order.vatAmount === undefined ? null : amountMajor(order.vatAmount),
    customer: isMasking ? maskedCustomer(order) : customerOf(order),
    pay_by: rfc3339(order.payBy),
    preparation: order.preparation ?? null,
    return_url: order.returnUrl ?? null,
    checkout_url: `${publicUrl()}/checkout/${order.orderId}`,
    metadata: isMasking ? maskMetadata(metadataOf(order)) : metadataOf(order),
    allowed: allowedOf(order),
    virtual_account:
      order.account === undefined
        ? null
        : accountAnswer(isMasking ? maskAccount(order.account) : order.account, order),
    imp_uid: order.paidBy ?? null,
    paid_at: order.paidAt === undefined ? null : rfc3339(order.paidAt),
    refunded_amount: amountMajor(order.refunded),
    payments: view.payments.map((payment) => paymentAnswer(payment, isMasking)),
    refunds: view.refunds.map(refundAnswer),
    discrepancies: view.discrepancies.map(discrepancyAnswer),
    created_at: rfc3339(order.createdAt),
    version: view.version,
  };
}

/** The account as a buyer needs it. Where the PG named no due date, the order's pay_by is shown. */
export function accountAnswer(account: VirtualAccount, order: Pick<Order, "payBy">) {
  return {
    vbank_num: account.number,
    vbank_name: account.bank,
    vbank_holder: account.holder ?? null,
    vbank_date: koreanRfc3339(account.dueAt ?? order.payBy),
  };
}

type Look = Pick<HttpDeps, "publicUrl" | "isMasking">;

function maskedCustomer({ customer }: Order): OrderAnswer["customer"] {
  const masked = customer && maskCustomer(customer);
  return customer === undefined
    ? null
    : { id: customer.id ?? null, ...(masked ?? { name: null, email: null, tel: null }) };
}

export function customerOf({ customer }: Order): OrderAnswer["customer"] {
  if (customer === undefined) return null;
  const { id = null, name = null, email = null, tel = null } = customer;
  return { id, name, email, tel };
}

/** What the shop noted: often of the buyer. */
export function metadataOf({ metadata = {} }: Order): Metadata {
  return metadata;
}

function allowedOf({ allowed }: Order): OrderAnswer["allowed"] {
  if (allowed === undefined) return null;
  const { payMethods, channels } = allowed;
  return { pay_methods: payMethods ? [...payMethods] : null, channels: channels ? [...channels] : null };
}

/** A receipt at the PG names the buyer to whoever has its address. */
function paymentAnswer(payment: Payment, isMasking: boolean): OrderAnswer["payments"][number] {
  const { amount, cancelled } = payment;
  return {
    imp_uid: payment.paymentId,
    status: WIRE_STATUS[payment.status],
    amount: amount.money === undefined ? null : amountMajor(amount.money),
    currency: payment.currency,
    cancelled_amount: cancelled.money === undefined ? null : amountMajor(cancelled.money),
    verdict: payment.verdict,
    pay_method: payment.payMethod ?? null,
    paid_at: payment.paidAt === undefined ? null : rfc3339(payment.paidAt),
    receipt_url: isMasking ? null : (payment.receiptUrl ?? null),
    clauses: payment.clauses.map((clause) => ({ ...clause })),
  };
}

/** Without the account that it goes to. The PG's words are shown: this is the shop's own side. */
export function refundAnswer(refund: Refund): RefundAnswer {
  const { failure, finishedAt } = refund;
  return {
    id: refund.refundId,
    imp_uid: refund.paymentId,
    amount: amountMajor(refund.amount),
    state: refund.state,
    reason: refund.reason,
    requested_at: rfc3339(refund.requestedAt),
    finished_at: finishedAt === undefined ? null : rfc3339(finishedAt),
    ...(failure === undefined ? {} : { failure: { ...failure } }),
  };
}

function discrepancyAnswer(discrepancy: StoredDiscrepancy): OrderAnswer["discrepancies"][number] {
  return {
    id: discrepancy.id,
    kind: discrepancy.kind,
    imp_uid: discrepancy.paymentId ?? null,
    opened_at: rfc3339(discrepancy.openedAt),
    resolved_at: discrepancy.resolvedAt === undefined ? null : rfc3339(discrepancy.resolvedAt),
  };
}

function rfc3339(at: number): string {
  return new Date(at).toISOString();
}
