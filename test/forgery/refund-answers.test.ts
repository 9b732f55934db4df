// R34: what becomes of a refund when the answer lies, is late or never comes. Goal: money goes back exactly once, and what is not
// known is never called failed. Method: faults around the one call that moves money, then the true money and what was sent.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openApi } from "../emulator/call-api.ts";
import { CANCEL, DAY_MS, HOUR_MS, MINUTE_MS, openRefundStage, SECOND_MS } from "../support/refund-stage.ts";
import { until } from "../support/until.ts";

const stage = await openRefundStage();
const { emulator } = stage.world;
after(() => stage.close());

describe("an answer that is lost", () => {
  test("R34-f after it took effect: the refund is found in the history and not sent again", async () => {
    const paid = await stage.paid();
    emulator.override({ ...CANCEL, times: 1 }, { reset: true });
    const refund = await paid.refunded({ amount: 20_000 });
    assert.equal(refund.state, "succeeded");
    await paid.pass(5 * MINUTE_MS, 10 * SECOND_MS);
    assert.deepEqual([paid.sent().length, paid.moneyBack()], [1, 20_000]);
    assert.deepEqual([(await paid.read()).order.discrepancies, paid.alarms()], [[], []]);
  });

  test("R34-f2 after it took effect, with a gateway that shows it a minute late: it is not sent again before", async () => {
    const paid = await stage.paid();
    emulator.override({ ...CANCEL, times: 1 }, { reset: true });
    const stale = { cancel_amount: "0", cancel_history: "[]", status: '"paid"' };
    const end = emulator.override({ path: `/payments/${paid.payment.imp_uid}` }, { payment: { raw: stale } });
    const refund = await paid.refunded({ amount: 20_000 });
    assert.equal(refund.state, "unknown");
    await paid.pass(50 * SECOND_MS);
    assert.equal(paid.sent().length, 1);
    // Still stale: it is sent again with the same checksum, which the gateway refuses.
    await paid.pass(15 * SECOND_MS);
    assert.deepEqual([paid.sent().length, paid.moneyBack()], [2, 20_000]);
    assert.deepEqual(paid.sent()[0]?.["checksum"], paid.sent()[1]?.["checksum"]);
    end();
    await paid.scene.dojang.request("POST", `/v1/orders/${paid.order}/verify`);
    const { order, refunds } = await paid.read();
    assert.deepEqual(
      [refunds[0]?.state, order.refunded_amount, order.discrepancies],
      ["succeeded", 20_000, []],
    );
  });

  test("R34-aq accepted, by a gateway that shows it minutes late: it is only looked for", async () => {
    const paid = await stage.paid();
    const stale = { cancel_amount: "0", cancel_history: "[]", status: '"paid"' };
    const end = emulator.override({ path: `/payments/${paid.payment.imp_uid}` }, { payment: { raw: stale } });
    assert.equal((await paid.refunded({ amount: 20_000 })).state, "unknown");
    await paid.pass(10 * MINUTE_MS, 10 * SECOND_MS);
    assert.equal(paid.sent().length, 1);
    end();
    await paid.pass(30 * MINUTE_MS, MINUTE_MS);
    const { order, refunds } = await paid.read();
    assert.deepEqual([refunds[0]?.state, paid.sent().length, order.discrepancies], ["succeeded", 1, []]);
  });

  test("R34-ar looked up by answers that cannot be read: nothing is learned, and nothing is sent", async () => {
    for (const isSent of [false, true]) {
      const paid = await stage.paid();
      emulator.override({ ...CANCEL, times: 1 }, { reset: true, acts: false });
      if (isSent) await paid.refunded({ amount: 20_000 });
      const look = { path: `/payments/${paid.payment.imp_uid}` };
      const end = emulator.override(look, { payment: { omit: ["cancel_amount"] } });
      if (!isSent) await paid.refunded({ amount: 20_000 });
      await paid.pass(3 * MINUTE_MS, 5 * SECOND_MS);
      assert.equal(paid.sent().length, isSent ? 1 : 0);
      end();
      await paid.pass(10 * MINUTE_MS, 10 * SECOND_MS);
      assert.deepEqual([(await paid.read()).refunds[0]?.state, paid.moneyBack()], ["succeeded", 20_000]);
    }
  });

  test("R34-f3 before it took effect: it is sent again after a minute, once", async () => {
    const paid = await stage.paid();
    emulator.override({ ...CANCEL, times: 1 }, { reset: true, acts: false });
    const refund = await paid.refunded({ amount: 20_000 });
    assert.deepEqual([refund.state, paid.moneyBack()], ["unknown", 0]);
    await paid.pass(59 * SECOND_MS);
    assert.equal(paid.sent().length, 1, "not within a minute");
    await paid.pass(2 * SECOND_MS);
    assert.deepEqual([paid.sent().length, paid.moneyBack()], [2, 20_000]);
    assert.deepEqual(
      (await paid.read()).refunds.map(({ id, state }) => [id, state]),
      [[refund.id, "succeeded"]],
    );
    await paid.pass(5 * MINUTE_MS, 10 * SECOND_MS);
    assert.equal(paid.sent().length, 2);
  });

  for (const [what, answer] of Object.entries({
    "R34-aa a 500 after it took effect": { status: 500, body: "{}", acts: true },
    "R34-ab a proxy's page after it took effect": { status: 502, body: "<html>", acts: true },
    "R34-ac a cut answer after it took effect": { cutAt: 10 },
    "R34-ad a 404 of a proxy after it took effect": { status: 404, body: "<html>", acts: true },
    "R34-ae a redirect after it took effect": {
      status: 302,
      headers: { location: "/x" },
      body: "",
      acts: true,
    },
    "R34-af 200 with another payment": {
      status: 200,
      headers: { "content-type": "application/json" },
      body: '{"code":0,"message":null,"response":{"imp_uid":"imp_1"}}',
      acts: true,
    },
  })) {
    test(`${what} is looked up, and sent once`, async () => {
      const paid = await stage.paid();
      emulator.override({ ...CANCEL, times: 1 }, answer);
      assert.equal((await paid.refunded({ amount: 20_000 })).state, "succeeded");
      await paid.pass(3 * MINUTE_MS, 10 * SECOND_MS);
      assert.deepEqual([paid.sent().length, paid.moneyBack()], [1, 20_000]);
    });
  }

  test("R34-ag a timeout, then the caller's retry with the same key, then the late answer: once", async () => {
    const paid = await stage.paid();
    const { promise, resolve } = Promise.withResolvers<void>();
    emulator.override({ ...CANCEL, times: 1 }, { holdUntil: promise });
    const first = await paid.refund({ amount: 20_000 }, "timeout-key");
    await until("it has been sent", () => paid.sent().length > 0);
    stage.clock.advance(8 * SECOND_MS);
    await paid.scene.quiet();
    assert.equal((await paid.read()).refunds[0]?.state, "succeeded", "looked up, not waited for");
    const again = await paid.refund({ amount: 20_000 }, "timeout-key");
    assert.deepEqual([again.status, again.body.id], [202, first.body.id]);
    resolve();
    await paid.pass(3 * MINUTE_MS, 5 * SECOND_MS);
    assert.deepEqual([paid.moneyBack(), (await paid.read()).refunds.length], [20_000, 1]);
    assert.equal((await paid.read()).refunds[0]?.state, "succeeded");
  });

  test("R34-ap a sending that arrives late: in place of the second, or refused after it", async () => {
    const api = await openApi(emulator);
    for (const lateMs of [30 * SECOND_MS, 90 * SECOND_MS]) {
      const paid = await stage.paid();
      emulator.override({ ...CANCEL, times: 1 }, { reset: true, acts: false });
      await paid.refunded({ amount: 20_000 });
      await paid.pass(lateMs);
      const [body = {}] = paid.sent();
      const numbers = { amount: Number(String(body["amount"])), checksum: Number(String(body["checksum"])) };
      const late = await api.send("POST", CANCEL.path, { ...body, ...numbers });
      assert.equal(late.code, lateMs < MINUTE_MS ? 0 : 1);
      await paid.pass(2 * MINUTE_MS, 10 * SECOND_MS);
      const { order, refunds } = await paid.read();
      assert.deepEqual([refunds[0]?.state, paid.moneyBack(), order.discrepancies], ["succeeded", 20_000, []]);
    }
  });

  test("R34-ah five lost sendings: no more are sent, somebody is called, and an operator says what it was", async () => {
    const paid = await stage.paid();
    const end = emulator.override(CANCEL, { reset: true, acts: false });
    await paid.refunded({ amount: 20_000 });
    await paid.pass(30 * MINUTE_MS, 5 * SECOND_MS);
    end();
    await paid.pass(2 * HOUR_MS, MINUTE_MS);
    assert.equal(paid.sent().length, 5);
    const { refunds, order } = await paid.read();
    assert.equal(refunds[0]?.state, "unknown");
    assert.deepEqual(
      order.discrepancies.map(({ kind }: { kind: string }) => kind),
      ["missing_at_gateway"],
    );
    assert.ok(paid.alarms().includes("refund_overdue"));
    const path = `/v1/discrepancies/${order.discrepancies[0].id}/resolve`;
    const body = { action: "dismiss", reason: "the PG has no such cancellation" };
    assert.equal((await paid.scene.dojang.request("POST", path, { body })).status, 200);
    assert.equal((await paid.read()).refunds[0]?.failure?.code, "not_found_at_gateway");
    assert.equal((await paid.refunded({ amount: 20_000 })).state, "succeeded");
    assert.equal(paid.moneyBack(), 20_000);
  });
});

