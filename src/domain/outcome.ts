import type { Money } from "./money.ts";
import type { VirtualAccount } from "./payment.ts";

/** Why nothing final can be said yet. `unreadable` comes with an alarm. */
export type PendingReason = "window_only" | "unreadable" | "not_found_yet" | "gateway_trouble" | "too_slow";

export type ClosedReason =
  | "cancelled"
  | "paid_by_another"
  | "order_closed"
  | "paid_late"
  | "account_due_too_late"
  | "belongs_to_another_order";

/** What one look at one payment came to: one name per answer of `/payments/complete`. */
export type CompleteOutcome =
  | { readonly kind: "success" }
  | {
      readonly kind: "account_issued";
      readonly account: VirtualAccount;
      readonly payBy: number;
      readonly amount: Money;
    }
  | { readonly kind: "pending"; readonly reason: PendingReason }
  | { readonly kind: "forgery" }
  | { readonly kind: "failed" }
  | { readonly kind: "not_found" }
  | { readonly kind: "closed"; readonly reason: ClosedReason };
