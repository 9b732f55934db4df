import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  answer,
  type Double,
  envelope,
  IMP_KEY,
  NOT_FOUND,
  openDouble,
  paymentText,
  type Received,
  TOKEN,
} from "./gateway-double.ts";
import { openGateway } from "./open-gateway.ts";

async function fetchAnswered(reply: (received: Received) => void, paymentId = "imp_1") {
  await using double = await openDouble();
  await using gateway = openGateway(double.url);
  double.answers.call = reply;
  return await gateway.fetchPayment(paymentId);
}

function sendRaw(received: Received, status: number, headers: Record<string, string>, body: string | Buffer) {
  received.response.writeHead(status, headers);
  received.response.end(body);
}

const JSON_TYPE = { "content-type": "application/json" };
const WHOLE = envelope(paymentText());

describe("fetchPayment()", () => {
  test("fetchPayment() gives the payment as the gateway tells it", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const before = Date.now();
    const result = await gateway.fetchPayment("imp_1");
    assert.ok(result.kind === "found");
    const { fetchStartedAt, fetchEndedAt, ...payment } = result.payment;
    assert.ok(before <= fetchStartedAt && fetchStartedAt <= fetchEndedAt && fetchEndedAt <= Date.now());
    assert.deepEqual(payment, {
      paymentId: "imp_1",
      orderId: "order-0001",
      status: "paid",
      statusText: "paid",
      amount: { text: "1000", money: { amountMinor: 1000, currency: "KRW" } },
      cancelled: { text: "0", money: { amountMinor: 0, currency: "KRW" } },
      currency: "KRW",
      sandbox: false,
      payMethod: "card",
      pgProvider: "html5_inicis",
      pgMerchantId: "INIpayTest",
      pgTransactionId: "StdpayCARD1",
      cancelCount: 0,
      cancellations: [],
      startedAt: 1_709_722_022_000,
      paidAt: 1_709_722_069_000,
      faults: [],
      raw: WHOLE,
    });
  });

  test("fetchPayment() sends a bearer token, asks for plain bytes and names no tier of its own", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    await gateway.fetchPayment("imp_1");
    const [login, call] = double.received;
    assert.equal(login?.headers.authorization, undefined);
    assert.equal(JSON.parse(login?.body ?? "").imp_key, IMP_KEY);
    assert.equal(call?.line, "GET /payments/imp_1");
    assert.equal(call?.headers.authorization, `Bearer ${TOKEN}`);
    assert.equal(call?.headers["accept-encoding"], "identity");
    assert.equal(call?.headers["tier"], undefined);
  });

  test("fetchPayment() sends the tier and include_sandbox where settings say so", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(`${double.url}/prefix/`, { tier: "ABC", includeSandbox: true });
    await gateway.fetchPayment("imp_1");
    assert.deepEqual(double.lines(), [
      "POST /prefix/users/getToken",
      "GET /prefix/payments/imp_1?include_sandbox=true",
    ]);
    for (const { headers } of double.received) assert.equal(headers["tier"], "ABC");
  });

  test("fetchPayment() gives not_found for a 404 of the gateway, and not for one of a proxy", async () => {
    const ofGateway = await fetchAnswered((received) => answer(received, NOT_FOUND, { status: 404 }));
    assert.deepEqual(ofGateway, { kind: "not_found" });
    for (const [body, headers] of [
      ["<html>404</html>", { "content-type": "text/html" }],
      ["<html>404</html>", JSON_TYPE],
      [NOT_FOUND, { "content-type": "text/plain" }],
      [WHOLE, JSON_TYPE],
      ["{}", JSON_TYPE],
    ] as const) {
      const ofProxy = await fetchAnswered((received) => sendRaw(received, 404, headers, body));
      assert.deepEqual(ofProxy, { kind: "unavailable", reason: "http_404" }, body);
    }
  });
});

/** Answers that say nothing about the payment, and the word for each. R42, R43 and R59 as in test/forgery. */
const NO_ANSWERS: ReadonlyArray<
  readonly [name: string, reason: string, reply: (received: Received) => void]
