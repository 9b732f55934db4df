// R28 and R54-d: money that goes back without us. Goal: whoever cancels, by the console, the PG or a leaked key, the order follows,
// and what no refund of ours explains raises an alarm and a discrepancy, once. Method: cancellations behind our back, before, between
// and after our own refunds, found by webhook or by a look.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openApi } from "../emulator/call-api.ts";
import { openRefundStage, type PaidOrder } from "../support/refund-stage.ts";

const stage = await openRefundStage();
const { emulator } = stage.world;
after(() => stage.close());

async function look(paid: PaidOrder): Promise<void> {
  const answer = await paid.scene.dojang.request("POST", `/v1/orders/${paid.order}/verify`);
  assert.equal(answer.status, 200);
  await paid.scene.quiet();
}

async function kindsOf(paid: PaidOrder): Promise<string[]> {
  const { order } = await paid.read();
  return order.discrepancies.map(({ kind }: { kind: string }) => kind);
}

describe("a cancellation that we did not start", () => {
  test("R28-d a part by the console, told by webhook: partially refunded, one discrepancy, one alarm", async () => {
    const paid = await stage.paid();
    emulator.cancelFromConsole(paid.payment.imp_uid, 20_000);
    await emulator.webhooks.idle();
    await paid.scene.quiet();
    await look(paid);
    const { order } = await paid.read();
    assert.deepEqual([order.status, order.refunded_amount], ["partially_refunded", 20_000]);
    assert.deepEqual(
      [await kindsOf(paid), paid.alarms()],
      [["cancelled_elsewhere"], ["cancelled_elsewhere"]],
    );
  });

  test("R28-b all of it, silently: refunded as soon as anybody looks, and nothing is left to refund", async () => {
    const paid = await stage.paid();
    emulator.silentCancel(paid.payment.imp_uid);
    await look(paid);
    assert.equal((await paid.read()).order.status, "refunded");
    assert.deepEqual(
      [await kindsOf(paid), paid.alarms()],
      [["cancelled_elsewhere"], ["cancelled_elsewhere"]],
    );
    assert.equal((await paid.refund({ amount: "all" })).body.code, "nothing_to_refund");
  });

  test("R54-d by the REST API with our key: an alarm, and each further one again", async () => {
    const paid = await stage.paid();
    const api = await openApi(emulator);
    for (const [index, amount] of [10_000, 5000].entries()) {
      const answer = await api.send("POST", "/payments/cancel", { imp_uid: paid.payment.imp_uid, amount });
      assert.equal(answer.code, 0);
      await look(paid);
      await look(paid);
      assert.equal(paid.alarms().length, index + 1);
    }
    assert.deepEqual(await kindsOf(paid), ["cancelled_elsewhere", "cancelled_elsewhere"]);
  });

  test("R54-e in the name of a refund of ours that is done: what is too much is not explained by it", async () => {
    const paid = await stage.paid();
    const refund = await paid.refunded({ amount: 10_000 });
    const api = await openApi(emulator);
    const reason = `[${refund.id}] again`;
    const body = { imp_uid: paid.payment.imp_uid, amount: 10_000, reason };
    assert.equal((await api.send("POST", "/payments/cancel", body)).code, 0);
    await look(paid);
    assert.deepEqual(
      [await kindsOf(paid), paid.alarms()],
      [["cancelled_elsewhere"], ["cancelled_elsewhere"]],
    );
  });

  test("R54-f in the name of a refund that is not ours: it counts as elsewhere", async () => {
    const paid = await stage.paid();
    const api = await openApi(emulator);
    const other = await stage.paid();
    const refund = await other.refunded({ amount: 1000 });
    for (const id of [refund.id, `rfd_${"0".repeat(24)}`]) {
      const body = { imp_uid: paid.payment.imp_uid, amount: 1000, reason: `[${id}] stolen` };
      assert.equal((await api.send("POST", "/payments/cancel", body)).code, 0);
      await look(paid);
    }
    assert.deepEqual(await kindsOf(paid), ["cancelled_elsewhere", "cancelled_elsewhere"]);
    assert.equal((await paid.read()).refunds.length, 0);
  });

  test("R28-f between two refunds of ours: those open nothing, and only it does", async () => {
    const paid = await stage.paid();
    await paid.refunded({ amount: 10_000 });
    assert.deepEqual(await kindsOf(paid), []);
    emulator.silentCancel(paid.payment.imp_uid, 5000);
    const second = await paid.refunded({ amount: 10_000 });
    assert.equal(second.state, "succeeded");
    await look(paid);
    assert.deepEqual(
      [await kindsOf(paid), paid.alarms()],
      [["cancelled_elsewhere"], ["cancelled_elsewhere"]],
    );
    assert.equal((await paid.refunded({ amount: "all" })).amount, 25_000);
    const { order } = await paid.read();
    assert.deepEqual([order.status, order.discrepancies.length, paid.moneyBack()], ["refunded", 1, 50_000]);
  });

  test("R28-g our own refund that a webhook tells of first opens nothing", async () => {
    const paid = await stage.paid();
    await paid.refunded({ amount: "all" });
    await paid.scene.webhook(paid.payment, { status: "cancelled" });
    await look(paid);
    const { order } = await paid.read();
    assert.deepEqual([order.status, order.discrepancies, paid.alarms()], ["refunded", [], []]);
    const { imp_uid, verdict } = order.payments[0];
    assert.deepEqual([imp_uid, verdict], [paid.payment.imp_uid, "reversed"]);
  });
});
