import type { Clause } from "./clause.ts";
import { isDueInTime, paymentDeadline } from "./deadline.ts";
import { amountText } from "./money.ts";
import type { Order } from "./order.ts";
import type { PaymentSnapshot } from "./payment.ts";
import type { Policy } from "./policy.ts";

/**
 * What the acceptance rule finds, in its order of precedence: the first that matches is the finding.
 * `forgery`: a clause on identity of the money fails. Deny is the default: `pays` is reached only past all others.
 */
export type Finding =
  | "forgery"
  | "unreadable"
  | "failed"
  | "cancelled"
  | "paid_by_another"
  | "order_closed"
  | "paid_late"
  | "window_only"
  | "account_due_too_late"
  | "account"
  | "pays";

export interface Acceptance {
  readonly finding: Finding;
  /** Each clause with the value expected and the value seen, also those behind the first that failed. */
  readonly clauses: readonly Clause[];
}

/** The clauses whose failure is a forgery, in precedence. */
const FORGERY_CLAUSES: readonly string[] = [
  "sandbox",
  "currency",
  "amount",
  "pay_method",
  "channel",
  "promotion",
  "customer_uid",
];

/** Compares one payment with its order of record, by the clauses K2 and K6 to K14 of docs/guarantees. Pure and total. */
export function acceptPayment(order: Order, payment: PaymentSnapshot, policy: Policy): Acceptance {
  const clauses = [
    ...moneyClauses(order, payment, policy),
    ...meansClauses(order, payment, policy),
    ...lifeClauses(order, payment),
  ];
  return { finding: find(payment, clauses), clauses };
}

function find(payment: PaymentSnapshot, clauses: readonly Clause[]): Finding {
  const isBroken = (name: string) => clauses.some((clause) => clause.name === name && !clause.holds);
  if (FORGERY_CLAUSES.some(isBroken)) return "forgery";
  if (isBroken("answer") || payment.status === "unknown") return "unreadable";
  if (payment.status === "failed") return "failed";
  if (payment.status === "cancelled" || isBroken("cancelled")) return "cancelled";
  if (isBroken("one_payment")) return "paid_by_another";
  if (isBroken("order_open")) return "order_closed";
  if (payment.status === "pending") {
    if (payment.account === undefined) return "window_only";
    return isBroken("due_date") ? "account_due_too_late" : "account";
  }
  return isBroken("paid_in_time") ? "paid_late" : "pays";
}

function moneyClauses(order: Order, payment: PaymentSnapshot, policy: Policy): Clause[] {
  const isFaulty = (field: string) => payment.faults.includes(field);
  const { amount } = order;
  const sandbox = String(policy.isSandbox);
  const isKind = isFaulty("sandbox") || payment.sandbox === policy.isSandbox;
  const isCurrency = isFaulty("currency") || payment.currency === amount.currency;
  const isAmount = isFaulty("amount") || isFaulty("currency") || isExact(order, payment);
  const whole = "every required field";
  return [
    clause("K11", "sandbox", sandbox, seenSandbox(payment), isKind),
    clause("K9", "currency", amount.currency, payment.currency, isCurrency),
    clause("K8", "amount", amountText(amount), payment.amount.text, isAmount),
    clause("K2", "answer", whole, payment.faults.join(" ") || whole, payment.faults.length === 0),
  ];
}

function meansClauses(order: Order, payment: PaymentSnapshot, policy: Policy): Clause[] {
  const { payMethod, promotionId, customerUid, customerUidUsage } = payment;
  const payMethods = order.allowed?.payMethods;
  const isMethod = payMethods === undefined || (payMethod !== undefined && payMethods.includes(payMethod));
  const isPromotion = promotionId === undefined || policy.promotions.has(promotionId);
  const isOneOff = customerUid === undefined && customerUidUsage === undefined;
  const channel = `${payment.pgProvider ?? ""}:${payment.pgMerchantId ?? ""}`;
  return [
    clause("K12", "pay_method", payMethods?.join(" ") ?? "any", payMethod ?? "none", isMethod),
    clause(
      "K12",
      "channel",
      expectedChannels(order, policy),
      channel,
      isChannelAllowed(order, policy, payment),
    ),
    clause(
      "K12",
      "promotion",
      [...policy.promotions].join(" ") || "none",
      promotionId ?? "none",
      isPromotion,
    ),
    clause("K12", "customer_uid", "none", customerUid ?? customerUidUsage ?? "none", isOneOff),
  ];
}

function lifeClauses(order: Order, payment: PaymentSnapshot): Clause[] {
  const { account } = payment;
  const cancelled = payment.cancelled.money?.amountMinor;
  const isOther = order.paidBy !== undefined && order.paidBy !== payment.paymentId;
  const isOpen = order.status === "pending" || order.status === "awaiting_deposit";
  const deadline = paymentDeadline(order, account);
  return [
    clause(
      "K7",
      "status",
      "paid, or ready with a virtual account",
      payment.statusText,
      payment.status === "paid" || (payment.status === "pending" && account !== undefined),
    ),
    clause("K10", "cancelled", "0", payment.cancelled.text, cancelled === 0 && payment.cancelCount === 0),
    clause("K14", "one_payment", order.paidBy ?? "none yet", payment.paymentId, !isOther),
    clause("K6", "order_open", "pending or awaiting_deposit", order.status, isOpen),
    clause(
      "K13",
      "paid_in_time",
      `by ${iso(deadline)}`,
      payment.paidAt === undefined ? "not paid" : iso(payment.paidAt),
      payment.paidAt === undefined || payment.paidAt <= deadline,
    ),
    clause(
      "K13",
      "due_date",
      "by the end of pay_by's day in Korea",
      account?.dueAt === undefined ? "none" : iso(account.dueAt),
      account === undefined || isDueInTime(order, account),
    ),
  ];
}

function clause(id: Clause["id"], name: string, expected: string, seen: string, holds: boolean): Clause {
  return { id, name, expected, seen, holds };
}

function isExact(order: Order, payment: PaymentSnapshot): boolean {
  const { money } = payment.amount;
  return money !== undefined && money.amountMinor === order.amount.amountMinor && money.amountMinor > 0;
}

/** A payment without provider or MID has no exact channel, so it is in no list of those. */
function isChannelAllowed(order: Order, policy: Policy, payment: PaymentSnapshot): boolean {
  const { pgProvider, pgMerchantId } = payment;
  const isExact = pgProvider !== undefined && pgMerchantId !== undefined;
  const exact = `${pgProvider}:${pgMerchantId}`;
  if (policy.channels !== "any" && !(isExact && policy.channels.has(exact))) return false;
  const channels = order.allowed?.channels;
  if (channels === undefined) return true;
  return (pgProvider !== undefined && channels.includes(pgProvider)) || (isExact && channels.includes(exact));
}

function expectedChannels(order: Order, policy: Policy): string {
  const ofOrder = order.allowed?.channels?.join(" ");
  const ofServer = policy.channels === "any" ? "any" : [...policy.channels].join(" ");
  return ofOrder ?? ofServer;
}

function seenSandbox(payment: PaymentSnapshot): string {
  return payment.sandbox === undefined ? "missing" : String(payment.sandbox);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
