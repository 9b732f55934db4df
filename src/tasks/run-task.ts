import { readFoundBy } from "../domain/found-by.ts";
import type { Notice } from "../domain/notices.ts";
import type { ClaimedTask } from "../storage/store.ts";
import { closeAccount } from "../usecases/close-account.ts";
import type { Deps } from "../usecases/deps.ts";
import { lookAtOrder } from "../usecases/look-at-order.ts";
import { prepareOrder } from "../usecases/prepare-order.ts";
import { returnMoney, type StrayMoney } from "../usecases/return-money.ts";
import { runReconcile } from "../usecases/run-reconcile.ts";
import { runRefund } from "../usecases/run-refund.ts";
import { isSweepName, runSweep } from "../usecases/run-sweep.ts";
import { sendNotice } from "../usecases/send-notice.ts";
import { verifyPayment } from "../usecases/verify-payment.ts";
import { writeCheckpoints } from "../usecases/write-checkpoints.ts";
import { runDelivery } from "./run-delivery.ts";

/** How one run of a task ended. `retry`: later, as often as it takes; `give_up`: an operator must look. */
export type TaskEnd =
  | { readonly kind: "done"; readonly nextDueAt?: number }
  /** With `retryAt` then, else by the backoff. */
  | { readonly kind: "retry"; readonly reason: string; readonly retryAt?: number }
  /** Nothing was tried yet: it counts as no failed run. */
  | { readonly kind: "wait"; readonly reason: string; readonly retryAt: number }
  | { readonly kind: "give_up"; readonly reason: string };

const NOTICES: readonly Notice[] = ["account_issued", "deposit_received", "deposit_due_soon"];
const SMS_TRIES_MAX = 10;
const SMS_BUSY_MS = 1000;
const DONE: TaskEnd = { kind: "done" };

/** Runs one claimed task to its end. Everything it does outside may be done again without harm. */
export async function runTask(deps: Deps, task: ClaimedTask): Promise<TaskEnd> {
  const { kind, orderId, paymentId } = task;
  switch (kind) {
    case "verify":
      return paymentId === undefined
        ? { kind: "give_up", reason: "no payment named" }
        : runVerify(deps, { paymentId, foundBy: readFoundBy(task.payload["found_by"]) });
    case "look":
      return orderId === undefined ? { kind: "give_up", reason: "no order named" } : runLook(deps, orderId);
    case "sms":
      return orderId === undefined || paymentId === undefined
        ? { kind: "give_up", reason: "no order named" }
        : runNotice(deps, task, { orderId, paymentId });
    case "close_account":
      return orderId === undefined || paymentId === undefined
        ? { kind: "give_up", reason: "no payment named" }
        : runCloseAccount(deps, { orderId, paymentId });
    case "sweep":
      return runSweepTask(deps, String(task.payload["sweep"]));
    case "reconcile":
      return runReconcileTask(deps, String(task.payload["id"]));
    case "deliver":
      return runDelivery(deps, task);
    case "checkpoint":
      return { kind: "done", nextDueAt: await writeCheckpoints(deps) };
    case "prepare":
      return orderId === undefined
        ? { kind: "give_up", reason: "no order named" }
        : runPrepare(deps, orderId);
    case "refund":
      return orderId === undefined || paymentId === undefined
        ? { kind: "give_up", reason: "no payment named" }
        : runRefundTask(deps, { orderId, paymentId });
    case "return_money":
      return orderId === undefined || paymentId === undefined
        ? { kind: "give_up", reason: "no payment named" }
        : runReturn(deps, { orderId, paymentId, cause: String(task.payload["cause"]) });
  }
}

async function runVerify(deps: Deps, about: Parameters<typeof verifyPayment>[1]): Promise<TaskEnd> {
  const result = await verifyPayment(deps, about);
  if (result.kind === "decided") return DONE;
  if (result.kind === "unknown_payment")
    return result.recheckAt === undefined ? DONE : { kind: "done", nextDueAt: result.recheckAt };
  return { kind: "retry", reason: result.reason };
}

async function runLook(deps: Deps, orderId: string): Promise<TaskEnd> {
  const result = await lookAtOrder(deps, { orderId });
  if (result.kind !== "looked") return { kind: "retry", reason: result.reason };
  const { nextLookAt } = result.expiry;
  return nextLookAt === undefined ? DONE : { kind: "done", nextDueAt: nextLookAt };
}

async function runPrepare(deps: Deps, orderId: string): Promise<TaskEnd> {
  const result = await prepareOrder(deps, orderId);
  const isDone = result.kind === "confirmed" || result.kind === "refused" || result.kind === "not_wanted";
  return isDone ? DONE : { kind: "retry", reason: result.reason };
}

async function runNotice(
  deps: Deps,
  { tries, payload }: ClaimedTask,
  ids: { orderId: string; paymentId: string },
): Promise<TaskEnd> {
  const notice = NOTICES.find((known) => known === payload["template"]) ?? "account_issued";
  const { again } = payload;
  const result = await sendNotice(deps, { ...ids, notice, ...(typeof again === "string" ? { again } : {}) });
  switch (result.kind) {
    case "sent":
    case "not_needed":
      return DONE;
    case "busy":
      return { kind: "wait", reason: "provider_busy", retryAt: deps.clock.now() + SMS_BUSY_MS };
    case "refused":
      return { kind: "give_up", reason: result.reason };
    case "outcome_unknown":
      // It may be on the buyer's phone already: once per account is the promise, so it is not sent again.
      return { kind: "give_up", reason: result.reason };
    case "unavailable":
      return tries + 1 >= SMS_TRIES_MAX
        ? { kind: "give_up", reason: result.reason }
        : { kind: "retry", reason: result.reason };
  }
}

async function runSweepTask(deps: Deps, name: string): Promise<TaskEnd> {
  if (!isSweepName(name)) return { kind: "give_up", reason: "no such sweep" };
  const result = await runSweep(deps, name);
  return result.kind === "swept"
    ? { kind: "done", nextDueAt: result.nextDueAt }
    : { kind: "retry", reason: result.reason, retryAt: result.retryAt };
}

async function runRefundTask(deps: Deps, ids: { orderId: string; paymentId: string }): Promise<TaskEnd> {
  const result = await runRefund(deps, ids);
  switch (result.kind) {
    case "done":
      return DONE;
    case "later":
      return { kind: "done", nextDueAt: result.dueAt };
    case "retry":
      return { kind: "retry", reason: result.reason };
  }
}

async function runReturn(deps: Deps, stray: StrayMoney): Promise<TaskEnd> {
  const result = await returnMoney(deps, stray);
  if (result.kind === "wait") return { kind: "wait", reason: result.reason, retryAt: result.until };
  return result.kind === "done" ? DONE : result;
}

async function runReconcileTask(deps: Deps, id: string): Promise<TaskEnd> {
  const result = await runReconcile(deps, id);
  if (result.kind === "done") return DONE;
  if (result.kind === "goes_on") return { kind: "done", nextDueAt: deps.clock.now() };
  return { kind: "retry", reason: result.reason };
}

async function runCloseAccount(deps: Deps, ids: { orderId: string; paymentId: string }): Promise<TaskEnd> {
  const result = await closeAccount(deps, ids);
  if (result.kind === "closed" || result.kind === "refused") return DONE;
  return { kind: "retry", reason: result.reason };
}
