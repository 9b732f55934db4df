// Goal: a list of the account is read whole or not at all, and only through the one request line there is.
// Method: the double for answers of every shape, the emulator for what the API does with a window.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { openIamportGateway } from "../../src/gateway/iamport/open-iamport-gateway.ts";
import { answer, envelope, NOT_FOUND, openDouble, paymentText } from "./gateway-double.ts";
import { ManualClock } from "./manual-clock.ts";
import { openGateway } from "./open-gateway.ts";

const QUERY = { status: "paid", from: 1_709_700_000, to: 1_709_800_000 } as const;
const page = (rows: readonly string[], total = String(rows.length)) =>
  envelope(`{"total":${total},"previous":0,"next":0,"list":[${rows.join(",")}]}`);

describe("listPayments()", () => {
  test("listPayments() sends the one line and reads what tells whether a payment is news", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { includeSandbox: true });
    const rows = [
      paymentText({ imp_uid: '"imp_1"', merchant_uid: '"dj_a"', cancel_amount: "10.50" }),
      paymentText({
        imp_uid: '"imp_2"',
        merchant_uid: '"주문 / 2"',
        status: '"ready"',
        pay_method: '"vbank"',
        vbank_num: '"110-1"',
        cancel_amount: undefined,
      }),
      paymentText({ imp_uid: '"imp_3"', status: '"new_one"' }),
      paymentText({ imp_uid: '"../users"', merchant_uid: '"dj_b"' }),
      paymentText({ imp_uid: '"imp_4"', merchant_uid: "null" }),
    ];
    double.answers.call = (received) => answer(received, page(rows, "2500"));
    assert.deepEqual(await gateway.listPayments(QUERY), {
      kind: "found",
      total: 2500,
      rows: 5,
      payments: [
        { paymentId: "imp_1", orderId: "dj_a", status: "paid", hasAccount: false, cancelledText: "10.50" },
        { paymentId: "imp_2", orderId: "주문 / 2", status: "pending", hasAccount: true, cancelledText: "" },
        {
          paymentId: "imp_3",
          orderId: "order-0001",
          status: "unknown",
          hasAccount: false,
          cancelledText: "0",
        },
      ],
    });
    assert.deepEqual(
      double.calls().map(({ line }) => line),
      ["GET /payments/status/paid?from=1709700000&to=1709800000&limit=1000&page=1"],
    );
  });

  test("listPayments() refuses a window that is none before anything is sent", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    for (const query of [
      { ...QUERY, from: -1 },
      { ...QUERY, to: 1.5 },
      { ...QUERY, to: Number.NaN },
      { ...QUERY, status: "all" as "paid" },
    ]) {
      await assert.rejects(gateway.listPayments(query), { name: "AssertionError" });
    }
    assert.deepEqual(double.calls(), []);
  });

  test("listPayments() gives no rows for the gateway's 404 and trouble for all that cannot be read whole", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    double.answers.call = (received) => answer(received, NOT_FOUND, { status: 404 });
    assert.deepEqual(await gateway.listPayments(QUERY), { kind: "found", total: 0, rows: 0, payments: [] });
    const cases: readonly (readonly [string, number, string])[] = [
      ["<html>", 404, "http_404"],
      [envelope("null"), 200, "bad_envelope"],
      [envelope("[]"), 200, "bad_envelope"],
      [page([paymentText()], "null"), 200, "bad_envelope"],
      [page([paymentText()], '"1"'), 200, "bad_envelope"],
      [page([paymentText()], "-1"), 200, "bad_envelope"],
      [page(["null"]), 200, "bad_envelope"],
      [envelope("null", "-1"), 200, "refused_by_code"],
      [page([]), 503, "http_503"],
      [page([]).slice(0, -2), 200, "malformed_json"],
    ];
    for (const [body, status, reason] of cases) {
      double.answers.call = (received) => answer(received, body, { status });
      assert.deepEqual(await gateway.listPayments(QUERY), { kind: "unavailable", reason }, body);
    }
  });

  test("listPayments() finds at the emulator what falls into the window, both ends inside", async () => {
    const clock = new ManualClock();
    const emulator = await startEmulator({ now: () => clock.now() });
    emulator.webhooks.auto = false;
    await using gateway = openIamportGateway({
      baseUrl: emulator.url,
      impKey: emulator.impKey,
      impSecret: emulator.impSecret,
      includeSandbox: true,
      clock,
      log: { info() {}, warn() {}, error() {} },
    });
    const at = clock.now() / 1000;
    const ids = [];
    for (let second = 0; second < 4; second += 1) {
      ids.push(emulator.pay({ merchant_uid: `order-${second}`, amount: 1000 }).imp_uid);
      clock.advance(1000);
    }
    const listed = await gateway.listPayments({ status: "paid", from: at + 1, to: at + 2 });
    assert.ok(listed.kind === "found");
    assert.deepEqual(listed.payments.map(({ paymentId }) => paymentId).sort(), [ids[1], ids[2]].sort());
    const tooLong = await gateway.listPayments({ status: "paid", from: at - 90 * 86_400 - 1, to: at });
    assert.deepEqual(tooLong, { kind: "unavailable", reason: "http_400" });
    await emulator.close();
  });
});