> = [
  ["R42-a code 1", "refused_by_code", (r) => answer(r, envelope(paymentText(), "1"))],
  ["R42-a code -1", "refused_by_code", (r) => answer(r, envelope("null", "-1"))],
  ["code as text", "bad_envelope", (r) => answer(r, envelope(paymentText(), '"0"'))],
  ["code tiny", "refused_by_code", (r) => answer(r, envelope(paymentText(), "1e-400"))],
  ["code null", "bad_envelope", (r) => answer(r, envelope(paymentText(), "null"))],
  ["no code", "bad_envelope", (r) => answer(r, `{"response":${paymentText()}}`)],
  [
    "code inherited",
    "bad_envelope",
    (r) => answer(r, `{"__proto__":{"code":0},"response":${paymentText()}}`),
  ],
  ["R42-b response null", "bad_envelope", (r) => answer(r, envelope("null"))],
  ["response missing", "bad_envelope", (r) => answer(r, '{"code":0,"message":null}')],
  ["R42-c response array", "bad_envelope", (r) => answer(r, envelope(`[${paymentText()}]`))],
  ["R42-c array", "bad_envelope", (r) => answer(r, `[${WHOLE}]`)],
  ["response text", "bad_envelope", (r) => answer(r, envelope('"paid"'))],
  ["bare payment", "bad_envelope", (r) => answer(r, paymentText())],
  ["R42-d 207", "http_207", (r) => answer(r, WHOLE, { status: 207 })],
  ["201", "http_201", (r) => answer(r, WHOLE, { status: 201 })],
  ["206", "http_206", (r) => answer(r, WHOLE, { status: 206 })],
  ["R42-e HTML 200", "not_json_type", (r) => sendRaw(r, 200, { "content-type": "text/html" }, "<html>")],
  ["HTML called JSON", "malformed_json", (r) => sendRaw(r, 200, JSON_TYPE, "<html>")],
  ["no type", "not_json_type", (r) => sendRaw(r, 200, {}, WHOLE)],
  ["type text", "not_json_type", (r) => sendRaw(r, 200, { "content-type": "text/plain" }, WHOLE)],
  ["type jsonp", "not_json_type", (r) => sendRaw(r, 200, { "content-type": "application/json5" }, WHOLE)],
  ["empty", "malformed_json", (r) => sendRaw(r, 200, JSON_TYPE, "")],
  ["two values", "malformed_json", (r) => answer(r, WHOLE + WHOLE)],
  ["byte order mark", "malformed_json", (r) => answer(r, `\ufeff${WHOLE}`)],
  [
    "not UTF-8",
    "not_utf8",
    (r) => sendRaw(r, 200, JSON_TYPE, Buffer.from(WHOLE.replace("order", "\xff"), "latin1")),
  ],
  [
    "duplicate keys",
    "duplicate_key",
    (r) => answer(r, WHOLE.replace('"amount":1000', '"amount":1000,"amount":1')),
  ],
  [
    "equal duplicates",
    "duplicate_key",
    (r) => answer(r, WHOLE.replace('"code":0', '"code":0,"\\u0063ode":0')),
  ],
  ["too deep", "too_deep", (r) => answer(r, envelope("[".repeat(40) + "]".repeat(40)))],
  [
    "R42-g gzip",
    "compressed",
    (r) => sendRaw(r, 200, { ...JSON_TYPE, "content-encoding": "gzip" }, gzipSync(WHOLE)),
  ],
  ["gzip in name", "compressed", (r) => sendRaw(r, 200, { ...JSON_TYPE, "content-encoding": "gzip" }, WHOLE)],
  ["gzip unnamed", "not_utf8", (r) => sendRaw(r, 200, JSON_TYPE, gzipSync(WHOLE))],
  ["oversize", "too_large", (r) => answer(r, envelope(paymentText({ name: `"${"x".repeat(300 * 1024)}"` })))],
  ["R42-h other imp_uid", "other_payment", (r) => answer(r, envelope(paymentText({ imp_uid: '"imp_2"' })))],
  ["imp_uid case", "other_payment", (r) => answer(r, envelope(paymentText({ imp_uid: '"IMP_1"' })))],
  ["imp_uid missing", "other_payment", (r) => answer(r, envelope(paymentText({ imp_uid: undefined })))],
  ["imp_uid in array", "other_payment", (r) => answer(r, envelope(paymentText({ imp_uid: '["imp_1"]' })))],
  ["merchant_uid empty", "bad_envelope", (r) => answer(r, envelope(paymentText({ merchant_uid: '""' })))],
  ["merchant_uid number", "bad_envelope", (r) => answer(r, envelope(paymentText({ merchant_uid: "1" })))],
  [
    "merchant_uid missing",
    "bad_envelope",
    (r) => answer(r, envelope(paymentText({ merchant_uid: undefined }))),
  ],
  [
    "R36-a a pre-registration",
    "other_payment",
    (r) => answer(r, envelope('{"merchant_uid":"o","amount":1000}')),
  ],
  ["R42-i 204", "http_204", (r) => sendRaw(r, 204, {}, "")],
  ["400", "http_400", (r) => answer(r, NOT_FOUND, { status: 400 })],
  ["403", "http_403", (r) => answer(r, UNPAID, { status: 403 })],
  ["R59-a 500", "http_500", (r) => answer(r, NOT_FOUND, { status: 500 })],
  ["502 HTML", "http_502", (r) => sendRaw(r, 502, { "content-type": "text/html" }, "<html>")],
  ["R59-b 429", "http_429", (r) => answer(r, WHOLE, { status: 429 })],
  ["503 with a payment", "http_503", (r) => answer(r, WHOLE, { status: 503 })],
];
const UNPAID = envelope(paymentText({ status: '"ready"', paid_at: "0" }));

