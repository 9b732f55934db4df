import { paymentDeadline } from "./deadline.ts";
import { MISSING_AFTER_MS } from "./decide-missing.ts";
import type { Aggregate, Decision } from "./decision.ts";
import { FINAL_LOOK_AFTER_MS, nextLookAt } from "./look-schedule.ts";
import { closeAccountTask, movedTo, waitingAccounts } from "./order-changes.ts";

/** Past its deadline, an order with a missing attempt is looked at this often. */
const MISSING_RECHECK_MS = 60_000;
/** An order that is still open when the days of its watch are over. */
const OPEN_LOOK_MS = 60 * 60_000;

export interface ExpiryInput {
  readonly aggregate: Aggregate;
  /** When a look began that saw every attempt at the gateway and decided each; absent when it did not. */
  readonly lookedAt?: number;
  /** Whether an attempt that was listed, or is stored, was not to be had by its id: for ten minutes it may be money. */
  readonly isOneMissing?: boolean;
  /** Whether the gateway's clock and ours agree to two minutes. */
  readonly isClockTrusted: boolean;
}

export interface ExpiryOutcome {
  readonly isExpired: boolean;
  /** When to look again; absent when the watch is over or no order is there. */
  readonly nextLookAt?: number;
}

/**
 * Closes an order by time, and only after a look at the gateway that began once the deadline had passed: money that came
 * in time is never shut out by a slow look.
 */
export function decideExpiry(input: ExpiryInput): Decision<ExpiryOutcome> {
  const { aggregate, lookedAt, isClockTrusted, isOneMissing = false } = input;
  const { order, now } = aggregate;
  if (order === undefined) return { outcome: { isExpired: false } };
  const isOpen = order.status === "pending" || order.status === "awaiting_deposit";
  const lastCall = paymentDeadline(order, order.account) + FINAL_LOOK_AFTER_MS;
  if (!isOpen || !isClockTrusted || lookedAt === undefined || lookedAt < lastCall) {
    // A look from before the last call that ended after it took the place of the final one: look once more, now.
    const isFinalLookDue = isOpen && isClockTrusted && lookedAt !== undefined && now >= lastCall;
    // The watch of an open order never ends, however late a clock says that it is: only its closing ends it.
    const later = nextLookAt(order, now) ?? (isOpen ? now + OPEN_LOOK_MS : undefined);
    return { outcome: { isExpired: false, ...next(isFinalLookDue ? now : later) } };
  }
  if (isOneMissing && lookedAt < lastCall + MISSING_AFTER_MS)
    return { outcome: { isExpired: false, nextLookAt: now + MISSING_RECHECK_MS } };
  const expired = movedTo(order, "expired");
  return {
    outcome: { isExpired: true, ...next(nextLookAt(expired, now)) },
    order: expired,
    events: [{ type: "order.expired", data: { pay_by: order.payBy } }],
    tasks: waitingAccounts(aggregate).map((payment) => closeAccountTask(aggregate, payment)),
  };
}

function next(at: number | undefined): { nextLookAt?: number } {
  return at === undefined ? {} : { nextLookAt: at };
}
