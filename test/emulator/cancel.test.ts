import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { openApi } from "./call-api.ts";
import { START, stoppedClock } from "./manual-clock.ts";
import { openReceiver } from "./open-receiver.ts";

const NOTHING = "취소할 결제건이 존재하지 않습니다.";
const ALREADY = "이미 전액취소된 주문입니다.";

describe("POST /payments/prepare", () => {
  test("registers once, changes by PUT, and answers what is registered", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const none = await api.get("/payments/prepare/dj_1");
    assert.deepEqual([none.status, none.message], [404, "사전등록된 결제정보가 존재하지 않습니다."]);
    assert.equal(
      (await api.send("PUT", "/payments/prepare", { merchant_uid: "dj_1", amount: 1 })).status,
      404,
    );

    const first = await api.send("POST", "/payments/prepare", { merchant_uid: "dj_1", amount: 1000 });
    assert.deepEqual(first.response, { merchant_uid: "dj_1", amount: 1000, currency: null });
    const again = await api.send("POST", "/payments/prepare", { merchant_uid: "dj_1", amount: 1000 });
    assert.deepEqual([again.status, again.code, again.response], [200, 1, null]);
    assert.equal(again.message, "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).");

    await api.send("PUT", "/payments/prepare", { merchant_uid: "dj_1", amount: 14.2, currency: "USD" });
    const now = await api.get("/payments/prepare/dj_1");
    assert.deepEqual(now.response, { merchant_uid: "dj_1", amount: 14.2, currency: "USD" });
  });

  test("refuses a missing or odd merchant_uid or amount", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    for (const body of [
      {},
      { merchant_uid: "a" },
      { merchant_uid: "a", amount: 0 },
      { merchant_uid: "a", amount: "x" },
    ]) {
      assert.equal((await api.send("POST", "/payments/prepare", body)).status, 400, JSON.stringify(body));
    }
  });
});

