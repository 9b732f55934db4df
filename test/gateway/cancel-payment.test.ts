// Goal: a cancellation says exactly what it means, leaves once, and its answer is never taken for more than it is. Method: a stand-in
// for i'mport on loopback that sees the bytes and may answer anything.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readAmount } from "../../src/domain/money.ts";
import type { CancelRequest } from "../../src/gateway/gateway.ts";
import {
  answer,
  type Double,
  envelope,
  openDouble,
  paymentText,
  type Received,
  UNAUTHORIZED,
} from "./gateway-double.ts";
import { ManualClock } from "./manual-clock.ts";
import { openGateway } from "./open-gateway.ts";

const ID = `rfd_${"0123456789ab".repeat(2)}`;

function money(text: string, currency: "KRW" | "USD" | "KWD" = "KRW") {
  const reading = readAmount(text, currency);
  assert.ok(reading.ok);
  return reading.money;
}

function requestOf(changes: Partial<CancelRequest> = {}): CancelRequest {
  return {
    paymentId: "imp_1",
    amount: money("300"),
    checksum: money("1000"),
    reason: `[${ID}] sent back`,
    retainsPromotion: false,
    ...changes,
  };
}

/** The double answers cancellations by this, and logs in whoever asks. */
async function stage(
  answerer: (received: Received) => void,
  options: Parameters<typeof openGateway>[1] = {},
) {
  const double = await openDouble();
  double.answers.call = answerer;
  const gateway = openGateway(double.url, options);
  return {
    double,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await double[Symbol.asyncDispose]();
    },
  };
}

const yes = (received: Received) => answer(received, envelope(paymentText()));
const bodies = (double: Double) => double.calls().map(({ body }) => body);

describe("cancelPayment() sends", () => {
  test("cancelPayment() sends one POST with imp_uid, amount and checksum, and nothing that was not asked for", async () => {
    await using on = await stage(yes);
    assert.deepEqual(await on.gateway.cancelPayment(requestOf()), { kind: "accepted" });
    const [call] = on.double.calls();
    assert.equal(on.double.calls().length, 1);
    assert.equal(call?.line, "POST /payments/cancel");
    assert.equal(call?.headers["content-type"], "application/json");
    assert.equal(call?.body, `{"imp_uid":"imp_1","amount":300,"checksum":1000,"reason":"[${ID}] sent back"}`);
  });

  test("cancelPayment() passes everything on that was asked for", async () => {
    await using on = await stage(yes);
    await on.gateway.cancelPayment(
      requestOf({
        taxFree: money("0"),
        vatAmount: money("27"),
        requester: "customer",
        retainsPromotion: true,
        account: { bank: "88", number: "0110123", holder: '홍"길동', tel: "01012345678" },
      }),
    );
    const { reason: _, ...body } = JSON.parse(bodies(on.double)[0] ?? "");
    assert.deepEqual(body, {
      imp_uid: "imp_1",
      amount: 300,
      checksum: 1000,
      tax_free: 0,
      vat_amount: 27,
      retain_promotion: true,
      extra: { requester: "customer" },
      refund_bank: "88",
      refund_account: "0110123",
      refund_holder: '홍"길동',
      refund_tel: "01012345678",
    });
  });

  test("cancelPayment() writes amounts exactly, whatever the currency", async () => {
    await using on = await stage(yes);
    for (const [amount, checksum, currency] of [
      ["0.1", "0.3", "USD"],
      ["14.2", "14.2", "USD"],
      ["0.001", "9007199254.741", "KWD"],
      ["999999999999999", "999999999999999", "KRW"],
    ] as const)
      await on.gateway.cancelPayment(
        requestOf({ amount: money(amount, currency), checksum: money(checksum, currency) }),
      );
    assert.deepEqual(
      bodies(on.double).map((body) => /"amount":(.*),"checksum":(.*),"reason"/.exec(body)?.slice(1)),
      [
        ["0.1", "0.3"],
        ["14.2", "14.2"],
        ["0.001", "9007199254.741"],
        ["999999999999999", "999999999999999"],
      ],
    );
  });

  test("cancelPayment() keeps the id of the refund in a reason of 256 characters at most", async () => {
    await using on = await stage(yes);
    await on.gateway.cancelPayment(requestOf({ reason: `[${ID}] ${"감".repeat(224)}😀😀` }));
    const { reason } = JSON.parse(bodies(on.double)[0] ?? "");
    assert.ok(reason.startsWith(`[${ID}] `));
    assert.ok(reason.length <= 256 && reason.isWellFormed());
  });

  test("cancelPayment() sends nothing that would cancel all, or more than there is, or another path", async () => {
    await using on = await stage(yes);
    for (const wrong of [
      { amount: money("0") },
      { amount: money("-1") },
      { amount: money("1001") },
      { amount: money("1", "USD") },
      { paymentId: "" },
      { paymentId: "imp_1/../x" },
    ])
      await assert.rejects(on.gateway.cancelPayment(requestOf(wrong)), /Invariant violated/);
    assert.equal(on.double.received.length, 0);
  });
});

