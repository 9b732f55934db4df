import type { ClaimedTask } from "../../src/storage/store.ts";
import { runTask } from "../../src/tasks/run-task.ts";
import { cancelOrder } from "../../src/usecases/cancel-order.ts";
import { completePayment } from "../../src/usecases/complete-payment.ts";
import { confirmPayment } from "../../src/usecases/confirm-payment.ts";
import type { Deps } from "../../src/usecases/deps.ts";
import { lookAtOrder } from "../../src/usecases/look-at-order.ts";
import { createWebhookReceiver } from "../../src/usecases/receive-webhook.ts";
import { requestRefund } from "../../src/usecases/request-refund.ts";
import { runRefund } from "../../src/usecases/run-refund.ts";
import { sweepWindow } from "../../src/usecases/sweep-window.ts";
import { DAY_MS, MINUTE_MS, money } from "../support/domain.ts";
import { AMOUNT, ORDER, PAYMENT_A, PAYMENT_B, type World } from "./world.ts";

export type ActorName =
  | "complete"
  | "completeAgain"
  | "completeB"
  | "webhook"
  | "webhookAgain"
  | "cancel"
  | "expiry"
  | "sweep"
  | "refund"
  | "refundAgain"
  | "refundOther"
  | "confirm"
  | "confirmB"
  | "approval"
  | "elsewhere";

/** What each one does, from its first step to what it is told. */
export const ACTORS: Readonly<Record<ActorName, (world: World, actor: string) => Promise<unknown>>> = {
  complete: (world, actor) => complete(world, actor, PAYMENT_A),
  completeAgain: (world, actor) => complete(world, actor, PAYMENT_A),
  completeB: (world, actor) => complete(world, actor, PAYMENT_B),
  webhook: (world, actor) => webhook(world, actor),
  webhookAgain: (world, actor) => webhook(world, actor),
  cancel: (world, actor) =>
    cancelOrder(world.depsOf(actor), { orderId: ORDER, actor: "shop", reason: "the shop closed it" }),
  expiry: (world, actor) => lookAtOrder(world.depsOf(actor), { orderId: ORDER }),
  sweep: (world, actor) => sweep(world.depsOf(actor)),
  refund: (world, actor) => refund(world.depsOf(actor), { key: "first", amountMinor: 600 }),
  refundAgain: (world, actor) => refund(world.depsOf(actor), { key: "first", amountMinor: 600 }),
  refundOther: (world, actor) => refund(world.depsOf(actor), { key: "second", amountMinor: 400 }),
  confirm: (world, actor) => confirm(world.depsOf(actor), PAYMENT_A),
  confirmB: (world, actor) => confirm(world.depsOf(actor), PAYMENT_B),
  approval: (world, actor) =>
    world.scheduler.at(`${actor} at the PG`, () => {
      const record = world.model.payment(PAYMENT_A);
      if (record?.pay_method === "vbank") world.model.deposit(PAYMENT_A);
      else world.model.lateApprove(PAYMENT_A);
    }),
  elsewhere: (world, actor) =>
    world.scheduler.at(`${actor} in the gateway's console`, () => {
      if ((world.model.payment(PAYMENT_A)?.paid_at ?? 0) > 0) world.model.cancelFromConsole(PAYMENT_A, 100);
    }),
};

function complete(world: World, actor: string, paymentId: string) {
  return completePayment(world.depsOf(actor), { paymentId, orderId: ORDER });
}

/**
 * A webhook, and the worker that runs what it caused, as the runner does. What it promises once it is answered: a look that began
 * after it.
 */
async function webhook(world: World, actor: string): Promise<unknown> {
  const deps = world.depsOf(actor);
  const body = Buffer.from("{}");
  const hint = {
    paymentId: PAYMENT_A,
    orderId: ORDER,
    contentType: "application/json",
    body,
    sourceAddress: "::1",
  };
  const isPaid = () => (world.model.payment(PAYMENT_A)?.paid_at ?? 0) > 0;
  // Where it may tell of more or of less, it arrives at any moment.
  const wasPaid = isPaid() || (await world.scheduler.at(`${actor} arrives`, isPaid));
  world.scheduler.note(actor, String(wasPaid));
  await createWebhookReceiver(deps)(hint);
  if (wasPaid) world.marks.add("heard");
  return work(deps, "verify");
}

/** As the runner's loop: it claims, runs and ends tasks until none is due. */
async function work(deps: Deps, kind: ClaimedTask["kind"]): Promise<string> {
  for (let runs = 0; runs < 4; runs += 1) {
    const [task] = await deps.store.claimTasks({ limit: 1, leaseMs: MINUTE_MS, kinds: [kind] });
    if (task === undefined) return "done";
    const end = await runTask(deps, task);
    if (end.kind !== "done") throw new Error(`The ${kind} task ended with ${end.kind}`);
    await deps.store.finishTask(task, end.nextDueAt === undefined ? {} : { nextDueAt: end.nextDueAt });
  }
  throw new Error(`The ${kind} task never ends`);
}

function sweep(deps: Deps): Promise<unknown> {
  const to = Math.floor(deps.clock.now() / 1000) + 1;
  return sweepWindow(deps, { window: { from: to - DAY_MS / 1000, to } });
}

/** The shop's wish, and one run of the task that it causes. */
async function refund(
  deps: Deps,
  wish: { readonly key: string; readonly amountMinor: number },
): Promise<unknown> {
  const outcome = await requestRefund(deps, {
    orderId: ORDER,
    idempotency: { apiKeyId: "shop", key: wish.key },
    amount: money(wish.amountMinor),
    reason: "sent back",
    retainsPromotion: false,
  });
  if (outcome.kind === "accepted" || outcome.kind === "exists")
    await runRefund(deps, { orderId: ORDER, paymentId: outcome.refund.paymentId });
  return outcome;
}

function confirm(deps: Deps, paymentId: string): Promise<unknown> {
  return confirmPayment(deps, { orderId: ORDER, paymentId, amountText: String(AMOUNT) });
}
