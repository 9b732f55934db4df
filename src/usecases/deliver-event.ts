import { missingCause } from "../domain/decide-missing.ts";
import type { DiscrepancyKind } from "../domain/decision.ts";
import { shopEventData } from "../domain/shop-events.ts";
import type { OrderView, StoredEvent } from "../storage/store.ts";
import type { Deps } from "./deps.ts";
import { LOOK_BUDGET_MS } from "./verify-order.ts";
import { isWholeLook, verifyPayment } from "./verify-payment.ts";
import { withinBudget } from "./within-budget.ts";

export type DeliverResult =
  | { readonly kind: "delivered" }
  /** Not to be told any more: no such event, or a payment that has been given back since. */
  | { readonly kind: "withheld"; readonly reason: string }
  /** Not now, and no fault of the shop's endpoint. */
  | { readonly kind: "wait"; readonly reason: string; readonly retryInMs: number }
  | { readonly kind: "not_taken"; readonly reason: string }
  | { readonly kind: "no_endpoint" };

/** Events of one order go out in order for so long, or since the endpoint was enabled; then a later one may overtake. */
const IN_ORDER_MS = 5 * 60 * 1000;
/** For each one ahead: however many wait, each asks but a few times. */
const BEHIND_MS = 1000;
const BUSY = { kind: "wait", reason: "endpoint_busy", retryInMs: 1000 } as const satisfies DeliverResult;
/** Enabling makes what waits due at once; this is for the one that it missed. */
const DISABLED_MS = 60 * 60 * 1000;
/** A payment seen less than this ago need not be seen again before the shop is told to ship. One from the future was seen by a clock that was wrong. */
const FRESH_MS = 10_000;
const UNSEEN_MS = 5000;
const HELD_MS = 60_000;

/**
 * Tells the shop of one event, at least once, under a constant id. Right before `order.paid` the payment is seen again: one that was
 * given back meanwhile is not told of as paid, only as what it became.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function deliverEvent(deps: Deps, eventId: string): Promise<DeliverResult> {
  if (deps.events === undefined) return { kind: "no_endpoint" };
  const delivery = await deps.store.readDelivery(eventId);
  if (delivery === undefined) return { kind: "withheld", reason: "no_such_event" };
  const { event, ahead } = delivery;
  const { disabledAt, enabledAt = 0 } = await deps.endpointHealth.read();
  if (disabledAt !== undefined) return { kind: "wait", reason: "endpoint_disabled", retryInMs: DISABLED_MS };
  const inOrderMs = Math.max(event.at, enabledAt) + IN_ORDER_MS - deps.clock.now();
  if (ahead > 0 && inOrderMs > 0)
    return { kind: "wait", reason: "behind_another", retryInMs: Math.min(ahead * BEHIND_MS, inOrderMs) };
  // Before the payment is looked at: with an endpoint that hangs, all that wait would be looked at every second.
  if (deps.events.isBusy()) return BUSY;
  const check = event.type === "order.paid" ? await checkPayment(deps, event) : { kind: "go" as const };
  if (check.kind !== "go") return check;
  const order = (await deps.store.readOrder(event.orderId))?.order;
  const body = JSON.stringify({
    type: event.type,
    timestamp: rfc3339(event.at),
    data: {
      ...shopEventData(event.data),
      merchant_uid: event.orderId,
      order_status: order?.status ?? null,
      ...(event.paymentId === undefined ? {} : { imp_uid: event.paymentId }),
      sequence: event.sequence,
      ...(check.verifiedAt === undefined ? {} : { verified_at: rfc3339(check.verifiedAt) }),
    },
  });
  const sent = await deps.events.send({ id: event.id, body });
  if (sent.kind === "busy") return BUSY;
  await deps.endpointHealth.note(sent.kind === "taken");
  return sent.kind === "taken" ? { kind: "delivered" } : sent;
}

type Check = { readonly kind: "go"; readonly verifiedAt?: number } | DeliverResult;

/** Whether the order is still paid, as far as anyone can know now. */
async function checkPayment(deps: Deps, { orderId, paymentId = "" }: StoredEvent): Promise<Check> {
  const before = await deps.store.readOrder(orderId);
  const lastSeenAt = before === undefined ? 0 : seenAt(before, paymentId);
  const now = deps.clock.now();
  const looked =
    Math.abs(now - lastSeenAt) <= FRESH_MS ? "fresh" : await lookAgain(deps, { orderId, paymentId });
  const view = await deps.store.readOrder(orderId);
  if (view === undefined || view.order.status !== "paid")
    return { kind: "withheld", reason: "not_paid_any_more" };
  if (isInDoubt(view, paymentId)) return { kind: "wait", reason: "payment_in_doubt", retryInMs: HELD_MS };
  // One that is missing goes out all the same once an operator has had a look: it is in no doubt any more.
  if (looked === "not_asked" && deps.recheck === "required")
    return { kind: "wait", reason: "gateway_not_asked", retryInMs: UNSEEN_MS };
  return { kind: "go", verifiedAt: looked === "seen" ? now : lastSeenAt };
}

async function lookAgain(
  deps: Deps,
  { orderId, paymentId }: { orderId: string; paymentId: string },
): Promise<"seen" | "missing" | "not_asked"> {
  const work = verifyPayment(deps, { paymentId, foundBy: "delivery" });
  const result = await withinBudget(deps.clock, { budgetMs: LOOK_BUDGET_MS, work });
  if (result?.kind === "unknown_payment") return "missing";
  return result !== undefined && isWholeLook(result, orderId) ? "seen" : "not_asked";
}

/** The gateway says less than it once did, something else, or nothing: until it says as much again, or an operator has had a look. */
function isInDoubt(view: OrderView, paymentId: string): boolean {
  return isMissing(view, paymentId) || isContradicted(view, paymentId);
}

function isMissing({ payments, discrepancies }: OrderView, paymentId: string): boolean {
  const since = payments.find((one) => one.paymentId === paymentId)?.missingSeenAt;
  if (since === undefined) return false;
  const shown = discrepancies.find(({ cause }) => cause === missingCause(paymentId, since));
  return shown?.resolvedAt === undefined;
}

/** What an applied payment shows when the gateway does not stand by it any more. */
const DOUBTS: readonly DiscrepancyKind[] = [
  "payment_regressed",
  "amount_mismatch",
  "currency_mismatch",
  "test_payment",
  "cancelled_elsewhere",
];

function isContradicted({ payments, discrepancies }: OrderView, paymentId: string): boolean {
  const shown = discrepancies.filter((one) => one.paymentId === paymentId && DOUBTS.includes(one.kind));
  if (shown.some(({ resolvedAt }) => resolvedAt === undefined)) return true;
  if (shown.some(({ kind }) => kind === "payment_regressed")) return false;
  return payments.some((one) => one.paymentId === paymentId && one.regressionSeenAt !== undefined);
}

function seenAt({ payments }: OrderView, paymentId: string): number {
  return payments.find((payment) => payment.paymentId === paymentId)?.fetchEndedAt ?? 0;
}

function rfc3339(at: number): string {
  return new Date(at).toISOString();
}
