import type { Acceptance } from "./accept-payment.ts";
import { hasMoneyMoved } from "./attempts.ts";
import type { Aggregate, DiscrepancyKind, NewDiscrepancy, NewEvent } from "./decision.ts";
import type { PaymentSnapshot } from "./payment.ts";
import type { Policy } from "./policy.ts";

interface Opened {
  readonly discrepancies: readonly NewDiscrepancy[];
  readonly events: readonly NewEvent[];
}

const NOTHING: Opened = { discrepancies: [], events: [] };

interface Opening {
  readonly kind: DiscrepancyKind;
  readonly payment: PaymentSnapshot;
  readonly why: string;
  /** Defaults to the kind with the payment. */
  readonly cause?: string;
  /** Once for the order, whichever payment shows it: it then names no payment, so that every later decision loads its cause. */
  readonly isOncePerOrder?: boolean;
}

/** Opens a discrepancy with its event, unless this order already has one with that cause. */
export function openDiscrepancy(aggregate: Aggregate, opening: Opening): Opened {
  const { kind, payment, why, isOncePerOrder = false } = opening;
  const { paymentId } = payment;
  const cause = opening.cause ?? (isOncePerOrder ? kind : `${kind}:${paymentId}`);
  if (aggregate.causes.includes(cause)) return NOTHING;
  const of = isOncePerOrder ? {} : { paymentId };
  return {
    discrepancies: [{ kind, cause, ...of, evidence: { why, ...evidenceOf(payment) } }],
    events: [{ type: "discrepancy.opened", paymentId, data: { kind, why } }],
  };
}

/** What opens when a payment that cannot be applied holds captured money, or pretends to. */
export function whatMoneyOpens(
  aggregate: Aggregate,
  { payment, acceptance, policy }: { payment: PaymentSnapshot; acceptance: Acceptance; policy: Policy },
): Opened {
  if (payment.paidAt === undefined || restMinor(payment) === 0) return NOTHING;
  const kind = kindOfMoney(acceptance);
  if (kind === undefined) return NOTHING;
  const broken = acceptance.clauses.find((clause) => !clause.holds);
  const why =
    broken === undefined
      ? acceptance.finding
      : `${broken.name}: expected ${broken.expected}, seen ${broken.seen}`;
  // A test card costs nothing, so anyone could open as many as they like: one an order is enough to see it.
  if (!hasMoneyMoved(payment, policy)) {
    return openDiscrepancy(aggregate, { kind: "test_payment", payment, why, isOncePerOrder: true });
  }
  return both(openDiscrepancy(aggregate, { kind, payment, why }), repeatedTransaction(aggregate, payment));
}

/** A PG transaction number that another payment carries too: shown to an operator, refused nowhere. */
export function repeatedTransaction(aggregate: Aggregate, payment: PaymentSnapshot): Opened {
  const same = aggregate.sameTransaction;
  if (same === undefined) return NOTHING;
  const why = `${same.paymentId} of ${same.orderId} carries the same pg_tid`;
  return openDiscrepancy(aggregate, { kind: "pg_tid_reused", payment, why });
}

export function both(one: Opened, other: Opened): Opened {
  return {
    discrepancies: [...one.discrepancies, ...other.discrepancies],
    events: [...one.events, ...other.events],
  };
}

/** What captured money is that the rule finds so; undefined where it may still pay its order, or holds nothing. */
export function kindOfMoney({ finding, clauses }: Acceptance): DiscrepancyKind | undefined {
  switch (finding) {
    case "forgery":
      return forgeryKind(clauses.find((clause) => !clause.holds)?.name);
    case "paid_by_another":
      return "surplus";
    case "order_closed":
    case "paid_late":
      return "paid_after_closing";
    case "cancelled":
      return "cancelled_elsewhere";
    case "unreadable":
    case "failed":
    case "window_only":
    case "account_due_too_late":
    case "account":
    case "pays":
      return undefined;
  }
}

function forgeryKind(brokenClause: string | undefined): DiscrepancyKind {
  if (brokenClause === "sandbox") return "test_payment";
  if (brokenClause === "currency") return "currency_mismatch";
  return brokenClause === "amount" ? "amount_mismatch" : "channel_mismatch";
}

/** What is left of the captured amount; undefined when an amount cannot be read. */
function restMinor({ amount, cancelled }: PaymentSnapshot): number | undefined {
  if (amount.money === undefined || cancelled.money === undefined) return undefined;
  return amount.money.amountMinor - cancelled.money.amountMinor;
}

function evidenceOf(payment: PaymentSnapshot): NewDiscrepancy["evidence"] {
  return {
    imp_uid: payment.paymentId,
    merchant_uid: payment.orderId,
    status: payment.statusText,
    amount: payment.amount.text,
    cancelled_amount: payment.cancelled.text,
    currency: payment.currency,
    sandbox: payment.sandbox ?? null,
    pay_method: payment.payMethod ?? null,
    channel: `${payment.pgProvider ?? ""}:${payment.pgMerchantId ?? ""}`,
    paid_at: payment.paidAt ?? null,
    raw: payment.raw,
  };
}
