import type { Aggregate, Decision, NewEvent, NewTask, Resolution } from "./decision.ts";
import { both, openDiscrepancy, repeatedTransaction } from "./discrepancies.ts";
import type { FoundBy } from "./found-by.ts";
import { amountText } from "./money.ts";
import { depositNotices, issueNotices } from "./notices.ts";
import type { Order, OrderStatus } from "./order.ts";
import type { CompleteOutcome } from "./outcome.ts";
import type { Payment } from "./payment.ts";
import { resolutionAudit } from "./resolution-audit.ts";

/** The state machine: what each state may become. Nothing returns to pending. */
const NEXT: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ["awaiting_deposit", "paid", "cancelled", "expired"],
  awaiting_deposit: ["awaiting_deposit", "paid", "cancelled", "expired"],
  paid: ["partially_refunded", "refunded"],
  partially_refunded: ["partially_refunded", "refunded"],
  refunded: [],
  cancelled: [],
  expired: [],
};

export function movedTo(order: Order, status: OrderStatus): Order {
  if (!NEXT[order.status].includes(status))
    throw new Error(`Invariant violated: ${order.status} cannot become ${status}`);
  return { ...order, status };
}

/** What an operator's word may turn into `paid`, beside the states that are open anyway. Nothing else leads out of them. */
const ACCEPTABLE: readonly OrderStatus[] = ["pending", "awaiting_deposit", "cancelled", "expired"];

interface Change {
  readonly aggregate: Aggregate;
  readonly order: Order;
  /** With its new verdict. */
  readonly payment: Payment;
}

/** A change for the better, and who told of it. */
interface FoundChange extends Change {
  readonly foundBy: FoundBy;
}

/** Records, once, that this payment paid its order. Accounts that still wait for a deposit are closed. */
export function applyPayment(change: FoundChange): Decision<CompleteOutcome> {
  return payOrder(change, movedTo(change.order, "paid"));
}

/** As `applyPayment`, for money that came after the order had closed and that an operator accepts. */
export function acceptLatePayment(change: Change): Decision<CompleteOutcome> {
  const { order } = change;
  if (!ACCEPTABLE.includes(order.status))
    throw new Error(`Invariant violated: ${order.status} cannot become paid by an operator's word`);
  return payOrder({ ...change, foundBy: "operator" }, { ...order, status: "paid" });
}

function payOrder(
  { aggregate, order, payment, foundBy }: FoundChange,
  moved: Order,
): Decision<CompleteOutcome> {
  if (order.paidBy !== undefined) throw new Error("Invariant violated: an order is paid once");
  const { paymentId, paidAt = aggregate.now } = payment;
  const paid = { ...moved, paidBy: paymentId, paidAt };
  const found = foundOrphan(aggregate, paymentId);
  const odd = repeatedTransaction(aggregate, payment);
  const data = {
    amount: amountText(order.amount),
    currency: order.amount.currency,
    pay_method: payment.payMethod ?? null,
    found_by: foundBy,
  };
  return {
    outcome: { kind: "success" },
    order: paid,
    payments: [{ ...payment, appliedAt: aggregate.now }],
    events: [{ type: "order.paid", paymentId, data }, ...odd.events, ...found.events],
    tasks: [
      ...waitingAccounts(aggregate, paymentId).map((other) => closeAccountTask(aggregate, other)),
      ...depositNotices(aggregate, { order, payment }),
    ],
    discrepancies: odd.discrepancies,
    ...(found.resolutions.length === 0 ? {} : { resolutions: found.resolutions, audit: found.audit }),
  };
}

/** A payment that came before its order is an orphan no longer once it pays it. */
function foundOrphan({ openOrphanId }: Aggregate, paymentId: string) {
  if (openOrphanId === undefined) return { events: [], resolutions: [], audit: [] };
  const reason = "the order was registered and this payment paid it";
  const data = { discrepancy_id: openOrphanId, kind: "orphan", action: "accept" };
  const resolution: Resolution = { discrepancyId: openOrphanId, action: "accept", reason, actor: "dojang" };
  const event: NewEvent = { type: "discrepancy.resolved", paymentId, data };
  return { events: [event], resolutions: [resolution], audit: [resolutionAudit(resolution, "orphan")] };
}

