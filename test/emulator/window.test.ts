import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { startEmulator } from "../../src/emulator/emulator.ts";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import { openApi } from "./call-api.ts";
import { START, stoppedClock } from "./manual-clock.ts";
import { openReceiver } from "./open-receiver.ts";

const LIVE = "channel-key-live-inicis-dojang0";
const ORDER = {
  channelKey: LIVE,
  merchant_uid: "dj_w",
  amount: 1000,
  name: "주문",
  buyer_tel: "010-0000-0000",
};

const request = (emulator: Emulator, params: object = {}) => ({
  userCode: emulator.userCode,
  params: { ...ORDER, ...params },
});

function open(emulator: Emulator, params: object = {}): PaymentRecord {
  const opening = emulator.openWindow(request(emulator, params));
  assert.ok(opening.ok, "the window opens");
  return opening.payment;
}

function refusal(emulator: Emulator, params: object = {}) {
  const opening = emulator.openWindow(request(emulator, params));
  assert.ok(!opening.ok, "the window stays shut");
  assert.equal(opening.imp_uid, null);
  return [opening.error_code, opening.error_msg];
}

describe("openWindow()", () => {
  test("writes a ready record of the chosen channel with the buyer's words", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const payment = open(emulator, { custom_data: { a: 1 }, vbank_due: "20260807", pay_method: "vbank" });
    const { status, sandbox, pg_id, amount, currency, custom_data, started_at, vbank_num, paid_at } = payment;
    assert.deepEqual(
      { status, sandbox, pg_id, amount, currency, custom_data, started_at, vbank_num, paid_at },
      {
        status: "ready",
        sandbox: false,
        pg_id: "MOIdojang0",
        amount: "1000",
        currency: "KRW",
        custom_data: '{"a":1}',
        started_at: START,
        vbank_num: null,
        paid_at: 0,
      },
    );
    assert.equal(open(emulator, { channelKey: undefined, pg: "kakaopay.TC0ONETIME" }).sandbox, true);
    assert.equal(open(emulator, { channelKey: "unknown" }).pg_id, "INIpayTest");
  });

  test("refuses an approved merchant_uid, cancelled or not", async () => {
    await using emulator = await startEmulator();
    const payment = open(emulator);
    open(emulator); // a second window before the approval is possible
    await emulator.settleWindow(payment.imp_uid, { kind: "card" });
    assert.deepEqual(refusal(emulator), ["F1002", "이미 결제가 이루어진 거래건입니다."]);
    emulator.silentCancel(payment.imp_uid);
    assert.equal(refusal(emulator)[0], "F1002");
  });

  test("refuses another amount or currency than pre-registered; without a currency only the amount counts", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const toss = { channelKey: "channel-key-live-tosspayments" };
    await api.send("POST", "/payments/prepare", { merchant_uid: "dj_w", amount: 1000 });
    assert.equal(refusal(emulator, { amount: 999 })[0], emulator.model.switches.prepareMismatchCode);
    assert.equal(open(emulator, { ...toss, currency: "VND" }).currency, "VND");
    await api.send("PUT", "/payments/prepare", { merchant_uid: "dj_w", amount: 1000, currency: "KRW" });
    assert.equal(
      refusal(emulator, { ...toss, currency: "VND" })[0],
      emulator.model.switches.prepareMismatchCode,
    );
    open(emulator, { amount: 1000.0 });
  });

  test("refuses what is no amount and a currency that the channel does not take", async () => {
    await using emulator = await startEmulator();
    for (const amount of ["1000", 0, -1, Number.NaN, null])
      assert.equal(refusal(emulator, { amount })[0], "F1004");
    assert.equal(refusal(emulator, { currency: "USD" })[0], "F1005");
    assert.equal(emulator.ledger().length, 0);
  });

  test("cuts text that is longer than its column", async () => {
    await using emulator = await startEmulator();
    const payment = open(emulator, { merchant_uid: "m".repeat(50), buyer_name: "n".repeat(20) });
    assert.deepEqual([payment.merchant_uid.length, payment.buyer_name?.length], [40, 16]);
    emulator.model.switches.truncateColumns = false;
    assert.equal(open(emulator, { merchant_uid: "m".repeat(50) }).merchant_uid.length, 50);
  });
});