describe("fetchPayment() learns nothing from a bad answer", () => {
  for (const [name, reason, reply] of NO_ANSWERS) {
    test(`fetchPayment() answers ${reason} for ${name}`, async () => {
      assert.deepEqual(await fetchAnswered(reply), { kind: "unavailable", reason });
    });
  }

  test("R42-f fetchPayment() answers outcome_unknown when the body is cut, at every byte", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    for (let kept = 0; kept < WHOLE.length; kept++) {
      double.answers.call = ({ response }) => {
        response.writeHead(200, { ...JSON_TYPE, "content-length": WHOLE.length });
        response.write(WHOLE.slice(0, kept), () => response.destroy());
      };
      assert.deepEqual(await gateway.fetchPayment("imp_1"), {
        kind: "outcome_unknown",
        reason: "connection_lost",
      });
    }
    // Without a length or chunks only the JSON itself can tell.
    for (let kept = 0; kept < WHOLE.length; kept++) {
      double.answers.call = ({ response }) => {
        response.socket?.end(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n${WHOLE.slice(0, kept)}`,
        );
      };
      assert.deepEqual(await gateway.fetchPayment("imp_1"), {
        kind: "unavailable",
        reason: "malformed_json",
      });
    }
  });

  test("fetchPayment() answers outcome_unknown when the connection ends before or inside the head", async () => {
    for (const head of ["", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\ncontent-ty", "SSH-2.0-no-http\r\n\r\n"]) {
      const result = await fetchAnswered(({ response }) => void response.socket?.end(head));
      assert.deepEqual(result, { kind: "outcome_unknown", reason: "connection_lost" });
    }
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`R43-a R43-b fetchPayment() does not follow a ${status}, to the same host or another`, async () => {
      await using other = await openDouble();
      await using double = await openDouble();
      await using gateway = openGateway(double.url);
      for (const target of [
        `${double.url}/payments/imp_2`,
        "/payments/imp_2",
        `${other.url}/payments/imp_1`,
      ]) {
        double.answers.call = (received) => sendRaw(received, status, { location: target }, "");
        assert.deepEqual(await gateway.fetchPayment("imp_1"), {
          kind: "unavailable",
          reason: `http_${status}`,
        });
      }
      assert.equal(other.received.length, 0);
      assert.deepEqual(new Set(double.calls().map(({ line }) => line)), new Set(["GET /payments/imp_1"]));
    });
  }

  test("fetchPayment() goes on to work after each of them on the same connections", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { limits: { inFlightMax: 1 } });
    const usual: Double["answers"]["call"] = double.answers.call;
    for (const [name, , reply] of NO_ANSWERS) {
      double.answers.call = reply;
      await gateway.fetchPayment("imp_1");
      double.answers.call = usual;
      assert.equal((await gateway.fetchPayment("imp_1")).kind, "found", name);
    }
  });
});
