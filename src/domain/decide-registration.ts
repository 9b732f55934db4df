import type { Aggregate, Decision, NewTask } from "./decision.ts";
import { nextLookAt } from "./look-schedule.ts";
import { lookTask, verifyTask } from "./look-tasks.ts";
import { amountText, type Money, sameMoney } from "./money.ts";
import type { Allowed, Customer, Metadata, Order } from "./order.ts";
import { type PreparePolicy, prepareTask } from "./preparation.ts";

/** The fields that a repeated registration is compared in, in precedence. */
export type OrderField =
  | "currency"
  | "amount"
  | "name"
  | "tax_free"
  | "vat_amount"
  | "customer"
  | "pay_by"
  | "return_url"
  | "metadata"
  | "allowed";

export type RegisterOutcome =
  | { readonly kind: "registered"; readonly order: Order }
  | { readonly kind: "exists"; readonly order: Order }
  | { readonly kind: "exists_with_different"; readonly field: OrderField };

/** What the shop asked for, with defaults filled in, and whether this server has the gateway hold the amount ahead. */
export type NewOrder = Omit<
  Order,
  "status" | "createdAt" | "paidBy" | "paidAt" | "account" | "refunded" | "approval" | "preparation"
> & { readonly prepare?: PreparePolicy };

/**
 * Registers an order, once. The same fields again are the same order; others are refused by the name of the first that
 * differs. Payments that arrived before the order are looked at again in the same transaction.
 */
export function decideRegistration(
  aggregate: Aggregate,
  { prepare = "off", ...asked }: NewOrder,
): Decision<RegisterOutcome> {
  const { order: existing, now, orderId } = aggregate;
  if (existing !== undefined) {
    const field = differingField(existing, asked);
    return {
      outcome:
        field === undefined ? { kind: "exists", order: existing } : { kind: "exists_with_different", field },
    };
  }
  const refunded: Money = { amountMinor: 0, currency: asked.amount.currency };
  // Only what withholds the buyer's page is the order's business: else a repeated registration would answer otherwise.
  const withheld = prepare === "required" ? ({ preparation: "wanted" } as const) : {};
  const order: Order = { ...asked, ...withheld, createdAt: now, status: "pending", refunded };
  const look: NewTask = { ...lookTask(orderId, nextLookAt(order, now) ?? now), repeat: "once" };
  const verifications = aggregate.payments.map(({ paymentId }) =>
    verifyTask(paymentId, { dueAt: now, orderId, foundBy: "registration" }),
  );
  const preparation = prepare === "off" ? [] : [prepareTask(orderId, now)];
  const data = { amount: amountText(order.amount), currency: order.amount.currency };
  return {
    outcome: { kind: "registered", order },
    order,
    events: [{ type: "order.registered", data }],
    tasks: [look, ...preparation, ...verifications],
  };
}

function differingField(order: Order, asked: Omit<NewOrder, "prepare">): OrderField | undefined {
  const isSame: Readonly<Record<OrderField, boolean>> = {
    currency: order.amount.currency === asked.amount.currency,
    amount: order.amount.amountMinor === asked.amount.amountMinor,
    name: order.name === asked.name,
    tax_free: isSameOptional(order.taxFree, asked.taxFree),
    vat_amount: isSameOptional(order.vatAmount, asked.vatAmount),
    customer: isSameCustomer(order.customer, asked.customer),
    pay_by: order.isPayByGiven === asked.isPayByGiven && (!asked.isPayByGiven || order.payBy === asked.payBy),
    return_url: order.returnUrl === asked.returnUrl,
    metadata: isSameRecord(order.metadata ?? {}, asked.metadata ?? {}),
    allowed: isSameAllowed(order.allowed, asked.allowed),
  };
  return (Object.keys(isSame) as OrderField[]).find((field) => !isSame[field]);
}

function isSameOptional(one: Money | undefined, other: Money | undefined): boolean {
  return one === undefined || other === undefined ? one === other : sameMoney(one, other);
}

function isSameCustomer(one: Customer = {}, other: Customer = {}): boolean {
  return one.id === other.id && one.name === other.name && one.email === other.email && one.tel === other.tel;
}

function isSameRecord(one: Metadata, other: Metadata): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

function isSameAllowed(one: Allowed = {}, other: Allowed = {}): boolean {
  return isSameSet(one.payMethods, other.payMethods) && isSameSet(one.channels, other.channels);
}

function isSameSet(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const members = new Set(one);
  return members.size === new Set(other).size && other.every((member) => members.has(member));
}