describe("an answer that says no", () => {
  test("R34-g HTTP 200 with code 1 is a refusal, not a success", async () => {
    const paid = await stage.paid();
    const body = '{"code":1,"message":"이미 전액취소된 주문입니다.","response":null}';
    const headers = { "content-type": "application/json" };
    emulator.override({ ...CANCEL, times: 1 }, { status: 200, body, headers });
    const refund = await paid.refunded({ amount: 20_000 });
    assert.deepEqual(
      [refund.state, refund.failure],
      ["failed", { code: "gateway_refused", message: "이미 전액취소된 주문입니다." }],
    );
    assert.deepEqual([(await paid.read()).order.status, paid.moneyBack()], ["paid", 0]);
  });

  test("R34-ai a refusal of what took effect all the same: it succeeded, as the history says", async () => {
    const paid = await stage.paid();
    const body = '{"code":-1,"message":"결제취소에 실패하였습니다. timeout","response":null}';
    const headers = { "content-type": "application/json" };
    emulator.override({ ...CANCEL, times: 1 }, { status: 200, body, headers, acts: true });
    assert.equal((await paid.refunded({ amount: 20_000 })).state, "succeeded");
    assert.deepEqual([paid.sent().length, paid.moneyBack(), paid.alarms()], [1, 20_000, []]);
  });

  test("R34-d a checksum that a cancellation elsewhere made stale: the gateway refuses, and it is reckoned anew", async () => {
    const paid = await stage.paid();
    // The console's cancellation lands between our look and our sending.
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = `/payments/${paid.payment.imp_uid}`;
    emulator.override({ path: look, times: 1 }, { holdUntil: promise, snapshot: "arrival" });
    const looks = () => paid.scene.seenLines().filter((line) => line.includes(look)).length;
    const before = looks();
    assert.equal((await paid.refund({ amount: 20_000 })).status, 202);
    await until("the look has come", () => looks() > before);
    emulator.silentCancel(paid.payment.imp_uid, 5000);
    resolve();
    await paid.scene.quiet();
    const { order, refunds } = await paid.read();
    assert.equal(refunds[0]?.state, "succeeded");
    assert.deepEqual([order.refunded_amount, paid.moneyBack()], [25_000, 25_000]);
    assert.deepEqual(
      paid.sent().map(({ checksum }) => Number(String(checksum))),
      [50_000, 45_000],
    );
    assert.deepEqual(
      order.discrepancies.map(({ kind }: { kind: string }) => kind),
      ["cancelled_elsewhere"],
    );
    assert.deepEqual(paid.alarms(), ["cancelled_elsewhere"]);
  });

  test("R34-aj what is left no more when it comes to sending fails by name and is never sent", async () => {
    const paid = await stage.paid();
    emulator.silentCancel(paid.payment.imp_uid, 40_000);
    const refund = await paid.refunded({ amount: 20_000 });
    assert.deepEqual([refund.state, refund.failure?.code], ["failed", "refund_exceeds_rest"]);
    assert.deepEqual([paid.sent().length, paid.moneyBack()], [0, 40_000]);
    assert.deepEqual(paid.alarms().toSorted(), ["cancelled_elsewhere", "refund_failed"]);
  });

  for (const status of [401, 429]) {
    test(`R34-ak a ${status} surely took no effect: it is sent soon again`, async () => {
      const paid = await stage.paid();
      const headers = { "content-type": "application/json" };
      const body = '{"code":-1,"message":"Unauthorized","response":null}';
      emulator.override({ ...CANCEL, times: 2 }, { status, body, headers });
      await paid.refunded({ amount: 20_000 });
      await paid.pass(30 * SECOND_MS);
      assert.deepEqual([(await paid.read()).refunds[0]?.state, paid.moneyBack()], ["succeeded", 20_000]);
    });
  }
});

