import { type Acceptance, acceptPayment, type Finding } from "./accept-payment.ts";
import { keepPayment } from "./attempts.ts";
import { endMissing } from "./decide-missing.ts";
import type { Aggregate, Decision, DiscrepancyKind, NewEvent, NewTask } from "./decision.ts";
import { openDiscrepancy, whatMoneyOpens } from "./discrepancies.ts";
import { NO_ROWS } from "./end-refund.ts";
import type { FoundBy } from "./found-by.ts";
import { type ContradictedField, mergeSnapshot, RECHECK_AFTER_MS } from "./merge-snapshot.ts";
import type { Order } from "./order.ts";
import { applyPayment, closeAccountTask, holdAccount, reverseOrder } from "./order-changes.ts";
import type { CompleteOutcome } from "./outcome.ts";
import type { Payment, PaymentSnapshot, PaymentVerdict } from "./payment.ts";
import type { Policy } from "./policy.ts";
import { isGivenBack } from "./refund-rest.ts";
import { returnTasks } from "./return-task.ts";
import { type SettledRefunds, settleRefunds } from "./settle-refunds.ts";

export interface CompletionInput {
  readonly aggregate: Aggregate;
  readonly seen: PaymentSnapshot;
  readonly policy: Policy;
  /** Whether an unknown merchant_uid is one of ours (valid tag, or a claimed prefix) and so was lost, not foreign. */
  readonly isOurId: boolean;
  readonly foundBy: FoundBy;
}

/**
 * Decides what one look at one payment means for its order. A browser, a webhook, a poll and a sweep all end here.
 *
 * The outcome is computed on the merged payment, so a caller that carries a stale answer hears of the newer one. A
 * payment that must not be applied never changes its order.
 */
export function decideCompletion(input: CompletionInput): Decision<CompleteOutcome> {
  const { aggregate, seen } = input;
  if (seen.orderId !== aggregate.orderId)
    throw new Error("Invariant violated: a payment is decided under its own order");
  if (aggregate.clash !== undefined) return clashing(input, aggregate.clash.orderId);
  const { order } = aggregate;
  const stored = aggregate.payments.find((payment) => payment.paymentId === seen.paymentId);
  const isWhole = seen.faults.length === 0 && seen.status !== "unknown";
  if (order === undefined) {
    const decision = orphan(input, stored);
    return isWhole ? endMissing(aggregate, seen, decision) : decision;
  }
  if (!isWhole) return unreadable(input, order, stored);
  return endMissing(aggregate, seen, decideWhole(input, order, stored));
}

function decideWhole(
  input: CompletionInput,
  order: Order,
  stored: Payment | undefined,
): Decision<CompleteOutcome> {
  const merge = mergeSnapshot(stored, input.seen);
  const { payment } = merge;
  if (merge.kind === "contradicted") return contradicted(input, merge.field);
  const settled = settleRefunds(input.aggregate, { seen: input.seen, stored, payment });
  const known = { input, order, stored, payment, settled };
  const decision =
    merge.kind === "regressed"
      ? regressed(known, merge.isConfirmed)
      : stored !== undefined && isApplied(stored)
        ? appliedAgain(known, stored)
        : decideUnapplied(known);
  return withRefunds(decision, settled);
}

/** Refunds that this look ended, whatever else it meant. */
function withRefunds(
  decision: Decision<CompleteOutcome>,
  { refunds, events, discrepancies, tasks }: SettledRefunds,
): Decision<CompleteOutcome> {
  if (refunds.length + events.length + discrepancies.length === 0) return decision;
  return {
    ...decision,
    refunds,
    events: [...(decision.events ?? []), ...events],
    discrepancies: [...(decision.discrepancies ?? []), ...discrepancies],
    tasks: [...(decision.tasks ?? []), ...tasks],
  };
}

interface Known {
  readonly input: CompletionInput;
  readonly order: Order;
  readonly stored: Payment | undefined;
  /** The stored row and the new look, merged. */
  readonly payment: Payment;
  readonly settled: SettledRefunds;
}

