// Goal: only the shop's own 2xx in time is a yes. Method: the real sender against real servers on loopback; names resolve to what the
// test says.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { openConfirmHook } from "../../src/events/open-confirm-hook.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { isSignedBy } from "../support/open-event-world.ts";
import { until } from "../support/until.ts";

const KEYS = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const QUESTION = { id: "confirm_imp_1", body: '{"type":"payment.confirm"}' };

async function ask(listener: RequestListener, changes: Partial<Parameters<typeof openConfirmHook>[0]> = {}) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/confirm`;
  const target = { url, secrets: KEYS, allowsLocal: true, clock: systemClock, ...changes };
  await using hook = openConfirmHook(target);
  try {
    return await hook.ask(QUESTION);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const says =
  (status: number, body = "", headers = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

describe("openConfirmHook()", () => {
  test("posts the question once, signed with every live secret", async () => {
    const seen: { headers: Record<string, unknown>; body: string; line: string }[] = [];
    const answer = await ask(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      seen.push({ headers: request.headers, body, line: `${request.method} ${request.url}` });
      response.end();
    });
    assert.deepEqual(answer, { kind: "yes" });
    assert.deepEqual(
      seen.map(({ line, body }) => [line, body]),
      [["POST /confirm", QUESTION.body]],
    );
    const [received] = seen;
    assert.ok(received);
    assert.equal(received.headers["webhook-id"], QUESTION.id);
    for (const key of KEYS) assert.ok(isSignedBy(key, { contentType: "", from: "", ...received } as never));
  });

  for (const status of [200, 201, 204])
    test(`takes ${status} for a yes`, async () => assert.deepEqual(await ask(says(status)), { kind: "yes" }));

  for (const status of [301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 503]) {
    test(`takes ${status} for no answer, wherever it points`, async () => {
      const headers = { location: "http://127.0.0.1:9/" };
      assert.deepEqual(await ask(says(status, "{}", headers)), {
        kind: "no_answer",
        reason: `http_${status}`,
      });
    });
  }

  const WORDS: readonly (readonly [string, string | undefined])[] = [
    ['{"reason":"재고 부족"}', "재고 부족"],
    ['{"reason":"  two\\r\\n\\tlines\\u0000\\u202e "}', "two lines"],
    [JSON.stringify({ reason: "가".repeat(300) }), "가".repeat(200)],
    [JSON.stringify({ reason: "😀".repeat(300) }), "😀".repeat(200)],
    ['{"reason":""}', undefined],
    ['{"reason":"\\u0007"}', undefined],
    ['{"reason":7}', undefined],
    ["null", undefined],
    ["[]", undefined],
    ["sold out", undefined],
    ["", undefined],
  ];
  for (const [body, words] of WORDS) {
    test(`takes 409 with ${body.slice(0, 40)} for a no`, async () => {
      const answer = await ask(says(409, body));
      assert.deepEqual(answer, words === undefined ? { kind: "no" } : { kind: "no", words });
    });
  }

  test("takes an answer without an end, and one that breaks off, for none", async () => {
    const long = await ask((_, response) => response.writeHead(200).end("x".repeat(5000)));
    assert.equal(long.kind, "no_answer");
    const cut = await ask((request) => request.socket.destroy());
    assert.deepEqual(cut, { kind: "no_answer", reason: "connection_failed" });
  });

  test("waits 1.2 s, for headers and body together", async () => {
    const silent: RequestListener = () => {};
    const halfway: RequestListener = (_, response) =>
      response.writeHead(200, { "content-length": 9 }).write("x");
    for (const listener of [silent, halfway]) {
      const clock = new ManualClock();
      let isThere = false;
      const asked = ask(
        (request, response) => {
          listener(request, response);
          isThere = true;
        },
        { clock },
      );
      await until("the question is there", () => isThere);
      clock.advance(1199);
      assert.equal(clock.timerCount, 1);
      clock.advance(1);
      assert.deepEqual(await asked, { kind: "no_answer", reason: "timeout" });
    }
  });

  test("asks nobody on this machine or its network in live", async () => {
    const taken: RequestListener = () => assert.fail("nothing may arrive");
    const literal = await ask(taken, { allowsLocal: false });
    assert.deepEqual(literal, { kind: "no_answer", reason: "address_not_public" });
    const named = await ask(taken, {
      allowsLocal: false,
      url: "http://shop.example.com/",
      lookup: (_name, _options, found) => found(null, [{ address: "169.254.169.254", family: 4 }]),
    });
    assert.deepEqual(named, { kind: "no_answer", reason: "address_not_public" });
  });
});
