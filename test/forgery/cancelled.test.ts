// R30, R45: an order that the shop cancels while it is being paid. Goal: exactly one of the two wins, and money is never lost: it
// pays the order, or it is shown to an operator. Method: cancel over HTTP against a real server, before, between and beside a look.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld, type Scene } from "../support/forgery.ts";
import { holdLook } from "../support/held-look.ts";

const world = await openWorld();
after(() => world.close());

const ACCOUNT = { pay_method: "vbank", status: "ready" } as const;
const PAID_LATE = { status: "cancelled", discrepancies: ["paid_after_closing"] } as const;

/** One scene with an order; no webhook tells of anything. */
async function begin(): Promise<{ scene: Scene; order: string }> {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  return { scene, order: await scene.order() };
}

const cancel = (order: string) => world.dojang.request("POST", `/v1/orders/${order}/cancel`);
const attemptsLine = (order: string) => `GET /payments/findAll/${order}?page=1&limit=1000&sorting=-started`;

describe("money for an order that was cancelled", () => {
  test("R30-d a card payment after the cancel pays nothing and is shown once", async () => {
    const { scene, order } = await begin();
    assert.equal((await cancel(order)).body.status, "cancelled");
    const payment = scene.pay(order);
    for (let turn = 0; turn < 2; turn += 1) await scene.expectAnswer("closed", { payment, order });
    await scene.webhook(payment);
    await scene.expectStored(order, { ...PAID_LATE, payments: { [payment.imp_uid]: "rejected" } });
    const looks = Array.from({ length: 3 }, () => scene.lookLine(payment));
    await scene.expectNothingElse([attemptsLine(order), ...looks]);
  });

  test("R30-e a window that was open at the cancel and is approved after it pays nothing", async () => {
    const { scene, order } = await begin();
    const { imp_uid } = scene.pay(order, { status: "ready" });
    await scene.expectAnswer("pending", { payment: imp_uid, order });
    assert.equal((await cancel(order)).body.status, "cancelled");
    scene.emulator.lateApprove(imp_uid);
    await scene.expectAnswer("closed", { payment: imp_uid, order });
    await scene.expectStored(order, { ...PAID_LATE, payments: { [imp_uid]: "rejected" } });
    await scene.expectBystandersUnchanged();
  });

  test("R30-f a deposit into an account that the PG could not close pays nothing", async () => {
    const { scene, order } = await begin();
    const { imp_uid } = scene.pay(order, ACCOUNT);
    await scene.expectAnswer("vbankIssued", { payment: imp_uid, order });
    const refusal = { status: 400, body: '{"code":-1,"message":"no","response":null}' };
    scene.emulator.override({ method: "DELETE", path: `/vbanks/${imp_uid}` }, refusal);
    assert.equal((await cancel(order)).body.status, "cancelled");
    await scene.quiet();
    scene.emulator.deposit(imp_uid);
    await scene.webhook(imp_uid);
    await scene.expectStored(order, { ...PAID_LATE, payments: { [imp_uid]: "rejected" } });
    await scene.expectBystandersUnchanged();
  });

  test("R30-g an account that is issued after the cancel is closed, and its order stays cancelled", async () => {
    const { scene, order } = await begin();
    assert.equal((await cancel(order)).body.status, "cancelled");
    const { imp_uid } = scene.pay(order, ACCOUNT);
    await scene.expectAnswer("closed", { payment: imp_uid, order });
    await scene.quiet();
    assert.equal(scene.emulator.model.payment(imp_uid)?.status, "failed");
    const { order: row } = await scene.stored(order);
    assert.deepEqual([row.status, row.discrepancies], ["cancelled", []]);
    await scene.expectBystandersUnchanged();
  });

  test("R30-h no other order is touched by a payment of a cancelled one", async () => {
    const { scene, order } = await begin();
    const other = await scene.order();
    assert.equal((await cancel(order)).body.status, "cancelled");
    const payment = scene.pay(order);
    await scene.expectAnswer("notFound", { payment, order: other });
    await scene.expectStored(other, { status: "pending" });
    await scene.expectHonestPaymentPays(other);
    await scene.expectBystandersUnchanged();
  });
});

describe("a cancel beside a complete", () => {
  test("R45-an between the fetch and the write of a complete: the order is cancelled, the money shown", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    const path = `/payments/${payment.imp_uid}`;
    const held = holdLook(scene.emulator, { path, snapshot: "arrival" });
    // The list is empty for as long as the look of the cancel goes: it does not see what the complete has seen.
    const none = '{"code":0,"message":null,"response":{"total":0,"previous":0,"next":0,"list":[]}}';
    scene.emulator.override(
      { method: "GET", path: `/payments/findAll/${order}` },
      { status: 200, body: none },
    );
    const complete = scene.complete(payment, order);
    await held.taken();
    assert.equal((await cancel(order)).body.status, "cancelled");
    held.release();
    assert.equal((await complete).body.status, "closed");
    await scene.expectStored(order, { ...PAID_LATE, payments: { [payment.imp_uid]: "rejected" } });
    await scene.expectBystandersUnchanged();
  });

  test("R45-ao between the look and the write of a cancel: the order is paid, the cancel refused", async () => {
    const { scene, order } = await begin();
    const path = `/payments/findAll/${order}`;
    const held = holdLook(scene.emulator, { path, snapshot: "arrival" });
    const cancelled = cancel(order);
    await held.taken();
    const payment = await scene.expectHonestPaymentPays(order);
    held.release();
    assert.equal((await cancelled).body.code, "order_already_paid");
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    await scene.expectBystandersUnchanged();
  });

  test("R45-ap at the same time, 20 times: one of the two wins, and no money is lost", async () => {
    const { scene } = await begin();
    for (let turn = 0; turn < 20; turn += 1) {
      const order = await scene.order();
      // Where the cancel's look is blind, the order of the two writes is left to chance.
      const none = '{"code":0,"message":null,"response":{"total":0,"previous":0,"next":0,"list":[]}}';
      scene.emulator.override(
        { method: "GET", path: `/payments/findAll/${order}` },
        { status: 200, body: none },
      );
      const payment = scene.pay(order);
      const calls = [() => cancel(order), () => scene.complete(payment, order)];
      const answers = await Promise.all((turn % 2 === 0 ? calls : calls.toReversed()).map((call) => call()));
      const [cancelled, completed] = turn % 2 === 0 ? answers : answers.toReversed();
      const isPaid = completed?.status === 200;
      assert.equal(cancelled?.status, isPaid ? 409 : 200);
      await scene.expectStored(
        order,
        isPaid
          ? { status: "paid", paidBy: payment.imp_uid, payments: { [payment.imp_uid]: "applied" } }
          : { ...PAID_LATE, payments: { [payment.imp_uid]: "rejected" } },
      );
    }
    await scene.expectBystandersUnchanged();
  });
});
