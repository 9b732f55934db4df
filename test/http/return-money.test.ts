// Goal: money that fits no order goes back by an operator's word, once, and is never forgotten when that fails. Method: surplus and
// other odd payments over HTTP, resolved with `refund`, with and without a PG that agrees.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { openRefundStage, type PaidOrder, paidOrder } from "../support/refund-stage.ts";

const stage = await openRefundStage();
const { emulator } = stage.world;
after(() => stage.close());

const ACCOUNT = { bank: "88", account: "11012345678901", holder: "홍길동" };
const WHY = "paid twice, the buyer called";

/** A paid order and a second payment of the same price. */
async function surplus(fields: NewPayment = {}): Promise<PaidOrder> {
  const paid = await stage.paid();
  const payment = paid.scene.pay(paid.order, fields);
  await paid.scene.complete(payment, paid.order);
  await paid.scene.quiet();
  return paidOrder({ ...paid, payment, clock: stage.clock });
}

async function openOnes(paid: PaidOrder) {
  const { order } = await paid.read();
  return order.discrepancies.filter(
    ({ resolved_at }: { resolved_at: string | null }) => resolved_at === null,
  );
}

async function resolve(paid: PaidOrder, more: Record<string, unknown> = {}) {
  const [discrepancy] = await openOnes(paid);
  const body = { action: "refund", reason: WHY, ...more };
  const path = `/v1/discrepancies/${discrepancy.id}/resolve`;
  const answer = await paid.scene.dojang.request("POST", path, { body });
  await paid.scene.quiet();
  return answer;
}

describe("POST /v1/discrepancies/{id}/resolve with refund", () => {
  test("gives a surplus payment back whole, and leaves the order paid", async () => {
    const paid = await surplus();
    const answer = await resolve(paid);
    assert.deepEqual([answer.status, answer.body.resolution.action], [200, "refund"]);
    const { order, refunds } = await paid.read();
    assert.deepEqual(
      refunds.map(({ imp_uid, amount, state, reason }) => [imp_uid, amount, state, reason]),
      [[paid.payment.imp_uid, 50_000, "succeeded", WHY]],
    );
    assert.deepEqual([order.status, order.refunded_amount, paid.moneyBack()], ["paid", 0, 50_000]);
    assert.deepEqual([await openOnes(paid), paid.alarms()], [[], []]);
    const [stored] = (await paid.scene.dojang.dojang.deps.store.readOrder(paid.order))?.refunds ?? [];
    assert.equal(stored?.discrepancyId, answer.body.id);
  });

  test("gives it back once, however often it is asked at the same time", async () => {
    const paid = await surplus();
    const [discrepancy] = await openOnes(paid);
    const path = `/v1/discrepancies/${discrepancy.id}/resolve`;
    const body = { action: "refund", reason: WHY };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => paid.scene.dojang.request("POST", path, { body })),
    );
    await paid.scene.quiet();
    assert.deepEqual(answers.filter(({ status }) => status === 200).length, 1);
    assert.deepEqual([paid.sent().length, paid.moneyBack()], [1, 50_000]);
  });

  test("opens the discrepancy anew when the PG refuses, and gives the money back at the second try", async () => {
    const paid = await surplus();
    emulator.refuseCancels(paid.payment.imp_uid, "점검중");
    assert.equal((await resolve(paid)).status, 200);
    assert.equal((await paid.read()).refunds[0]?.state, "failed");
    const open = await openOnes(paid);
    assert.deepEqual(
      open.map(({ kind, imp_uid }: { kind: string; imp_uid: string }) => [kind, imp_uid]),
      [["surplus", paid.payment.imp_uid]],
    );
    assert.deepEqual(paid.alarms(), ["refund_failed"]);
    emulator.refuseCancels(paid.payment.imp_uid, null);
    assert.equal((await resolve(paid)).status, 200);
    assert.deepEqual([paid.moneyBack(), await openOnes(paid)], [50_000, []]);
  });

  test("wants an account for a virtual account's money", async () => {
    const paid = await surplus({ pay_method: "vbank", vbank_num: "110987", vbank_name: "신한은행" });
    assert.equal((await resolve(paid)).body.code, "refund_account_required");
    assert.equal((await openOnes(paid)).length, 1);
    assert.equal((await resolve(paid, { refund_account: { ...ACCOUNT, account: "12-34" } })).status, 400);
    assert.equal((await resolve(paid, { refund_account: ACCOUNT })).status, 200);
    assert.equal(paid.moneyBack(), 50_000);
  });

  test("gives money of another amount back, and the order stays open for a right one", async () => {
    const scene = await stage.world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { amount: 49_000 });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.quiet();
    const odd = paidOrder({ scene, order, payment, clock: stage.clock });
    assert.equal((await resolve(odd)).status, 200);
    assert.deepEqual([odd.moneyBack(), (await odd.read()).order.status], [49_000, "pending"]);
    assert.deepEqual(await openOnes(odd), []);
    await scene.expectHonestPaymentPays(order);
  });

  test("refuses for what names no money that can go back", async () => {
    const paid = await stage.paid();
    emulator.silentCancel(paid.payment.imp_uid, 1000);
    await paid.scene.dojang.request("POST", `/v1/orders/${paid.order}/verify`);
    const answer = await resolve(paid);
    assert.deepEqual([answer.status, answer.body.code], [409, "discrepancy_not_refundable"]);
    assert.deepEqual([(await openOnes(paid)).length, paid.sent().length], [1, 0]);
  });
});
