import type { Aggregate, Decision } from "./decision.ts";
import { closeAccountTask, movedTo, waitingAccounts } from "./order-changes.ts";

export interface CancelInput {
  readonly aggregate: Aggregate;
  /** The id of the API key. */
  readonly actor: string;
  readonly reason: string;
}

export type CancelOutcome =
  | { readonly kind: "cancelled" }
  /** Cancelled or expired before: nothing is left to do. */
  | { readonly kind: "already_closed" }
  /** Money is there, or was: only a refund undoes that. */
  | { readonly kind: "already_paid" }
  | { readonly kind: "not_found" };

/**
 * Closes an order that nobody paid, once. Its virtual accounts are closed at the gateway afterwards; a payment that comes all the
 * same finds a closed order and becomes a discrepancy.
 */
export function decideCancel({ aggregate, actor, reason }: CancelInput): Decision<CancelOutcome> {
  const { order } = aggregate;
  if (order === undefined) return { outcome: { kind: "not_found" } };
  switch (order.status) {
    case "paid":
    case "partially_refunded":
    case "refunded":
      return { outcome: { kind: "already_paid" } };
    case "cancelled":
    case "expired":
      return { outcome: { kind: "already_closed" } };
    case "pending":
    case "awaiting_deposit":
      return {
        outcome: { kind: "cancelled" },
        order: movedTo(order, "cancelled"),
        events: [{ type: "order.cancelled", data: {} }],
        tasks: waitingAccounts(aggregate).map((payment) => closeAccountTask(aggregate, payment)),
        audit: [{ action: "order.cancelled", actor, reason, data: {} }],
      };
  }
}
