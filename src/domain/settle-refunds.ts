import type { Aggregate, NewTask } from "./decision.ts";
import { both, openDiscrepancy } from "./discrepancies.ts";
import { NO_ROWS, type RefundRows, succeedRefund } from "./end-refund.ts";
import { amountText } from "./money.ts";
import { refundTask } from "./new-refund.ts";
import type { Cancellation, Payment, PaymentSnapshot } from "./payment.ts";
import { cancelsLater, isOpenRefund, type Refund } from "./refund.ts";
import { refundsOf, sumMinor } from "./refund-rest.ts";

export interface Look {
  /** As the look saw it, with its history. */
  readonly seen: PaymentSnapshot;
  readonly stored: Payment | undefined;
  /** Both, merged. */
  readonly payment: Payment;
}

export interface SettledRefunds extends RefundRows {
  /** The next refund of the payment need not wait for the look that this one was promised. */
  readonly tasks: readonly NewTask[];
  /** How much more was cancelled than before that no refund of ours explains, in minor units. */
  readonly elsewhereMinor: number;
  /** Whether all that is cancelled is by refunds of ours, and at least one is. */
  readonly isAllOurs: boolean;
}

const NOTHING: SettledRefunds = { ...NO_ROWS, tasks: [], elsewhereMinor: 0, isAllOurs: false };

/**
 * Ends every refund that the gateway's history shows, whichever look brought it, and tells how much was cancelled that is none
 * of ours. Where something was sent, is not in the history and more is gone than is explained, nobody can tell what it was:
 * that refund stays open, and an operator says.
 */
export function settleRefunds(aggregate: Aggregate, look: Look): SettledRefunds {
  const { seen, stored, payment } = look;
  // A look that is not merged whole must not end a refund: the rest would be reckoned without it.
  if (cancelledMinor(payment) < cancelledMinor(seen)) return NOTHING;
  const refunds = refundsOf(payment, aggregate.refunds);
  const shown = refunds.filter((refund) => entriesOf(refund, seen).length > 0);
  const before =
    cancelledMinor(stored) - sumMinor(refunds.filter((one) => isDone(one) || wasShown(one, look)));
  const unexplained =
    cancelledMinor(payment) - sumMinor(refunds.filter((one) => isDone(one) || shown.includes(one)));
  const granted = refunds.find(
    (refund) => isGranted(refund, { look, unexplained }) && !shown.includes(refund),
  );
  const after = unexplained - (granted?.amount.amountMinor ?? 0);
  const elsewhereMinor = Math.max(0, after) - Math.max(0, before);
  const ending = refunds.filter(
    (refund) => !isDone(refund) && (refund === granted || (shown.includes(refund) && isFinal(seen))),
  );
  const rows = ending.map((refund) => succeedRefund(aggregate, refund));
  const odd = shown.flatMap((refund) => otherAmount(aggregate, { refund, look }));
  const unclear = elsewhereMinor > 0 ? unclearRefund(aggregate, { refunds, ending, shown, look }) : NO_ROWS;
  const isNextWaiting =
    ending.length > 0 && refunds.some((one) => isOpenRefund(one) && !ending.includes(one));
  return {
    tasks: isNextWaiting ? [refundTask(payment, aggregate.now)] : [],
    refunds: rows.flatMap((row) => row.refunds),
    events: [...rows.flatMap((row) => row.events), ...odd.flatMap(({ events }) => events), ...unclear.events],
    discrepancies: [...odd.flatMap(({ discrepancies }) => discrepancies), ...unclear.discrepancies],
    // What is unclear is shown as that, and not a second time.
    elsewhereMinor: unclear.discrepancies.length > 0 ? 0 : Math.max(0, elsewhereMinor),
    isAllOurs: after <= 0 && (granted !== undefined || shown.length > 0 || refunds.some(isDone)),
  };
}

function isDone({ state }: Refund): boolean {
  return state === "succeeded";
}

function entriesOf({ refundId }: Refund, { cancellations = [] }: PaymentSnapshot): readonly Cancellation[] {
  return cancellations.filter((entry) => entry.refundId === refundId);
}

/** Whether the stored look had its entry, too: it had the oldest ones. Where cancellations end later, it is not done all the same. */
function wasShown({ refundId }: Refund, { seen: { cancellations = [] }, stored }: Look): boolean {
  const oldestFirst = cancellations.toSorted(
    (one, other) => (one.cancelledAt ?? 0) - (other.cancelledAt ?? 0),
  );
  return oldestFirst.slice(0, stored?.cancelCount ?? 0).some((entry) => entry.refundId === refundId);
}

/** Where cancellations end later, an entry alone may still be pending. Source: docs/iamport-v1.md 6, PayPal. */
function isFinal({ pgProvider, status }: PaymentSnapshot): boolean {
  return !cancelsLater(pgProvider) || status === "cancelled";
}

/**
 * The gateway said yes to it and the balance fell by as much, so it was carried out even where the history does not repeat our
 * reason: the checksum let nothing else take that step. Not where cancellations end later.
 */
function isGranted(refund: Refund, { look, unexplained }: { look: Look; unexplained: number }): boolean {
  const { acceptedAt, amount, cancelledBeforeMinor = 0 } = refund;
  if (acceptedAt === undefined || !isOpenRefund(refund) || cancelsLater(look.payment.pgProvider))
    return false;
  const fell = cancelledMinor(look.payment) - cancelledBeforeMinor;
  return fell >= amount.amountMinor && unexplained >= amount.amountMinor;
}

/** Our id with less than was asked for. With more, the rest of it counts as cancelled elsewhere. */
function otherAmount(aggregate: Aggregate, { refund, look }: { refund: Refund; look: Look }) {
  const entries = entriesOf(refund, look.seen);
  const sum = entries.reduce((total, { amount }) => total + (amount.money?.amountMinor ?? 0), 0);
  if (sum >= refund.amount.amountMinor) return [];
  const texts = entries.map(({ amount }) => amount.text).join(" + ");
  return [
    openDiscrepancy(aggregate, {
      kind: "cancelled_elsewhere",
      payment: look.seen,
      why: `refund ${refund.refundId} of ${amountText(refund.amount)} stands in the history with ${texts}`,
      cause: `refund_amount:${refund.refundId}`,
    }),
  ];
}

function unclearRefund(
  aggregate: Aggregate,
  found: { refunds: readonly Refund[]; ending: readonly Refund[]; shown: readonly Refund[]; look: Look },
) {
  const sent = found.refunds.find(
    (refund) =>
      isOpenRefund(refund) &&
      refund.sentAt !== undefined &&
      !found.ending.includes(refund) &&
      !found.shown.includes(refund),
  );
  if (sent === undefined) return NO_ROWS;
  const { payment } = found.look;
  const why = `refund ${sent.refundId} of ${amountText(sent.amount)} was sent and is not in the history, and ${payment.cancelled.text} of ${payment.amount.text} is cancelled`;
  const cause = unclearCause(sent);
  return both(openDiscrepancy(aggregate, { kind: "cancelled_elsewhere", payment, why, cause }), NO_ROWS);
}

/** Names the refund of which nobody knows whether it was carried out: an operator says. */
export function unclearCause({ refundId }: Refund): string {
  return `refund_unclear:${refundId}`;
}

function cancelledMinor(payment: PaymentSnapshot | undefined): number {
  return payment?.cancelled.money?.amountMinor ?? 0;
}
