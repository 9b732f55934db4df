import type { Aggregate } from "./decision.ts";
import type { Payment, PaymentSnapshot } from "./payment.ts";
import type { Policy } from "./policy.ts";

/** Anyone who knows an order's id can open windows for ever: past this many, attempts leave no trace. */
export const KEPT_ATTEMPTS_MAX = 20;

/** Whether real money is, or was, in it: a payment through a test channel moves none on a live server. */
export function hasMoneyMoved(payment: PaymentSnapshot, policy: Policy): boolean {
  return payment.paidAt !== undefined && (policy.isSandbox || payment.sandbox !== true);
}

/** What to write for a payment that changes nothing in its order: all that hold money or an account, and 20 attempts. */
export function keepPayment(
  aggregate: Aggregate,
  { stored, next, policy }: { stored: Payment | undefined; next: Payment; policy: Policy },
): { readonly payments?: readonly Payment[]; readonly attemptCount?: number } {
  const isAttempt = next.account === undefined && !hasMoneyMoved(next, policy);
  if (stored !== undefined || !isAttempt) return { payments: [next] };
  if (aggregate.attemptCount >= KEPT_ATTEMPTS_MAX) return {};
  return { payments: [next], attemptCount: aggregate.attemptCount + 1 };
}
