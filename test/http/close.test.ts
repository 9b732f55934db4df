// Goal: the server ends when its last answer has left, whoever still holds a connection. Method: connections that say
// nothing, half a request, or wait for an answer, while the server closes.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

const emulator = await startEmulator({ seed: 4711 });
after(() => emulator.close());

async function open(dojang: TestDojang, text = ""): Promise<Socket> {
  const socket = connect(Number(new URL(dojang.url).port), "127.0.0.1");
  socket.on("error", () => {}); // a reset is one way to be dropped
  socket.resume();
  await once(socket, "connect");
  if (text !== "") await new Promise((resolve) => socket.write(text, resolve));
  return socket;
}

const HALVES = [
  { what: "says nothing", text: "" },
  { what: "has sent half a request line", text: "GET /hea" },
  { what: "has sent half of its headers", text: "GET /healthz HTTP/1.1\r\nhost: x\r\n" },
  {
    what: "was answered and has sent half of a second request",
    text: "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /healthz HT",
  },
];

describe("close()", () => {
  for (const { what, text } of HALVES) {
    test(`drops a connection that ${what}`, async () => {
      await using dojang = await startTestDojang({ emulator });
      const socket = await open(dojang, text);
      await dojang.order(); // by now the server has taken the connection, too
      const closed = once(socket, "close");
      await dojang.close();
      await closed;
    });
  }

  test("lets an answer under way leave first", async () => {
    await using dojang = await startTestDojang({ emulator });
    const { body } = await dojang.order();
    const payment = emulator.pay({ merchant_uid: body.merchant_uid, amount: 50_000, sandbox: true });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    emulator.override({ path: `/payments/${payment.imp_uid}` }, { holdUntil: released });
    const completing = dojang.complete({ imp_uid: payment.imp_uid, merchant_uid: body.merchant_uid });
    await until("the look has left", () =>
      emulator.requests.lines().some((line) => line.includes(payment.imp_uid)),
    );
    const closing = dojang.close();
    release();
    const answer = await completing;
    assert.deepEqual([answer.status, answer.body.status], [200, "success"]);
    await closing;
  });
});
