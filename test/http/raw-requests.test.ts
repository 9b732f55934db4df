// Goal: what no well-behaved client sends is refused like any other bad input, or cut off; it never reaches a route
// half-read. Method: bytes on a socket.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { signedIn } from "../support/console.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";
import { countOrders } from "./answers.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const ORDER = '{"name":"order","amount":1000}';
const HEAD = `Host: x\r\nAuthorization: Bearer ${TEST_API_KEY}\r\nConnection: close\r\n`;
const post = (headers: string, body: string) => `POST /v1/orders HTTP/1.1\r\n${HEAD}${headers}\r\n${body}`;
const JSON_TYPE = "Content-Type: application/json\r\n";
const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`;

async function send(request: string): Promise<{ status: number; answer: string }> {
  const socket = connect(Number(new URL(dojang.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(request);
  const answer = await text(socket);
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]), answer };
}

const REFUSED: Readonly<Record<string, readonly [request: string, code: ErrorCode]>> = {
  "a body without a type": [post(`Content-Length: ${ORDER.length}\r\n`, ORDER), "unsupported_media_type"],
  "a body with an empty type": [
    post(`Content-Type: \r\nContent-Length: ${ORDER.length}\r\n`, ORDER),
    "unsupported_media_type",
  ],
  "a body in chunks that is too long": [
    post(
      `${JSON_TYPE}Transfer-Encoding: chunked\r\n`,
      `${chunk(ORDER)}${chunk(" ".repeat(65_536))}0\r\n\r\n`,
    ),
    "payload_too_large",
  ],
  "a body that is too long, and then goes on in pieces of one letter": [
    post(
      `${JSON_TYPE}Transfer-Encoding: chunked\r\n`,
      `${chunk(" ".repeat(65_537))}${chunk(" ").repeat(300)}0\r\n\r\n`,
    ),
    "payload_too_large",
  ],
  "a length that is too long": [
    post(`${JSON_TYPE}Content-Length: 70000\r\n`, " ".repeat(70_000)),
    "payload_too_large",
  ],
  "a body that is said to be compressed": [
    post(`${JSON_TYPE}Content-Encoding: gzip\r\nContent-Length: ${ORDER.length}\r\n`, ORDER),
    "unsupported_media_type",
  ],
  "a body in pieces of one letter": [
    post(`${JSON_TYPE}Transfer-Encoding: chunked\r\n`, `${chunk(ORDER)}${chunk(" ").repeat(300)}0\r\n\r\n`),
    "malformed_request",
  ],
  "a length and chunks at once": [
    post(`${JSON_TYPE}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n`, `${chunk(ORDER)}0\r\n\r\n`),
    "malformed_request",
  ],
  "two lengths": [
    post(`${JSON_TYPE}Content-Length: ${ORDER.length}\r\nContent-Length: 3\r\n`, ORDER),
    "malformed_request",
  ],
  "a length that is no number": [post(`${JSON_TYPE}Content-Length: 0x1e\r\n`, ORDER), "malformed_request"],
  "a chunk that is no chunk": [
    post(`${JSON_TYPE}Transfer-Encoding: chunked\r\n`, `zz\r\n${ORDER}\r\n0\r\n\r\n`),
    "malformed_request",
  ],
  "a method that does not exist": [`STEAL /v1/orders HTTP/1.1\r\n${HEAD}\r\n`, "malformed_request"],
  "a line's end inside a header": [`GET /healthz HTTP/1.1\r\n${HEAD}X-A: a\rb\r\n\r\n`, "malformed_request"],
  "another protocol": ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "malformed_request"],
};

const alarms = () => dojang.logLines.filter((line) => line.includes('"alarm":true'));

describe("the server", () => {
  for (const [what, [request, code]] of Object.entries(REFUSED)) {
    test(`refuses ${what}, and stores nothing`, async () => {
      const { status, answer } = await send(request);
      assert.equal(status, 400, answer);
      assert.equal(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))).code, code);
      assert.equal(await countOrders(dojang), 0);
    });
  }

  for (const path of [
    "/assets/..",
    "/assets/./x.js",
    "/assets/a/../../x",
    "/docs/static/..",
    "/docs/static/%2e",
  ]) {
    test(`finds nothing at ${path}, and calls nobody`, async () => {
      const { status, answer } = await send(`GET ${path} HTTP/1.1\r\n${HEAD}\r\n`);
      assert.equal(status, 404, answer);
      assert.deepEqual(alarms(), []);
    });
  }

  test("stores nothing of a body that ends before its length, and calls nobody", async () => {
    const socket = connect(Number(new URL(dojang.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.end(post(`${JSON_TYPE}Content-Length: ${ORDER.length + 10}\r\n`, ORDER));
    await text(socket);
    assert.equal(await countOrders(dojang), 0);
    assert.equal((await dojang.request("GET", "/healthz")).status, 200);
    assert.deepEqual(alarms(), []);
  });

  test("puts no refusal into the middle of an answer that is on its way", async () => {
    const console = await signedIn(dojang, "viewer");
    const socket = connect(Number(new URL(dojang.url).port), "127.0.0.1");
    socket.on("error", () => {});
    let answer = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      answer += part;
    });
    socket.write(`GET /console/api/live HTTP/1.1\r\nHost: x\r\nCookie: ${console.cookie}\r\n\r\n`);
    await until("the stream has begun", () => answer.includes("event: beat"));
    socket.write("no HTTP\r\n\r\n");
    await once(socket, "close");
    assert.equal(answer.split("HTTP/1.1").length, 2, answer);
  });

  test("reads a body in chunks like any other", async () => {
    const parts = ORDER.split(":").join(":|").split("|");
    const body = `${parts.map(chunk).join("")}0\r\n\r\n`;
    const { status, answer } = await send(post(`${JSON_TYPE}Transfer-Encoding: chunked\r\n`, body));
    assert.equal(status, 201, answer);
  });
});