describe("POST /payments/cancel", () => {
  test("cancels all that is left when the amount is missing or 0", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    for (const amount of [undefined, 0]) {
      const { imp_uid } = emulator.pay({ amount: 1000 });
      const { status, code, response } = await api.send("POST", "/payments/cancel", {
        imp_uid,
        amount,
        reason: "변심",
      });
      assert.deepEqual([status, code, response.status, response.cancel_amount], [200, 0, "cancelled", 1000]);
      assert.equal(response.paid_at, START);
      assert.equal(response.cancelled_at, START);
      assert.equal(response.cancel_reason, "변심");
      const [item] = response.cancel_history;
      assert.deepEqual([item.amount, item.reason, item.cancelled_at], [1000, "변심", START]);
      assert.match(item.cancellation_id, /^[0-9A-Z]{20}$/);
    }
  });

  test("cancels a part, exactly, and calls it cancelled", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ amount: "0.3", currency: "USD" });
    const first = await api.send("POST", "/payments/cancel", { imp_uid, amount: 0.1, checksum: 0.3 });
    assert.deepEqual([first.response.status, first.response.cancel_amount], ["cancelled", 0.1]);
    const second = await api.send("POST", "/payments/cancel", { imp_uid, amount: 0.2, checksum: 0.2 });
    assert.deepEqual(
      [second.code, second.response.cancel_amount, second.response.cancel_history.length],
      [0, 0.3, 2],
    );
    const third = await api.send("POST", "/payments/cancel", { imp_uid, amount: 0.1 });
    assert.deepEqual([third.status, third.code, third.message, third.response], [200, 1, ALREADY, null]);
  });

  test("keeps the status paid after a part where the switch says so", async () => {
    await using emulator = await startEmulator({ switches: { partialCancelStatus: "paid" } });
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ amount: 1000 });
    const answer = await api.send("POST", "/payments/cancel", { imp_uid, amount: 100 });
    assert.deepEqual([answer.response.status, answer.response.cancel_amount], ["paid", 100]);
  });

  test("does nothing when the checksum differs from the balance", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ amount: 10000 });
    assert.equal(
      (await api.send("POST", "/payments/cancel", { imp_uid, amount: 1000, checksum: 10000 })).code,
      0,
    );
    const retried = await api.send("POST", "/payments/cancel", { imp_uid, amount: 1000, checksum: 10000 });
    assert.deepEqual([retried.status, retried.code, retried.response], [200, 1, null]);
    assert.equal(retried.message, emulator.model.switches.checksumMismatchMessage);
    assert.equal(emulator.ledger()[0]?.cancelled, "1000");
    assert.equal(
      (await api.send("POST", "/payments/cancel", { imp_uid, amount: 1000, checksum: 9000 })).code,
      0,
    );
  });

  test("imp_uid wins over merchant_uid, an unknown one fails whatever else is said", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const a = emulator.pay();
    const b = emulator.pay();
    const unknown = await api.send("POST", "/payments/cancel", {
      imp_uid: "imp_0",
      merchant_uid: a.merchant_uid,
    });
    assert.deepEqual([unknown.status, unknown.code, unknown.message], [200, 1, NOTHING]);
    await api.send("POST", "/payments/cancel", { imp_uid: a.imp_uid, merchant_uid: b.merchant_uid });
    assert.deepEqual([a.status, b.status], ["cancelled", "paid"]);
    await api.send("POST", "/payments/cancel", { merchant_uid: b.merchant_uid });
    assert.equal(b.status, "cancelled");
    assert.equal((await api.send("POST", "/payments/cancel", {})).status, 400);
  });

  test("refuses ready and failed payments, more than the balance, and what the PG refuses", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const cancel = (imp_uid: string, rest = {}) => api.send("POST", "/payments/cancel", { imp_uid, ...rest });
    for (const status of ["ready", "failed"] as const) {
      assert.equal((await cancel(emulator.pay({ status }).imp_uid)).message, NOTHING);
    }
    const { imp_uid } = emulator.pay({ amount: 1000 });
    assert.deepEqual(
      [(await cancel(imp_uid, { amount: 1001 })).code, (await cancel(imp_uid, { amount: -1 })).status],
      [1, 400],
    );
    emulator.refuseCancels(imp_uid, "거래 없음");
    const refused = await cancel(imp_uid);
    assert.deepEqual([refused.status, refused.code], [200, -1]);
    assert.equal(refused.message, "결제취소에 실패하였습니다. 거래 없음");
    emulator.refuseCancels(imp_uid, null);
    assert.equal((await cancel(imp_uid)).code, 0);
  });

  test("takes cancels and carries them out later where it is told so, as far as the balance goes", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ amount: 1000 });
    emulator.deferCancels(imp_uid);
    for (const reason of ["one", "two"]) {
      const taken = await api.send("POST", "/payments/cancel", {
        imp_uid,
        amount: 600,
        checksum: 1000,
        reason,
      });
      assert.deepEqual([taken.code, taken.response.cancel_amount, taken.response.status], [0, 0, "paid"]);
    }
    emulator.finishCancels(imp_uid);
    const { response } = await api.get(`/payments/${imp_uid}?include_sandbox=true`);
    assert.deepEqual([response.cancel_amount, response.cancel_history.length], [600, 1]);
    assert.equal(response.cancel_history[0].reason, "one");
    const atOnce = await api.send("POST", "/payments/cancel", { imp_uid, amount: 400 });
    assert.equal(atOnce.response.cancel_amount, 1000);
  });

  test("wants a refund account for a virtual account", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ pay_method: "vbank" });
    assert.equal((await api.send("POST", "/payments/cancel", { imp_uid })).code, -1);
    const account = { refund_holder: "홍길동", refund_bank: "088", refund_account: "110123456789" };
    assert.equal((await api.send("POST", "/payments/cancel", { imp_uid, ...account })).code, 0);
  });

  test("wants the VAT again where it was set, and no more tax-free money than there was", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ amount: 1100, vatAmount: 100, taxFree: 50 });
    const cancel = (rest: object) => api.send("POST", "/payments/cancel", { imp_uid, amount: 110, ...rest });
    assert.equal((await cancel({})).code, -1);
    assert.equal((await cancel({ vat_amount: 10, tax_free: 51 })).code, -1);
    assert.equal((await cancel({ vat_amount: 10, tax_free: 50 })).code, 0);
    assert.equal((await cancel({ vat_amount: 10, tax_free: 1 })).code, -1);
  });

  test("does not cancel a phone payment of an earlier month", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ pay_method: "phone" });
    await emulator.advance(30 * 24 * 60 * 60 * 1000);
    const late = await openApi(emulator);
    assert.equal((await api.send("POST", "/payments/cancel", { imp_uid })).status, 401);
    assert.equal((await late.send("POST", "/payments/cancel", { imp_uid })).code, -1);
  });

  test("sends a webhook only with enable_webhook, and only when the payment had used one", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: receiver.url });
    const api = await openApi(emulator);
    const silent = emulator.pay({ notify: true });
    await emulator.webhooks.idle();
    await api.send("POST", "/payments/cancel", { imp_uid: silent.imp_uid, amount: 1 });
    await emulator.webhooks.idle();
    assert.equal(receiver.received.length, 1);
    const { response } = await api.send("POST", "/payments/cancel", {
      imp_uid: silent.imp_uid,
      enable_webhook: true,
    });
    await emulator.webhooks.idle();
    assert.deepEqual(JSON.parse(receiver.received[1]?.body ?? ""), {
      imp_uid: silent.imp_uid,
      merchant_uid: silent.merchant_uid,
      status: "cancelled",
      cancellation_id: response.cancel_history[1].cancellation_id,
    });
  });
});

describe("GET /payments/{imp_uid}/balance", () => {
  test("answers for PAYCO, 405 for others, 404 for unknown ids", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const payco = emulator.pay({ channelKey: "channel-key-live-payco", amount: 1000, taxFree: 100 });
    await api.send("POST", "/payments/cancel", { imp_uid: payco.imp_uid, amount: 300 });
    const { response } = await api.get(`/payments/${payco.imp_uid}/balance`);
    assert.deepEqual(
      [response.amount, response.primary],
      [700, { tax_free: 100, supply: 600, vat: 0, service: 0 }],
    );
    assert.equal((await api.get(`/payments/${emulator.pay().imp_uid}/balance`)).status, 405);
    assert.equal((await api.get("/payments/imp_0/balance")).status, 404);
  });
});
