import { alarmsOf } from "../domain/alarms.ts";
import {
  decideRefundAnswer,
  decideRefusal,
  type RefundAnswer,
  type Sending,
} from "../domain/decide-refund-answer.ts";
import { decideRefundStep, type RefundAlarm, type RefundStep } from "../domain/decide-refund-step.ts";
import type { Refund } from "../domain/refund.ts";
import { currentRefund } from "../domain/refund-rest.ts";
import { nextRefundLookAt } from "../domain/refund-schedule.ts";
import type { CancelRequest, GatewayTrouble } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";
import { reportAlarms } from "./report-alarms.ts";
import { isWholeLook, verifyPayment } from "./verify-payment.ts";

export type RunRefundResult =
  /** Nothing of this payment is to be given back any more. */
  | { readonly kind: "done" }
  | { readonly kind: "later"; readonly dueAt: number }
  /** Nothing was learned, or nothing left: again after the backoff. */
  | { readonly kind: "retry"; readonly reason: string };

interface Ids {
  readonly orderId: string;
  readonly paymentId: string;
}

/**
 * Takes the current refund of a payment one step on: looks at the payment, then sends the refund, or waits for what was sent.
 * Safe at any time and as often as one likes: what is sent was marked as sent in a transaction before, what may have been
 * carried out is looked for before it is sent again, and the checksum lets the gateway carry out one of two at most.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function runRefund(deps: Deps, ids: Ids): Promise<RunRefundResult> {
  const { paymentId } = ids;
  const startedAt = deps.clock.now();
  const looked = await look(deps, ids);
  if (looked.kind !== "seen") return { kind: "retry", reason: looked.reason };
  const { seen } = looked;
  const { step, alarms } = await deps.store.transact(ids, (aggregate) => {
    const decision = decideRefundStep({ aggregate, paymentId, look: { startedAt, seen } });
    return { ...decision, outcome: { step: decision.outcome, alarms: alarmsOf(decision) } };
  });
  reportAlarms(deps, ids, alarms);
  switch (step.kind) {
    case "none":
      return { kind: "done" };
    case "ended":
      return { kind: "later", dueAt: deps.clock.now() };
    case "wait":
      if (step.alarm !== undefined) reportWait(deps, ids, step.alarm);
      return { kind: "later", dueAt: step.until };
    case "send":
      return send(deps, ids, step);
  }
}

/** A look whose answer can be read and was decided: one with faults tells nothing of what was cancelled. */
async function look(deps: Deps, { orderId, paymentId }: Ids) {
  const result = await verifyPayment(deps, { paymentId, foundBy: "look" });
  if (result.kind === "unknown_payment")
    return { kind: "unavailable", reason: "payment_not_shown" } as const satisfies GatewayTrouble;
  if (result.kind !== "decided") return result;
  if (!isWholeLook(result, orderId))
    return { kind: "unavailable", reason: "payment_unreadable" } as const satisfies GatewayTrouble;
  return { kind: "seen", seen: result.seen } as const;
}

async function send(
  deps: Deps,
  ids: Ids,
  { refund: marked, before, checksum }: Extract<RefundStep, { kind: "send" }>,
): Promise<RunRefundResult> {
  const { refundId } = marked;
  const sending = { marked, before };
  const result = await deps.gateway.cancelPayment(cancelRequest(marked, checksum));
  deps.log.info("refund_sent", {
    merchant_uid: ids.orderId,
    imp_uid: ids.paymentId,
    refund_id: refundId,
    kind: result.kind,
    tries: marked.sends,
  });
  switch (result.kind) {
    case "unavailable":
    case "misconfigured":
      await note(deps, ids, { sending, answer: "not_sent" });
      return { kind: "retry", reason: result.reason };
    case "refused":
      await note(deps, ids, { sending, answer: "refused" });
      if ((await look(deps, ids)).kind === "seen")
        await endRefused(deps, ids, { sending, message: result.message });
      break;
    case "accepted":
      await note(deps, ids, { sending, answer: "accepted" });
      await look(deps, ids);
      break;
    case "outcome_unknown":
      await look(deps, ids);
      break;
  }
  return next(deps, ids);
}

function cancelRequest(refund: Refund, checksum: CancelRequest["checksum"]): CancelRequest {
  const { refundId, paymentId, amount, reason, taxFree, vatAmount, requester, account } = refund;
  return {
    paymentId,
    amount,
    checksum,
    reason: `[${refundId}] ${reason}`,
    retainsPromotion: refund.retainsPromotion,
    ...(taxFree === undefined ? {} : { taxFree }),
    ...(vatAmount === undefined ? {} : { vatAmount }),
    ...(requester === undefined ? {} : { requester }),
    ...(account === undefined ? {} : { account }),
  };
}

async function note(
  { store }: Deps,
  target: Ids,
  noted: { sending: Sending; answer: RefundAnswer },
): Promise<void> {
  await store.transact(target, (aggregate) => decideRefundAnswer(aggregate, noted));
}

async function endRefused(
  deps: Deps,
  target: Ids,
  refusal: { sending: Sending; message: string },
): Promise<void> {
  const alarms = await deps.store.transact(target, (aggregate) => {
    const decision = decideRefusal(aggregate, refusal);
    return { ...decision, outcome: alarmsOf(decision) };
  });
  reportAlarms(deps, target, alarms);
}

/** When the payment's next step is due, after one that was sent. */
async function next({ store, clock }: Deps, { orderId, paymentId }: Ids): Promise<RunRefundResult> {
  const refunds = (await store.readOrder(orderId))?.refunds ?? [];
  const open = currentRefund(paymentId, refunds);
  if (open === undefined) return { kind: "done" };
  const now = clock.now();
  return { kind: "later", dueAt: open.sentAt === undefined ? now : nextRefundLookAt(open, now) };
}

function reportWait({ log }: Deps, { orderId, paymentId }: Ids, { code, refundId }: RefundAlarm): void {
  log.alarm(code, { merchant_uid: orderId, imp_uid: paymentId, refund_id: refundId });
}
