import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { openRelay, type Relay } from "./open-relay.ts";
import { until } from "./until.ts";

/** Answers every chunk in capitals. */
const echo = createServer((socket) => {
  socket.on("error", () => {}).on("data", (chunk) => socket.write(chunk.toString().toUpperCase()));
});
let target = "";
before(async () => {
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  target = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
});
after(() => void echo.close());

async function dial(relay: Relay) {
  const socket: Socket = connect(relay.port, "127.0.0.1");
  const client = { socket, heard: "", isClosed: false };
  socket
    .on("error", () => {})
    .on("close", () => {
      client.isClosed = true;
    })
    .on("data", (chunk) => {
      client.heard += chunk;
    });
  await once(socket, "connect");
  return client;
}

test("openRelay() passes both ways, and resets what is there when it is cut", async () => {
  await using relay = await openRelay(target);
  assert.match(relay.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const first = await dial(relay);
  first.socket.write("one");
  await until("the answer is there", () => first.heard === "ONE");
  relay.cut();
  await until("it is closed", () => first.isClosed);
  const second = await dial(relay);
  second.socket.write("two");
  await until("the answer is there", () => second.heard === "TWO");
});

test("openRelay() holds everything back while frozen and closes nothing", async () => {
  await using relay = await openRelay(target);
  await using other = await openRelay(target);
  const [held, free] = [await dial(relay), await dial(other)];
  relay.freeze();
  held.socket.write("one");
  free.socket.write("one");
  await until("the free one is answered", () => free.heard === "ONE");
  assert.deepEqual([held.heard, held.isClosed], ["", false]);
  relay.thaw();
  await until("the held one is answered", () => held.heard === "ONE");
});

test("openRelay() refuses connections while pulled and takes them when plugged in again", async () => {
  await using relay = await openRelay(target);
  await relay.pull();
  await assert.rejects(dial(relay), { code: "ECONNREFUSED" });
  await relay.plug();
  const client = await dial(relay);
  client.socket.write("one");
  await until("the answer is there", () => client.heard === "ONE");
});

test("openRelay() lets a test drop a request, or take the answer of one", async () => {
  let taken = "";
  await using relay = await openRelay(target, {
    onRequest(chunk, wire) {
      if (chunk.toString() === "drop") return false;
      if (chunk.toString() === "take") {
        wire.holdAnswers((answer) => {
          taken += answer;
          wire.cut();
        });
      }
      return true;
    },
  });
  const client = await dial(relay);
  client.socket.setNoDelay().write("drop");
  relay.delayMs = 1;
  await until("it was sent", () => client.socket.writableLength === 0);
  const other = await dial(relay);
  other.socket.write("take");
  await until("it is closed", () => other.isClosed);
  assert.deepEqual([taken, other.heard, client.heard], ["TAKE", "", ""]);
});

test("openRelay() resets a connection in the middle of whatever passes, once it has carried its bytes", async () => {
  const bytes: (number | undefined)[] = [5, undefined];
  await using relay = await openRelay(target, { bytesUntilCut: () => bytes.shift() });
  const cut = await dial(relay);
  cut.socket.write("one");
  await until("it is closed", () => cut.isClosed);
  assert.equal(cut.heard, "ON");
  const whole = await dial(relay);
  whole.socket.write("one and more");
  await until("the answer is there", () => whole.heard === "ONE AND MORE");
});