describe("a refund that nobody can tell", () => {
  /** The answer is lost, and by the next look more is cancelled, in another's name. */
  async function unclear() {
    const paid = await stage.paid();
    emulator.override({ ...CANCEL, times: 1 }, { reset: true, acts: false });
    const answer = await paid.refund({ amount: 20_000 });
    await paid.scene.quiet();
    emulator.silentCancel(paid.payment.imp_uid, 20_000);
    await paid.pass(3 * HOUR_MS, MINUTE_MS);
    const { order, refunds } = await paid.read();
    assert.deepEqual([refunds[0]?.id, refunds[0]?.state], [answer.body.id, "unknown"]);
    assert.equal(paid.sent().length, 1, "never sent again");
    assert.deepEqual(
      order.discrepancies.map(({ kind }: { kind: string }) => kind),
      ["cancelled_elsewhere"],
    );
    assert.ok(paid.alarms().includes("refund_unclear"));
    const resolve = (action: string) =>
      paid.scene.dojang.request("POST", `/v1/discrepancies/${order.discrepancies[0].id}/resolve`, {
        body: { action, reason: "asked the PG" },
      });
    return { paid, resolve };
  }

  test("R34-al is never sent again; accepted by an operator it was this refund", async () => {
    const { paid, resolve } = await unclear();
    assert.equal((await resolve("accept")).status, 200);
    const { refunds, order } = await paid.read();
    assert.deepEqual([refunds[0]?.state, order.refunded_amount], ["succeeded", 20_000]);
    const rest = await paid.refunded({ amount: "all" });
    assert.deepEqual([rest.amount, rest.state, paid.moneyBack()], [30_000, "succeeded", 50_000]);
    assert.equal((await paid.read()).order.discrepancies.length, 1, "what was explained opens nothing again");
  });

  test("R34-am dismissed by an operator it failed, and may be asked for again", async () => {
    const { paid, resolve } = await unclear();
    assert.equal((await resolve("dismiss")).status, 200);
    assert.deepEqual((await paid.read()).refunds[0]?.failure?.code, "not_found_at_gateway");
    assert.equal((await paid.refunded({ amount: 20_000 })).state, "succeeded");
    assert.deepEqual([paid.moneyBack(), (await paid.read()).order.discrepancies.length], [40_000, 1]);
  });
});

