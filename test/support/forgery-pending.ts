import assert from "node:assert/strict";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import type { Scene } from "./forgery.ts";
import { assertUnchanged } from "./forgery-rows.ts";

interface Ids {
  readonly payment: PaymentRecord;
  readonly order: string;
}

/** A pending answer makes the server look by itself: at the payment after this, and at the order after 5 s. */
export const VERIFY_AGAIN_MS = 1000;

/** Completes and shows that nothing was learned: pending, and not one row written but the tasks that go on asking. */
export async function expectPendingOnly(scene: Scene, { payment, order }: Ids): Promise<void> {
  const before = await scene.stored(order);
  await scene.expectAnswer("pending", { payment, order });
  await expectOnlyTasksAdded(scene, { payment, order, before });
}

/** The order, its payments and events are as before; the two tasks that ask again may have been added. */
export async function expectOnlyTasksAdded(
  scene: Scene,
  { payment, order, before }: Ids & { before: Awaited<ReturnType<Scene["stored"]>> },
): Promise<void> {
  const after = await scene.stored(order);
  const added = after.tasks.filter((key) => !before.tasks.includes(key));
  const asking = [`verify:${payment.imp_uid}`, `look:${order}`];
  assert.deepEqual(
    added.filter((key) => !asking.includes(key)),
    [],
    "no task but those that ask again",
  );
  assertUnchanged({ ...before, tasks: after.tasks }, after);
}

/**
 * Lets time pass second by second, and shows that the server finds the payment without any further request from outside.
 *
 * @returns after how many seconds
 */
export async function expectPaidByItself(
  scene: Scene,
  { payment, order }: Ids,
  secondsMax = 1,
): Promise<number> {
  const { clock } = scene.world;
  assert.ok(clock !== undefined, "the world's time stands still");
  for (let second = 0; second <= secondsMax; second++) {
    if (second > 0) clock.advance(VERIFY_AGAIN_MS);
    await scene.quiet();
    if ((await scene.stored(order)).order.status !== "paid") continue;
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
      events: ["order.registered", "order.paid"],
    });
    return second;
  }
  throw new Error(`The order was not paid by itself within ${secondsMax} s`);
}