const JSON_NO = (message: string) => JSON.stringify({ code: -1, message, response: null });

describe("cancelPayment() reads", () => {
  const ANSWERS: Readonly<Record<string, readonly [Parameters<typeof answer>[1], number, unknown]>> = {
    "code 1 in HTTP 200": [JSON_NO("이미"), 200, { kind: "refused", message: "이미" }],
    "a 400 of the gateway": [JSON_NO("no"), 400, { kind: "refused", message: "no" }],
    "a 404 of the gateway": [JSON_NO("no"), 404, { kind: "refused", message: "no" }],
    "a refusal without words": [
      '{"code":1,"message":null,"response":null}',
      200,
      { kind: "refused", message: "" },
    ],
    "control characters and line ends in its words": [
      JSON_NO("a\u0000b\r\nc\u2028d\u009be"),
      200,
      { kind: "refused", message: "a b c d e" },
    ],
    "words without an end": [JSON_NO("가".repeat(9000)), 200, { kind: "refused", message: "가".repeat(500) }],
    "code 0 in a 400": [envelope(paymentText()), 400, { kind: "outcome_unknown", reason: "http_400" }],
    "another payment": [
      envelope(paymentText({ imp_uid: '"imp_2"' })),
      200,
      { kind: "outcome_unknown", reason: "other_payment" },
    ],
    "code 0 without a payment": [envelope("null"), 200, { kind: "outcome_unknown", reason: "bad_envelope" }],
    "no frame": ["{}", 200, { kind: "outcome_unknown", reason: "bad_envelope" }],
    "no JSON": ["<html>", 403, { kind: "outcome_unknown", reason: "malformed_json" }],
    "a 500 with a frame": [JSON_NO("no"), 500, { kind: "outcome_unknown", reason: "http_500" }],
    "a redirect": ["", 302, { kind: "outcome_unknown", reason: "http_302" }],
    "a 429": [JSON_NO("slow down"), 429, { kind: "unavailable", reason: "http_429" }],
  };
  for (const [what, [body, status, expected]] of Object.entries(ANSWERS)) {
    test(`cancelPayment() takes ${what} for what it is, and sends once`, async () => {
      const logged: string[] = [];
      await using on = await stage((received) => answer(received, body, { status }), { logged });
      assert.deepEqual(await on.gateway.cancelPayment(requestOf()), expected);
      assert.equal(on.double.calls().length, 1);
      assert.ok(!logged.some((line) => line.includes("이미") || line.includes("slow")));
    });
  }

  test("cancelPayment() logs in once more after a 401, which was turned away unread, and then gives up", async () => {
    await using on = await stage((received) => answer(received, UNAUTHORIZED, { status: 401 }));
    const result = await on.gateway.cancelPayment(requestOf());
    assert.deepEqual(result, { kind: "misconfigured", reason: "token_refused" });
    assert.deepEqual([on.double.calls().length, on.double.logins()], [2, 2]);
  });

  test("cancelPayment() never calls a lost answer failed, and never sends it again", async () => {
    await using on = await stage(({ response }) => response.destroy());
    const result = await on.gateway.cancelPayment(requestOf());
    assert.deepEqual(result, { kind: "outcome_unknown", reason: "connection_lost" });
    assert.equal(on.double.calls().length, 1);
  });

  test("cancelPayment() never calls a late answer failed", async () => {
    const clock = new ManualClock();
    await using on = await stage(() => {}, { clock });
    const result = on.gateway.cancelPayment(requestOf());
    await on.double.until(() => on.double.calls().length === 1);
    clock.advance(8000);
    assert.deepEqual(await result, { kind: "outcome_unknown", reason: "timeout" });
  });

  test("cancelPayment() knows that nothing was sent when the login failed or no time was left", async () => {
    await using on = await stage(yes);
    on.double.answers.login = (received) => answer(received, "{}", { status: 500 });
    assert.deepEqual(await on.gateway.cancelPayment(requestOf()), {
      kind: "unavailable",
      reason: "login_http_500",
    });
    assert.equal(on.double.calls().length, 0);
  });
});
