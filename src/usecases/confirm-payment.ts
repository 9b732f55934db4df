import {
  approvalHolder,
  type ConfirmRefusal,
  type ConfirmRequest,
  confirmRefusal,
  decideConfirm,
} from "../domain/decide-confirm.ts";
import { amountMajor } from "../domain/money.ts";
import type { Order } from "../domain/order.ts";
import type { ConfirmHookAnswer } from "../events/confirm-hook.ts";
import type { Deps } from "./deps.ts";
import { withinBudget } from "./within-budget.ts";

/** What i'mport asks before it approves. Not one word of it is believed. */
export type Confirmation = Pick<ConfirmRequest, "paymentId" | "amountText"> & { readonly orderId: string };

export type ConfirmOutcome =
  | { readonly kind: "let_through" }
  | {
      readonly kind: "refused";
      readonly reason: ConfirmRefusal | "shop_refused" | "shop_silent" | "too_slow";
      /** The shop's own, plain text of one line. */
      readonly words?: string;
      /** The order's; absent where there is none. */
      readonly currency?: string;
    };

/** The whole answer stays under 2 s; 1.2 s of it are the shop's. */
const CONFIRM_BUDGET_MS = 1900;
const ENDED_BUDGET_MS = 500;

/**
 * Says whether a payment should be approved, before it is. The page can leave this step out, so nothing rests on it: whatever was
 * approved is verified all the same.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`: then it must not be approved
 */
export async function confirmPayment(deps: Deps, asked: Confirmation): Promise<ConfirmOutcome> {
  const work = confirm(deps, asked);
  const within = await withinBudget(deps.clock, { budgetMs: CONFIRM_BUDGET_MS, work });
  const outcome = within ?? ({ kind: "refused", reason: "too_slow" } as const);
  // An id that is not ours is whatever somebody wrote: it stays out of the log.
  const isOurs = outcome.kind === "let_through" || outcome.currency !== undefined;
  const ids = { imp_uid: asked.paymentId, ...(isOurs ? { merchant_uid: asked.orderId } : {}) };
  if (outcome.kind === "refused") deps.log.warn("approval_refused", { ...ids, reason: outcome.reason });
  else deps.log.info("approval_let_through", ids);
  return outcome;
}

/** The shop is asked only about what Dojang itself would let through, and once for each payment that it lets through. */
async function confirm(deps: Deps, { orderId, ...asked }: Confirmation): Promise<ConfirmOutcome> {
  const order = (await deps.store.readOrder(orderId))?.order;
  const now = deps.clock.now();
  const endedPaymentId = order && (await endedPayment(deps, { order, asked: asked.paymentId }));
  const request = { ...asked, ...(endedPaymentId === undefined ? {} : { endedPaymentId }) };
  const refusal = confirmRefusal(order, { ...request, now });
  if (order === undefined || refusal !== undefined) return refused(refusal ?? "unknown_order", order);
  if (approvalHolder(order, now) !== asked.paymentId) {
    const said = await askShop(deps, { order, paymentId: asked.paymentId });
    if (said.kind === "no_answer")
      deps.log.alarm("confirm_hook_no_answer", { merchant_uid: orderId, reason: said.reason });
    if (said.kind !== "yes") {
      const { words } = said as { words?: string };
      const reason = said.kind === "no" ? "shop_refused" : "shop_silent";
      return { ...refused(reason, order), ...(words === undefined ? {} : { words }) };
    }
  }
  const outcome = await deps.store.transact({ orderId }, (aggregate) => decideConfirm(aggregate, request));
  return outcome.kind === "refused" ? refused(outcome.reason, order) : outcome;
}

type Refused = Extract<ConfirmOutcome, { kind: "refused" }>;

function refused(reason: Refused["reason"], order: Order | undefined): Refused {
  return { kind: "refused", reason, ...(order === undefined ? {} : { currency: order.amount.currency }) };
}

/** The other payment that was let through, where the gateway shows that it failed or waits for a deposit: it is in approval no more. */
async function endedPayment(
  { gateway, clock }: Deps,
  { order, asked }: { order: Order; asked: string },
): Promise<string | undefined> {
  const holder = approvalHolder(order, clock.now());
  if (holder === undefined || holder === asked) return undefined;
  const work = gateway.fetchPayment(holder);
  const fetched = await withinBudget(clock, { budgetMs: ENDED_BUDGET_MS, work });
  // One that the gateway does not know keeps its place: else everyone could take it, again and again.
  if (fetched?.kind !== "found" || fetched.payment.orderId !== order.orderId) return undefined;
  const { status, account } = fetched.payment;
  const isOver = status === "failed" || status === "cancelled" || account !== undefined;
  return isOver ? holder : undefined;
}

async function askShop(
  { confirmHook, clock }: Deps,
  { order, paymentId }: { order: Order; paymentId: string },
): Promise<ConfirmHookAnswer> {
  if (confirmHook === undefined) return { kind: "yes" };
  const data = {
    merchant_uid: order.orderId,
    imp_uid: paymentId,
    amount: amountMajor(order.amount),
    currency: order.amount.currency,
  };
  const timestamp = new Date(clock.now()).toISOString();
  const body = JSON.stringify({ type: "payment.confirm", timestamp, data });
  return confirmHook.ask({ id: `confirm_${paymentId}`, body });
}
