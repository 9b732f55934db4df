import { isDeepStrictEqual } from "node:util";
import type { Currency } from "../../domain/currency.ts";
import type { Money } from "../../domain/money.ts";
import type { Customer, Order, OrderStatus, Preparation } from "../../domain/order.ts";
import { DojangError } from "../../errors.ts";
import type { Draft, SealContext } from "./seal-context.ts";

/** Fixed at registration. A decision that changes one of them is our bug. */
const FROZEN = [
  "name",
  "amount",
  "taxFree",
  "vatAmount",
  "customer",
  "payBy",
  "isPayByGiven",
  "returnUrl",
  "metadata",
  "allowed",
  "createdAt",
] as const satisfies readonly (keyof Order)[];

export const STATE_COLUMNS = [
  "status",
  "paid_by",
  "paid_at",
  "refunded_minor",
  "approval_payment",
  "approval_until",
  "preparation",
] as const;
const ACCOUNT_COLUMNS = [
  "account_payment",
  "account_bank",
  "account_bank_code",
  "account_due_at",
  "account_private",
] as const;
const FROZEN_COLUMNS = [
  "name",
  "amount_minor",
  "currency",
  "tax_free_minor",
  "vat_minor",
  "customer_id",
  "tel_index",
  "mail_index",
  "pay_by",
  "is_pay_by_given",
  "return_url",
  "allowed",
  "created_at",
  "customer_private",
  "metadata_private",
] as const;
export const CHANGING_COLUMNS = [...STATE_COLUMNS, ...ACCOUNT_COLUMNS] as const;
export const INSERT_COLUMNS = ["merchant_uid", ...CHANGING_COLUMNS, ...FROZEN_COLUMNS] as const;

/** The columns that a reader needs, for a SELECT. */
export const ORDER_COLUMNS = INSERT_COLUMNS.filter((column) => !column.endsWith("_index"))
  .map((column) => `orders.${column}`)
  .join(", ");

export interface OrderRow {
  readonly merchant_uid: string;
  readonly status: OrderStatus;
  readonly paid_by: string | null;
  readonly paid_at: number | null;
  readonly refunded_minor: number;
  readonly approval_payment: string | null;
  readonly approval_until: number | null;
  readonly preparation: Preparation | null;
  readonly account_payment: string | null;
  readonly account_bank: string | null;
  readonly account_bank_code: string | null;
  readonly account_due_at: number | null;
  readonly account_private: Buffer | null;
  readonly name: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly tax_free_minor: number | null;
  readonly vat_minor: number | null;
  readonly customer_id: string | null;
  readonly pay_by: number;
  readonly is_pay_by_given: number;
  readonly return_url: string | null;
  readonly allowed: string | null;
  readonly created_at: number;
  readonly customer_private: Buffer | null;
  readonly metadata_private: Buffer | null;
}

/** @throws {DojangError} `internal_error` when the decision changed what is fixed */
export function checkOrder(order: Order, before: Order | undefined): void {
  const { currency } = order.amount;
  for (const money of [order.taxFree, order.vatAmount, order.refunded]) {
    if (money === undefined || money.currency === currency) continue;
    throw bug(order, `expected amounts in ${currency}, got ${money.currency}`);
  }
  if (before === undefined) return;
  for (const field of FROZEN) {
    if (order[field] === before[field] || isDeepStrictEqual(order[field], before[field])) continue;
    throw bug(order, `${field} is fixed at registration`);
  }
}

function bug(order: Order, why: string): DojangError {
  return new DojangError("internal_error", `Cannot write order ${order.orderId}: ${why}`);
}

export function stateColumns(order: Order) {
  return {
    merchant_uid: order.orderId,
    status: order.status,
    paid_by: order.paidBy ?? null,
    paid_at: order.paidAt ?? null,
    refunded_minor: order.refunded.amountMinor,
    approval_payment: order.approval?.paymentId ?? null,
    approval_until: order.approval?.until ?? null,
    preparation: order.preparation ?? null,
  };
}

