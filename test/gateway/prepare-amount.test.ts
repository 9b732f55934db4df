// Goal: the gateway holds exactly the order's amount and currency, or it is known that it does not. Method: the double for answers
// of every shape, the emulator for what the API does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Currency } from "../../src/domain/currency.ts";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { openIamportGateway } from "../../src/gateway/iamport/open-iamport-gateway.ts";
import { answer, envelope, openDouble, type Received } from "./gateway-double.ts";
import { ManualClock } from "./manual-clock.ts";
import { openGateway } from "./open-gateway.ts";

const POST = "POST /payments/prepare";
const PUT = "PUT /payments/prepare";
const GET = "GET /payments/prepare/dj_order_1";
const money = (amountMinor: number, currency: Currency = "KRW") => ({ amountMinor, currency });
const WANTED = money(1000);
const TAKEN =
  '{"code":1,"message":"결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).","response":null}';
const NONE = '{"code":-1,"message":"사전등록된 결제정보가 존재하지 않습니다.","response":null}';
const holds = (amount: string, currency = '"KRW"', id = '"dj_order_1"') =>
  envelope(`{"merchant_uid":${id},"amount":${amount},"currency":${currency}}`);

type Reply = string | { readonly status: number; readonly body: string };

/** Asks with the gateway answering as told for each line in turn; the last answer for a line stays. */
async function prepared(replies: Readonly<Record<string, Reply | readonly Reply[]>>, wanted = WANTED) {
  await using double = await openDouble();
  await using gateway = openGateway(double.url);
  const seen = new Map<string, number>();
  double.answers.call = (received) => {
    const count = seen.get(received.line) ?? 0;
    seen.set(received.line, count + 1);
    const listed = [replies[received.line] ?? { status: 500, body: "" }].flat() as Reply[];
    reply(received, listed[Math.min(count, listed.length - 1)] ?? "");
  };
  const result = await gateway.prepareAmount("dj_order_1", wanted);
  const calls = double
    .calls()
    .map(({ line, body, headers }) => ({ line, body, type: headers["content-type"] }));
  return { result, calls, lines: calls.map(({ line }) => line) };
}

function reply(received: Received, given: Reply): void {
  if (typeof given === "string") answer(received, given);
  else answer(received, given.body, { status: given.status });
}