describe("a cancellation that ends later", () => {
  test("R34-an stays open until the history shows it, and is never sent again", async () => {
    const paid = await stage.paid({ payment: { pg_provider: "paypal_v2" } });
    emulator.deferCancels(paid.payment.imp_uid);
    const refund = await paid.refunded({ amount: 20_000 });
    assert.equal(refund.state, "unknown");
    assert.equal(
      (await paid.refund({ amount: "all" })).body.amount,
      30_000,
      "what is under way is spoken for",
    );
    await paid.pass(2 * DAY_MS, HOUR_MS);
    assert.equal(paid.sent().length, 1, "the second waits for the first");
    assert.ok(paid.alarms().includes("refund_overdue"));
    emulator.finishCancels(paid.payment.imp_uid);
    await paid.pass(DAY_MS, HOUR_MS);
    const { refunds, order } = await paid.read();
    assert.deepEqual(
      refunds.map(({ state }) => state),
      ["succeeded", "succeeded"],
    );
    assert.deepEqual([order.status, paid.sent().length, paid.moneyBack()], ["refunded", 2, 50_000]);
  });

  test("R34-ao with a lost answer it is not sent again, whatever the time", async () => {
    const paid = await stage.paid({ payment: { pg_provider: "smartro_v2" } });
    emulator.deferCancels(paid.payment.imp_uid);
    emulator.override({ ...CANCEL, times: 1 }, { reset: true });
    assert.equal((await paid.refunded({ amount: 20_000 })).state, "unknown");
    await paid.pass(3 * HOUR_MS, MINUTE_MS);
    assert.equal(paid.sent().length, 1);
    assert.ok(paid.alarms().includes("refund_overdue"));
    emulator.finishCancels(paid.payment.imp_uid);
    await paid.pass(DAY_MS, HOUR_MS);
    assert.deepEqual([(await paid.read()).refunds[0]?.state, paid.moneyBack()], ["succeeded", 20_000]);
  });
});
