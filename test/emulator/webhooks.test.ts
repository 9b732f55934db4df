import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { until } from "../support/until.ts";
import { stoppedClock } from "./manual-clock.ts";
import { openReceiver } from "./open-receiver.ts";

const MINUTE_MS = 60_000;

describe("webhooks", () => {
  test("carry three fields as JSON, or as form data, and no signature", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: receiver.url });
    const { imp_uid, merchant_uid } = emulator.pay({ notify: true });
    await emulator.webhooks.idle();
    emulator.webhooks.format = "form";
    await emulator.webhooks.send(imp_uid);
    const [json, form] = receiver.received;
    assert.equal(json?.contentType, "application/json");
    assert.equal(json?.body, JSON.stringify({ imp_uid, merchant_uid, status: "paid" }));
    assert.equal(form?.contentType, "application/x-www-form-urlencoded");
    assert.equal(form?.body, `imp_uid=${imp_uid}&merchant_uid=${merchant_uid}&status=paid`);
    assert.deepEqual(Object.keys(json?.headers ?? {}).toSorted(), [
      "connection",
      "content-length",
      "content-type",
      "host",
    ]);
    assert.equal(emulator.webhooks.sent.length, 2);
    assert.deepEqual(
      [emulator.webhooks.sent[0]?.state, emulator.webhooks.sent[0]?.status],
      ["answered", 200],
    );
  });

  test("leave for a console cancel with its cancellation_id, and for nothing silent", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: receiver.url });
    const payment = emulator.pay({ amount: 1000 });
    emulator.fail(emulator.pay().imp_uid);
    emulator.silentCancel(payment.imp_uid, 100);
    emulator.expire(emulator.pay({ status: "ready", pay_method: "vbank" }).imp_uid);
    emulator.cancelFromConsole(payment.imp_uid, 200);
    await emulator.webhooks.idle();
    assert.equal(receiver.received.length, 1);
    const told = JSON.parse(receiver.received[0]?.body ?? "");
    assert.deepEqual(
      [told.status, told.cancellation_id],
      ["cancelled", payment.cancel_history[1]?.cancellation_id],
    );
    assert.equal(payment.cancel_reason, "관리자페이지취소");
  });

  test("tell the status of the moment they are about", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: receiver.url });
    const { imp_uid } = emulator.pay({ status: "ready", pay_method: "vbank" });
    emulator.deposit(imp_uid);
    emulator.cancelFromConsole(imp_uid);
    await emulator.webhooks.idle();
    const statuses = receiver.received.map((one) => JSON.parse(one.body).status);
    assert.deepEqual(statuses.toSorted(), ["cancelled", "paid"]);
  });

  test("do not leave by themselves when auto is off, or when there is no address", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: receiver.url });
    emulator.webhooks.auto = false;
    const { imp_uid } = emulator.pay({ notify: true });
    await emulator.webhooks.idle();
    assert.equal(receiver.received.length, 0);
    assert.equal((await emulator.webhooks.send(imp_uid)).length, 1);
    emulator.webhooks.url = undefined;
    assert.deepEqual(await emulator.webhooks.send(imp_uid), []);
  });

  test("send() forges bodies, fields, headers, copies and source addresses, for payments that never were", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: receiver.url });
    await emulator.webhooks.send("imp_never", { fields: { merchant_uid: "dj_1", status: "cancelled" } });
    await emulator.webhooks.send("imp_never", {
      body: "{",
      contentType: "text/plain",
      headers: { "x-forwarded-for": "52.78.5.241" },
      copies: 3,
      parallel: 3,
      sourceAddress: "127.0.0.9",
    });
    const [forged, ...copies] = receiver.received;
    assert.deepEqual(JSON.parse(forged?.body ?? ""), {
      imp_uid: "imp_never",
      merchant_uid: "dj_1",
      status: "cancelled",
    });
    assert.equal(copies.length, 3);
    for (const one of copies) {
      assert.deepEqual([one.body, one.contentType, one.from], ["{", "text/plain", "127.0.0.9"]);
      assert.equal(one.headers["x-forwarded-for"], "52.78.5.241");
    }
  });

  test("send() later waits for the gateway's time, in the order of their times", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ now: stoppedClock, webhookUrl: receiver.url });
    const { imp_uid } = emulator.pay();
    const late = emulator.webhooks.send(imp_uid, { delayMs: 2 * MINUTE_MS, fields: { n: 2 } });
    const sooner = emulator.webhooks.send(imp_uid, { delayMs: MINUTE_MS, fields: { n: 1 } });
    await emulator.advance(MINUTE_MS - 1);
    assert.equal(receiver.received.length, 0);
    await emulator.advance(10 * MINUTE_MS);
    await Promise.all([late, sooner]);
    assert.deepEqual(
      receiver.received.map((one) => JSON.parse(one.body).n),
      [1, 2],
    );
  });

  test("a lost webhook stays lost", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ now: stoppedClock, webhookUrl: receiver.url });
    receiver.answers.push("drop");
    const [delivery] = await emulator.webhooks.send(emulator.pay().imp_uid);
    await emulator.advance(60 * MINUTE_MS);
    assert.equal(receiver.received.length, 1);
    assert.equal(delivery?.state, "unanswered");
    assert.ok(delivery?.error);
  });

  test("webhookRetry re-sends 5 times a minute apart on a network error or 5xx, and not on 4xx", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({
      now: stoppedClock,
      webhookUrl: receiver.url,
      switches: { webhookRetry: true },
    });
    const { imp_uid } = emulator.pay();
    receiver.answers.push(500, "drop", 503);
    await emulator.webhooks.send(imp_uid);
    await emulator.advance(MINUTE_MS - 1);
    assert.equal(receiver.received.length, 1);
    await emulator.advance(1);
    assert.equal(receiver.received.length, 2);
    await emulator.advance(10 * MINUTE_MS);
    await emulator.advance(10 * MINUTE_MS);
    assert.deepEqual(
      emulator.webhooks.sent.map((one) => [one.attempt, one.status]),
      [
        [1, 500],
        [2, undefined],
        [3, 503],
        [4, 200],
      ],
    );

    receiver.answers.push(...Array<number>(9).fill(500));
    await emulator.webhooks.send(imp_uid);
    for (let minute = 0; minute < 9; minute++) await emulator.advance(MINUTE_MS);
    assert.equal(receiver.received.length, 4 + 6);

    receiver.answers.splice(0, receiver.answers.length, 404);
    await emulator.webhooks.send(imp_uid);
    await emulator.advance(10 * MINUTE_MS);
    assert.equal(receiver.received.length, 4 + 6 + 1);
  });

  test("a planned webhook leaves by the real clock too", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: receiver.url });
    const sending = emulator.webhooks.send(emulator.pay().imp_uid, { delayMs: 5 });
    await until("the webhook has come", () => receiver.received.length === 1);
    assert.equal((await sending).length, 1);
  });
});