/**
 * Notes an issued virtual account. The newest one is the order's; older ones get a close task, because a buyer could pay
 * both. The text message goes out once per account.
 */
export function holdAccount(
  { aggregate, order, payment, foundBy }: FoundChange,
  { stored, outcome }: { stored: Payment | undefined; outcome: CompleteOutcome },
): Decision<CompleteOutcome> {
  if (payment.account === undefined) throw new Error("Invariant violated: only an account can be held");
  const { paymentId, account } = payment;
  if (
    stored?.verdict === "held" &&
    stored.account?.number === account.number &&
    stored.account.dueAt === account.dueAt
  ) {
    return { outcome };
  }
  const others = waitingAccounts(aggregate, paymentId);
  const isNewest = others.every((other) => (other.startedAt ?? 0) <= (payment.startedAt ?? 0));
  const superseded = isNewest ? others : [payment];
  const tasks = superseded.map((other) => closeAccountTask(aggregate, other));
  const isFirstSeen = stored?.verdict !== "held";
  if (!isNewest) return { outcome, payments: [payment], tasks };
  return {
    outcome,
    order: { ...movedTo(order, "awaiting_deposit"), account: { ...account, paymentId } },
    payments: [payment],
    events: [
      {
        type: "order.awaiting_deposit",
        paymentId,
        data: { bank: account.bank, due_at: account.dueAt ?? null, found_by: foundBy },
      },
    ],
    tasks: isFirstSeen ? [...tasks, ...issueNotices(aggregate, { order, payment })] : tasks,
  };
}

/** Money of the payment that paid this order went back. What no refund of ours explains is shown to an operator. */
export function reverseOrder(
  { aggregate, order, payment }: Change,
  { elsewhereMinor }: { readonly elsewhereMinor: number },
): Decision<CompleteOutcome> {
  const paidMinor = order.amount.amountMinor;
  const cancelledMinor = Math.min(payment.cancelled.money?.amountMinor ?? 0, paidMinor);
  // Cancelled without an amount: nobody knows what went back, so an operator looks and the order stays.
  const isOdd = elsewhereMinor > 0 || cancelledMinor === 0;
  const odd = isOdd ? cancelledElsewhere({ aggregate, order, payment }, elsewhereMinor) : NOTHING;
  const outcome: CompleteOutcome = { kind: "success" };
  if (cancelledMinor === 0 || cancelledMinor === order.refunded.amountMinor) {
    return { outcome, payments: [payment], ...odd };
  }
  const status = cancelledMinor === paidMinor ? "refunded" : "partially_refunded";
  const refunded = { amountMinor: cancelledMinor, currency: order.amount.currency };
  const data = { refunded_amount: amountText(refunded), currency: refunded.currency };
  const changed = {
    discrepancies: [],
    events: [{ type: `order.${status}`, paymentId: payment.paymentId, data }],
  } as const;
  return {
    outcome,
    order: { ...movedTo(order, status), refunded },
    payments: [status === "refunded" ? { ...payment, verdict: "reversed" } : payment],
    ...both(changed, odd),
  };
}

const NOTHING = { discrepancies: [], events: [] } as const;

function cancelledElsewhere({ aggregate, order, payment }: Change, elsewhereMinor: number) {
  const elsewhere = amountText({ amountMinor: elsewhereMinor, currency: order.amount.currency });
  const why = `the gateway shows ${payment.cancelled.text} of ${payment.amount.text} as cancelled, ${elsewhere} of it anew and not by a refund of ours`;
  const cause = `cancelled_elsewhere:${payment.paymentId}:${payment.cancelled.text}`;
  return openDiscrepancy(aggregate, { kind: "cancelled_elsewhere", payment, why, cause });
}

/** Accounts of this order that could still take a deposit. */
export function waitingAccounts({ payments }: Aggregate, exceptPaymentId?: string): readonly Payment[] {
  return payments.filter(
    (other) => other.paymentId !== exceptPaymentId && other.verdict === "held" && other.status === "pending",
  );
}

export function closeAccountTask({ orderId, now }: Aggregate, { paymentId }: Payment): NewTask {
  return {
    kind: "close_account",
    key: `close_account:${paymentId}`,
    repeat: "once",
    dueAt: now,
    orderId,
    paymentId,
  };
}