describe("settleWindow()", () => {
  test("pays by card and by easy pay", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const card = await emulator.settleWindow(open(emulator).imp_uid, {
      kind: "card",
      cardCode: "361",
      quota: 3,
    });
    assert.ok(card?.ok);
    const { status, paid_at, pay_method, card_name, card_quota, apply_num } = card.payment;
    assert.deepEqual(
      [status, paid_at, pay_method, card_name, card_quota],
      ["paid", START, "card", "BC카드", 3],
    );
    assert.match(apply_num ?? "", /^\d{8}$/);
    const easy = await emulator.settleWindow(open(emulator, { merchant_uid: "dj_e" }).imp_uid, {
      kind: "easypay",
      provider: "kakaopay",
    });
    assert.deepEqual(
      [easy?.payment.status, easy?.payment.pay_method, easy?.payment.emb_pg_provider],
      ["paid", "point", "kakaopay"],
    );
  });

  test("issues a virtual account that ends when the page asked for", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const { imp_uid } = open(emulator, { vbank_due: "2026-08-08" });
    const settled = await emulator.settleWindow(imp_uid, { kind: "vbank", bankCode: "004" });
    assert.ok(settled?.ok);
    const { status, vbank_name, vbank_num, vbank_date } = settled.payment;
    assert.deepEqual([status, vbank_name], ["ready", "국민은행"]);
    assert.match(vbank_num ?? "", /^\d{14}$/);
    assert.equal(vbank_date, Date.UTC(2026, 7, 8, 14, 59, 59) / 1000); // 23:59:59 in Korea
    assert.equal(await emulator.settleWindow(imp_uid, { kind: "card" }), undefined);
  });

  test("fails and cancels without a webhook, and only once", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: receiver.url });
    const failing = open(emulator);
    const failed = await emulator.settleWindow(failing.imp_uid, { kind: "fail", reason: "잔액부족" });
    assert.ok(failed && !failed.ok);
    assert.deepEqual(
      [failed.error_msg, failing.status, failing.fail_reason],
      ["잔액부족", "failed", "잔액부족"],
    );
    assert.equal(await emulator.settleWindow(failing.imp_uid, { kind: "card" }), undefined);
    const left = await emulator.settleWindow(open(emulator).imp_uid, { kind: "cancel" });
    assert.equal(left?.payment.fail_reason, "사용자가 결제를 취소함");
    assert.equal(await emulator.settleWindow("imp_0", { kind: "card" }), undefined);
    await emulator.webhooks.idle();
    assert.equal(receiver.received.length, 0);
  });

  test("pays two open windows of one order, unless the switch refuses the second", async () => {
    await using emulator = await startEmulator();
    const windows = [open(emulator), open(emulator), open(emulator)];
    const pay = async (index: number) =>
      (await emulator.settleWindow(windows[index]?.imp_uid ?? "", { kind: "card" }))?.ok;
    assert.deepEqual([await pay(0), await pay(1)], [true, true]);
    emulator.model.switches.refuseSecondApproval = true;
    assert.equal(await pay(2), false);
    assert.equal(windows[2]?.status, "failed");
  });

  test("sends the webhook before, with or after the callback", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ now: stoppedClock, webhookUrl: receiver.url });
    const pay = async (merchant_uid: string) =>
      emulator.settleWindow(open(emulator, { merchant_uid }).imp_uid, { kind: "card" });
    emulator.model.switches.webhookOrder = "before";
    await pay("dj_before");
    assert.equal(receiver.received.length, 1);
    emulator.model.switches.webhookOrder = "after";
    await pay("dj_after");
    await emulator.webhooks.idle();
    assert.equal(receiver.received.length, 1);
    await emulator.advance(1_000);
    assert.equal(receiver.received.length, 2);
    emulator.model.switches.webhookOrder = "together";
    await pay("dj_together");
    await emulator.webhooks.idle();
    assert.equal(receiver.received.length, 3);
  });

  test("sends the webhook to the page's notice_url instead of the setting", async () => {
    await using setting = await openReceiver();
    await using theirs = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: setting.url });
    await emulator.settleWindow(open(emulator, { notice_url: theirs.url }).imp_uid, { kind: "card" });
    await emulator.webhooks.idle();
    assert.deepEqual([setting.received.length, theirs.received.length], [0, 1]);
  });

  test("asks confirm_url first: anything but 200 fails the payment", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator();
    const pay = (params: object) =>
      emulator.settleWindow(open(emulator, { confirm_url: receiver.url, ...params }).imp_uid, {
        kind: "card",
      });
    receiver.answers.push(409, "drop");
    receiver.text = JSON.stringify({ reason: "재고 부족" });
    const refused = await pay({});
    assert.equal(
      refused?.payment.fail_reason,
      "고객사 요청에 의해 결제를 중단합니다. (상세사유 : 재고 부족)",
    );
    const dropped = await pay({});
    assert.equal(
      dropped?.payment.fail_reason,
      "고객사 요청에 의해 결제를 중단합니다. (상세사유 : 알 수 없음)",
    );
    const paid = await pay({});
    assert.equal(paid?.payment.status, "paid");
    assert.deepEqual(JSON.parse(receiver.received[2]?.body ?? ""), {
      imp_uid: paid?.payment.imp_uid,
      merchant_uid: "dj_w",
      amount: 1000,
    });
    emulator.model.switches.confirmProcess = false;
    await pay({ merchant_uid: "dj_unasked" });
    assert.equal(receiver.received.length, 3);
  });
});