export function accountColumns({ orderId, account }: Order, { sealer }: SealContext) {
  return {
    account_payment: account?.paymentId ?? null,
    account_bank: account?.bank ?? null,
    account_bank_code: account?.bankCode ?? null,
    account_due_at: account?.dueAt ?? null,
    account_private:
      account === undefined
        ? null
        : sealer.seal(JSON.stringify({ number: account.number, holder: account.holder }), {
            table: "orders",
            column: "account_private",
            row: orderId,
          }),
  };
}

export function frozenColumns(order: Order, { sealer, blindIndex }: SealContext) {
  const { customer, metadata, orderId } = order;
  const seal = (column: string, value: object) =>
    sealer.seal(JSON.stringify(value), { table: "orders", column, row: orderId });
  return {
    name: order.name,
    amount_minor: order.amount.amountMinor,
    currency: order.amount.currency,
    tax_free_minor: order.taxFree?.amountMinor ?? null,
    vat_minor: order.vatAmount?.amountMinor ?? null,
    customer_id: customer?.id ?? null,
    tel_index: customer?.tel === undefined ? null : (blindIndex.ofTel(customer.tel) ?? null),
    mail_index: customer?.email === undefined ? null : (blindIndex.ofMail(customer.email) ?? null),
    pay_by: order.payBy,
    is_pay_by_given: order.isPayByGiven ? 1 : 0,
    return_url: order.returnUrl ?? null,
    allowed: order.allowed === undefined ? null : JSON.stringify(order.allowed),
    created_at: order.createdAt,
    customer_private:
      customer === undefined ? null : seal("customer_private", { ...customer, id: undefined }),
    metadata_private: metadata === undefined ? null : seal("metadata_private", metadata),
  };
}

export function readOrderRow(row: OrderRow, { sealer }: SealContext): Order {
  const money = (amountMinor: number): Money => ({ amountMinor, currency: row.currency as Currency });
  const open = (column: string, sealed: Buffer) =>
    JSON.parse(sealer.open(sealed, { table: "orders", column, row: row.merchant_uid }).toString("utf8"));
  const order: Draft<Order> = {
    orderId: row.merchant_uid,
    name: row.name,
    amount: money(row.amount_minor),
    payBy: row.pay_by,
    isPayByGiven: row.is_pay_by_given === 1,
    createdAt: row.created_at,
    status: row.status,
    refunded: money(row.refunded_minor),
  };
  if (row.approval_payment !== null && row.approval_until !== null)
    order.approval = { paymentId: row.approval_payment, until: row.approval_until };
  if (row.preparation !== null) order.preparation = row.preparation;
  if (row.tax_free_minor !== null) order.taxFree = money(row.tax_free_minor);
  if (row.vat_minor !== null) order.vatAmount = money(row.vat_minor);
  if (row.return_url !== null) order.returnUrl = row.return_url;
  if (row.allowed !== null) order.allowed = JSON.parse(row.allowed);
  if (row.paid_by !== null) order.paidBy = row.paid_by;
  if (row.paid_at !== null) order.paidAt = row.paid_at;
  if (row.metadata_private !== null) order.metadata = open("metadata_private", row.metadata_private);
  if (row.customer_private !== null) {
    const customer: Draft<Customer> = open("customer_private", row.customer_private);
    if (row.customer_id !== null) customer.id = row.customer_id;
    order.customer = customer;
  }
  if (row.account_payment !== null && row.account_private !== null) {
    const account: Draft<NonNullable<Order["account"]>> = {
      ...open("account_private", row.account_private),
      paymentId: row.account_payment,
      bank: row.account_bank ?? "",
    };
    if (row.account_bank_code !== null) account.bankCode = row.account_bank_code;
    if (row.account_due_at !== null) account.dueAt = row.account_due_at;
    order.account = account;
  }
  return order;
}