/** A payment that was not applied so far, against its order. */
function decideUnapplied(known: Known): Decision<CompleteOutcome> {
  const { input, order, stored, payment, settled } = known;
  const { aggregate, policy, foundBy } = input;
  const acceptance = acceptPayment(order, payment, policy);
  const isReturning = acceptance.finding === "pays" && isGivenBack(payment.paymentId, aggregate.refunds);
  const finding = isReturning ? "cancelled" : acceptance.finding;
  const outcome = outcomeOf(finding, order, payment);
  const next = { ...payment, clauses: acceptance.clauses, verdict: verdictOf(finding, payment) };
  if (finding === "pays") return applyPayment({ aggregate, order, payment: next, foundBy });
  if (finding === "account")
    return holdAccount({ aggregate, order, payment: next, foundBy }, { stored, outcome });
  if (stored !== undefined && isSameJudgement(stored, next)) return { outcome };
  // A payment that we give back fits no order, and that has been said.
  const isExplained = finding === "cancelled" && (settled.isAllOurs || settled.discrepancies.length > 0);
  const opened = isExplained ? NO_ROWS : whatMoneyOpens(aggregate, { payment: next, acceptance, policy });
  return {
    outcome,
    ...keepPayment(aggregate, { stored, next, policy }),
    ...releasedAccount(order, next),
    events: [...(opened.discrepancies.length > 0 ? [rejected(next, acceptance)] : []), ...opened.events],
    discrepancies: opened.discrepancies,
    tasks: [
      ...unwantedAccount(aggregate, next),
      ...returnTasks(aggregate, { opened: opened.discrepancies, policy }),
    ],
  };
}

/** The same payment again after it paid its order: the answer stays, a growing cancelled amount moves the order on. */
function appliedAgain({ input, order, payment, settled }: Known, stored: Payment): Decision<CompleteOutcome> {
  const before = stored.cancelled.money?.amountMinor ?? 0;
  const after = payment.cancelled.money?.amountMinor ?? 0;
  if (after > before || payment.status !== stored.status) {
    return reverseOrder({ aggregate: input.aggregate, order, payment }, settled);
  }
  return { outcome: { kind: "success" }, ...(payment === stored ? {} : { payments: [payment] }) };
}

/** No order here: foreign payments leave no trace, lost ones of ours are kept when money moved. */
function orphan(
  { aggregate, seen, isOurId }: CompletionInput,
  stored: Payment | undefined,
): Decision<CompleteOutcome> {
  const outcome: CompleteOutcome = { kind: "not_found" };
  if (!isOurId || seen.paidAt === undefined || seen.faults.length > 0 || seen.status === "unknown")
    return { outcome };
  const merge = mergeSnapshot(stored, seen);
  if (merge.kind !== "merged") return { outcome };
  const why = "no order is registered under this merchant_uid";
  return {
    outcome,
    payments: [merge.payment],
    ...openDiscrepancy(aggregate, { kind: "orphan", payment: seen, why }),
  };
}

/** The answer lacks something. It is never stored; what is stored already keeps its answer. */
function unreadable(
  input: CompletionInput,
  order: Order,
  stored: Payment | undefined,
): Decision<CompleteOutcome> {
  if (stored !== undefined && isApplied(stored)) return { outcome: { kind: "success" } };
  const { finding } = acceptPayment(order, input.seen, input.policy);
  return { outcome: finding === "forgery" ? { kind: "forgery" } : { kind: "pending", reason: "unreadable" } };
}

/** An applied payment now shows other money than the one that was verified: kept as it was, shown to an operator. */
function contradicted(
  { aggregate, seen }: CompletionInput,
  field: ContradictedField,
): Decision<CompleteOutcome> {
  const shown = {
    amount: seen.amount.text,
    currency: seen.currency,
    sandbox: String(seen.sandbox ?? "missing"),
  };
  const kind = CONTRADICTION_KINDS[field];
  const why = `an applied payment now shows another ${field}: ${shown[field]}`;
  const cause = `contradicted:${seen.paymentId}:${kind}`;
  return { outcome: { kind: "success" }, ...openDiscrepancy(aggregate, { kind, payment: seen, why, cause }) };
}

const CONTRADICTION_KINDS: Readonly<Record<ContradictedField, DiscrepancyKind>> = {
  sandbox: "test_payment",
  currency: "currency_mismatch",
  amount: "amount_mismatch",
};

