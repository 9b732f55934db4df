import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import type http from "node:http";
import { describe, test } from "node:test";
import { SolapiMessageService } from "solapi";
import { openLog } from "../../src/log.ts";
import { openNotifier } from "../../src/notify/open-notifier.ts";
import { openSolapiNotifier } from "../../src/notify/solapi-notifier.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { accepted, json, openSolapiDouble } from "../support/solapi-double.ts";

const API_KEY = "NCSKEYSENTINEL42";
const API_SECRET = "SECRETSENTINEL42";
const message = { to: "010-1234-5678", text: "신한은행 110-123-456789", key: "order-0001/imp_1" };

const FAILED = {
  to: "01012345678",
  from: "0212345678",
  type: "SMS",
  statusMessage: `cannot send to 01012345678 with ${API_KEY}`,
  country: "82",
  messageId: "M1",
  statusCode: "1062",
  accountId: "1",
};

function open(baseUrl: string, clock = new ManualClock()) {
  return openSolapiNotifier({
    baseUrl,
    clock,
    randomBytes,
    apiKey: API_KEY,
    apiSecret: API_SECRET,
    from: "02-1234-5678",
  });
}

describe("openSolapiNotifier()", () => {
  test("openSolapiNotifier() sends one signed request with plain digits", async () => {
    const clock = new ManualClock();
    await using double = await openSolapiDouble(json(200, accepted()));
    await using notifier = openNotifier(
      { kind: "solapi", baseUrl: double.url, apiKey: API_KEY, apiSecret: API_SECRET, from: "02-1234-5678" },
      { clock, isLive: true, log: openLog("silent"), randomBytes },
    );
    assert.equal(notifier.name, "solapi");
    assert.deepEqual(await notifier.send(message), { kind: "sent" });
    const [request] = double.received;
    assert.equal(double.received.length, 1);
    assert.equal(request?.line, "POST /messages/v4/send-many/detail");
    assert.deepEqual(JSON.parse(request?.body ?? ""), {
      messages: [
        { to: "01012345678", from: "0212345678", text: message.text, customFields: { key: message.key } },
      ],
      allowDuplicates: false,
    });
    const signed = /^HMAC-SHA256 apiKey=(\S+), date=(\S+), salt=([0-9a-f]{32}), signature=(\S+)$/.exec(
      request?.headers.authorization ?? "",
    );
    const [, key, date = "", salt = "", signature] = signed ?? [];
    assert.equal(key, API_KEY);
    assert.equal(date, new Date(clock.now()).toISOString());
    assert.equal(
      signature,
      createHmac("sha256", API_SECRET)
        .update(date + salt)
        .digest("hex"),
    );
  });

  // Goal: our request is the one that the vendor's own client makes. Method: let the SDK send the same message to the
  // same double (its address cannot be set, so the platform's fetch is turned to loopback) and compare.
  test("openSolapiNotifier() sends what the official SDK sends", async () => {
    await using double = await openSolapiDouble(json(200, accepted()));
    const realFetch = globalThis.fetch;
    globalThis.fetch = (input, init) =>
      realFetch(String(input).replace("https://api.solapi.com", double.url), init);
    try {
      const sdk = new SolapiMessageService(API_KEY, API_SECRET);
      const text = { to: "01012345678", from: "0212345678", text: message.text };
      await sdk.send({ ...text, customFields: { key: message.key } });
    } finally {
      globalThis.fetch = realFetch;
    }
    await using notifier = open(double.url);
    assert.deepEqual(await notifier.send(message), { kind: "sent" });
    const [theirs, ours] = double.received;
    assert.equal(ours?.line, theirs?.line);
    assert.equal(ours?.headers["content-type"], theirs?.headers["content-type"]);
    const form = (header = "") => header.replaceAll(/=[^,]*/g, "=");
    assert.equal(form(ours?.headers.authorization), form(theirs?.headers.authorization));
    // Theirs also names the SDK and the operating system, ours says what the SDK leaves to the default.
    const { agent, ...sent } = JSON.parse(theirs?.body ?? "");
    assert.ok(agent.sdkVersion.startsWith("nodejs/"));
    assert.deepEqual(JSON.parse(ours?.body ?? ""), { ...sent, allowDuplicates: false });
  });

  const ANSWERS = [
    [json(200, accepted([FAILED])), { kind: "refused", reason: "status_1062" }],
    [json(200, accepted([{}])), { kind: "refused", reason: "status_unreadable" }],
    [json(200, "{}"), { kind: "outcome_unknown", reason: "bad_answer" }],
    [json(200, "<html>"), { kind: "outcome_unknown", reason: "bad_answer" }],
    [json(200, "x".repeat(100_000)), { kind: "outcome_unknown", reason: "connection_lost" }],
    [
      json(400, '{"errorCode":"ValidationError","errorMessage":"to 01012345678"}'),
      { kind: "refused", reason: "ValidationError" },
    ],
    [
      json(401, `{"errorCode":"InvalidAPIKey","errorMessage":"${API_KEY}"}`),
      { kind: "refused", reason: "InvalidAPIKey" },
    ],
    [json(403, `{"errorCode":"${API_KEY}","errorMessage":""}`), { kind: "refused", reason: "http_403" }],
    [json(404, "<html>01012345678"), { kind: "refused", reason: "http_404" }],
    [json(429, "{}"), { kind: "unavailable", reason: "http_429" }],
    [json(503, "{}"), { kind: "unavailable", reason: "http_503" }],
    [json(500, '{"errorCode":"01012345678"}'), { kind: "outcome_unknown", reason: "http_500" }],
    [
      (response: http.ServerResponse) => void response.destroy(),
      { kind: "outcome_unknown", reason: "connection_lost" },
    ],
    [
      (response: http.ServerResponse) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": 5_000 });
        response.write('{"groupInfo":', () => response.destroy());
      },
      { kind: "outcome_unknown", reason: "connection_lost" },
    ],
  ] as const;
  for (const [index, [reply, expected]] of ANSWERS.entries()) {
    test(`openSolapiNotifier() answers ${expected.kind}, ${expected.reason} (${index})`, async () => {
      await using double = await openSolapiDouble(reply);
      await using notifier = open(double.url);
      const result = await notifier.send(message);
      assert.deepEqual(result, expected);
      assert.equal(double.received.length, 1);
      for (const sentinel of [API_KEY, API_SECRET, "12345678", "110-123"]) {
        assert.ok(!JSON.stringify(result).includes(sentinel));
      }
    });
  }

  test("openSolapiNotifier() follows no redirect", async () => {
    await using other = await openSolapiDouble(json(200, accepted()));
    await using double = await openSolapiDouble((response) => {
      response.writeHead(307, { location: other.url });
      response.end();
    });
    await using notifier = open(double.url);
    assert.deepEqual(await notifier.send(message), { kind: "unavailable", reason: "http_307" });
    assert.equal(other.received.length, 0);
  });

  test("openSolapiNotifier() answers outcome_unknown when no answer comes within 8 s", async () => {
    const clock = new ManualClock();
    await using double = await openSolapiDouble(() => undefined);
    await using notifier = open(double.url, clock);
    const arrived = double.arrival();
    const hung = notifier.send(message);
    await arrived;
    clock.advance(8_000);
    assert.deepEqual(await hung, { kind: "outcome_unknown", reason: "timeout" });
    assert.equal(clock.timerCount, 0);
  });

  test("openSolapiNotifier() answers unavailable when nobody listens", async () => {
    const double = await openSolapiDouble(() => undefined);
    await double[Symbol.asyncDispose]();
    await using notifier = open(double.url);
    assert.deepEqual(await notifier.send(message), { kind: "unavailable", reason: "connect_failed" });
  });

  test("openSolapiNotifier() sends nothing to what is no Korean phone, nor from one", async () => {
    await using double = await openSolapiDouble(json(200, accepted()));
    await using notifier = open(double.url);
    for (const to of ["", "+14155550100", "1588-0000", "010123", "01012345678,01087654321"]) {
      assert.deepEqual(await notifier.send({ ...message, to }), {
        kind: "refused",
        reason: "not_a_korean_phone",
      });
    }
    assert.equal(double.received.length, 0);
    const deps = { clock: new ManualClock(), randomBytes, apiKey: API_KEY, apiSecret: API_SECRET };
    assert.throws(() => openSolapiNotifier({ ...deps, from: "Dojang" }), TypeError);
    await using serviceNumber = openSolapiNotifier({ ...deps, from: "1588-0000", baseUrl: double.url });
    assert.deepEqual(await serviceNumber.send(message), { kind: "sent" });
  });
});