describe("prepareAmount()", () => {
  for (const [wanted, text, currency] of [
    [money(50_000), "50000", "KRW"],
    [money(1420, "USD"), "14.2", "USD"],
    [money(1, "USD"), "0.01", "USD"],
    [money(999_999_999_999_999), "999999999999999", "KRW"],
    [money(1005, "KWD"), "1.005", "KWD"],
  ] as const) {
    test(`registers ${text} ${currency} digit by digit, in one call`, async () => {
      const { result, calls } = await prepared({ [POST]: holds(text, `"${currency}"`) }, wanted);
      assert.deepEqual(result, { kind: "prepared" });
      const body = `{"merchant_uid":"dj_order_1","amount":${text},"currency":"${currency}"}`;
      assert.deepEqual(calls, [{ line: POST, body, type: "application/json" }]);
    });
  }

  for (const status of [200, 400]) {
    for (const same of ["1000", "1000.0", "1000.00"]) {
      test(`is content with ${same} that is there already (HTTP ${status})`, async () => {
        const { result, lines } = await prepared({ [POST]: { status, body: TAKEN }, [GET]: holds(same) });
        assert.deepEqual(result, { kind: "prepared" });
        assert.deepEqual(lines, [POST, GET]);
      });
    }
  }

  for (const [what, held] of [
    ["another amount", holds("999")],
    ["a fraction more", holds("1000.5")],
    ["an amount that only a float takes for equal", holds("1000.00000000000000001")],
    ["an exponent", holds("1e3")],
    ["another currency", holds("1000", '"USD"')],
    ["no currency", holds("1000", "null")],
    ["an empty currency", holds("1000", '""')],
    ["a currency in small letters", holds("1000", '"krw"')],
  ] as const) {
    test(`changes what is there when it has ${what}`, async () => {
      const { result, calls } = await prepared({ [POST]: TAKEN, [GET]: held, [PUT]: holds("1000") });
      assert.deepEqual(result, { kind: "prepared" });
      const body = '{"merchant_uid":"dj_order_1","amount":1000,"currency":"KRW"}';
      assert.deepEqual(
        calls.map(({ line, body: sent }) => [line, sent]),
        [
          [POST, body],
          [GET, ""],
          [PUT, body],
        ],
      );
    });
  }

  for (const [what, replies, reason] of [
    ["registers nothing", { [POST]: TAKEN, [GET]: { status: 404, body: NONE } }, "refused_by_code"],
    [
      "calls the amount bad",
      { [POST]: { status: 400, body: NONE }, [GET]: { status: 404, body: NONE } },
      "refused_by_code",
    ],
    ["refuses the change", { [POST]: TAKEN, [GET]: holds("1"), [PUT]: TAKEN }, "change_refused"],
    [
      "keeps the other amount",
      { [POST]: TAKEN, [GET]: holds("1"), [PUT]: holds("1") },
      "keeps_another_amount",
    ],
    [
      "says yes to another amount, and keeps it",
      { [POST]: holds("1"), [PUT]: holds("1") },
      "keeps_another_amount",
    ],
  ] as const) {
    test(`is refused when the gateway ${what}`, async () => {
      assert.deepEqual((await prepared(replies)).result, { kind: "refused", reason });
    });
  }

  for (const [what, given] of [
    ["500", { status: 500, body: NONE }],
    ["503 of a proxy", { status: 503, body: "<html>" }],
    ["200 without a frame", "[]"],
    ["a frame without a response", envelope("null")],
    ["another order's", holds("1000", '"KRW"', '"dj_order_2"')],
    ["a text for an amount", holds('"1000"')],
    ["an amount twice", envelope('{"merchant_uid":"dj_order_1","amount":1000,"amount":1,"currency":"KRW"}')],
  ] as const) {
    test(`is in doubt, never done and never refused, after ${what}`, async () => {
      for (const replies of [
        { [POST]: given },
        { [POST]: TAKEN, [GET]: given },
        { [POST]: TAKEN, [GET]: holds("1"), [PUT]: given },
      ])
        assert.equal((await prepared(replies)).result.kind, "outcome_unknown");
    });
  }

  test("has registered when the answer was lost, and finds that out the next time", async () => {
    await using emulator = await startEmulator();
    const clock = new ManualClock();
    const { impKey, impSecret, url: baseUrl } = emulator;
    const log = { info() {}, warn() {}, error() {} };
    await using gateway = openIamportGateway({
      baseUrl,
      impKey,
      impSecret,
      includeSandbox: true,
      clock,
      log,
    });
    const path = "/payments/prepare";
    emulator.override({ method: "POST", path, times: 1 }, { status: 502, body: "bad gateway", acts: true });
    assert.equal((await gateway.prepareAmount("dj_order_1", WANTED)).kind, "outcome_unknown");
    emulator.requests.clear();
    assert.deepEqual(await gateway.prepareAmount("dj_order_1", WANTED), { kind: "prepared" });
    assert.deepEqual(await gateway.prepareAmount("dj_order_1", money(1001)), { kind: "prepared" });
    assert.deepEqual(await gateway.prepareAmount("dj_order_1", money(1001, "USD")), { kind: "prepared" });
    assert.deepEqual(emulator.requests.lines(), [POST, GET, POST, GET, PUT, POST, GET, PUT]);
  });

  test("sends nothing for an id of another shape", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    double.answers.call = (received) => answer(received, TAKEN);
    await assert.rejects(() => gateway.prepareAmount("../users", WANTED), /expected ids and times/);
    assert.ok(double.lines().every((line) => !line.includes("users/") || line.endsWith("getToken")));
  });
});