/** The gateway says less than it once said. Nothing is taken back; it is looked at again, then shown to an operator. */
function regressed(
  { input, order, stored, payment }: Known,
  isConfirmed: boolean,
): Decision<CompleteOutcome> {
  const { aggregate, seen, policy } = input;
  const { finding } = acceptPayment(order, payment, policy);
  const outcome: CompleteOutcome = isApplied(payment)
    ? { kind: "success" }
    : finding === "pays"
      ? { kind: "pending", reason: "unreadable" }
      : outcomeOf(finding, order, payment);
  if (isConfirmed) {
    const why = `stored as ${payment.statusText}, the gateway now says ${seen.statusText}`;
    return { outcome, ...openDiscrepancy(aggregate, { kind: "payment_regressed", payment: seen, why }) };
  }
  if (stored?.regressionSeenAt !== undefined) return { outcome };
  const { orderId, now } = aggregate;
  const { paymentId } = payment;
  const dueAt = now + RECHECK_AFTER_MS;
  const recheck: NewTask = {
    kind: "verify",
    key: `recheck:${paymentId}`,
    repeat: "again",
    dueAt,
    orderId,
    paymentId,
  };
  return { outcome, payments: [payment], tasks: [recheck] };
}

/** The gateway shows a payment under this order that it showed under another one before. */
function clashing({ aggregate, seen }: CompletionInput, otherOrderId: string): Decision<CompleteOutcome> {
  const why = `the gateway showed this payment under ${otherOrderId} before`;
  const outcome: CompleteOutcome = { kind: "closed", reason: "belongs_to_another_order" };
  return { outcome, ...openDiscrepancy(aggregate, { kind: "orphan", payment: seen, why }) };
}

function outcomeOf(finding: Finding, order: Order, payment: Payment): CompleteOutcome {
  switch (finding) {
    case "forgery":
    case "failed":
      return { kind: finding };
    case "unreadable":
    case "window_only":
      return { kind: "pending", reason: finding };
    case "cancelled":
    case "paid_by_another":
    case "order_closed":
    case "paid_late":
    case "account_due_too_late":
      return { kind: "closed", reason: finding };
    case "account":
      return payment.account === undefined
        ? { kind: "pending", reason: "window_only" }
        : { kind: "account_issued", account: payment.account, payBy: order.payBy, amount: order.amount };
    case "pays":
      return { kind: "success" };
  }
}

function verdictOf(finding: Finding, payment: Payment): PaymentVerdict {
  if (finding === "pays") return "applied";
  if (finding === "account") return "held";
  if (finding === "paid_by_another" && payment.paidAt !== undefined) return "surplus";
  return finding === "window_only" || finding === "failed" ? "observed" : "rejected";
}

function isApplied(payment: Payment): boolean {
  return payment.verdict === "applied" || payment.verdict === "reversed";
}

/** Whether writing the row again would say nothing new. */
function isSameJudgement(stored: Payment, next: Payment): boolean {
  return (
    stored.verdict === next.verdict &&
    stored.status === next.status &&
    stored.amount.text === next.amount.text &&
    stored.cancelled.text === next.cancelled.text &&
    stored.paidAt === next.paidAt &&
    stored.sandbox === next.sandbox &&
    stored.regressionSeenAt === next.regressionSeenAt
  );
}

/** An account that failed, was closed or got money that cannot be applied is no longer the one that the order shows. */
function releasedAccount(order: Order, payment: Payment): { order?: Order } {
  if (order.account?.paymentId !== payment.paymentId) return {};
  const { account: _, ...rest } = order;
  return { order: rest };
}

function rejected(payment: Payment, { finding, clauses }: Acceptance): NewEvent {
  const broken = clauses.find((clause) => !clause.holds);
  return {
    type: "payment.rejected",
    paymentId: payment.paymentId,
    data: { finding, clause: broken?.name ?? finding },
  };
}

/** An account that cannot be used for this order any more should not take a deposit either. */
function unwantedAccount(aggregate: Aggregate, payment: Payment): readonly NewTask[] {
  const isOpen = payment.status === "pending" && payment.account !== undefined;
  return isOpen ? [closeAccountTask(aggregate, payment)] : [];
}
