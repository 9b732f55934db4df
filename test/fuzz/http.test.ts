// Goal: whatever comes over the wire, the server goes on: it answers or ends the connection, logs no fault of its own, answers no unplanned 5xx,
// and what it refuses changes no order. Method: one real server as a process, and a short round of every scenario of `npm run fuzz` from a fixed
// seed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readAnswers } from "./http/read-answers.ts";
import { SCENARIOS } from "./http/scenarios.ts";
import { type Servers, startServers } from "./http/servers.ts";

const SEED = 1;

describe("a server under all that may come", () => {
  let servers: Servers & AsyncDisposable;
  before(async () => {
    servers = await startServers();
  });
  after(() => servers[Symbol.asyncDispose]());

  for (const { name, run } of SCENARIOS) {
    test(`${name} finds nothing`, async () => {
      const { figures, found } = await run(servers, { seed: SEED, seconds: 0, isQuick: true });
      assert.deepEqual(found, []);
      assert.ok(figures.executions > 0);
    });
  }
});

describe("readAnswers()", () => {
  const answer = (text: string) => readAnswers(Buffer.from(text, "latin1"));

  test("reads answers one after another, with a length and in chunks", () => {
    const { answers, fault, isCut } = answer(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    );
    assert.deepEqual(
      [answers.map(({ status, body }) => `${status} ${body}`), fault, isCut],
      [["200 ok", "201 ok"], undefined, false],
    );
  });

  test("finds an answer inside of another one", () => {
    const text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nHTTP/1.1 400 Bad Request\r\n\r\n";
    assert.equal(answer(text).fault, 'no chunk: "HTTP/1.1 400 Bad Request"');
  });
});
