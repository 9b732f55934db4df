// Goal: a shop's endpoint that takes connections and never answers costs the gateway nothing. Method: a listener that reads and
// stays silent; more paid orders than may be told at one time; a clock that stands still until the test moves it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { openEventWorld } from "../support/open-event-world.ts";
import { until } from "../support/until.ts";

const SECOND_MS = 1000;
/** As many as may be under way at one time. */
const SENDS_MAX = 16;

test("a paid order that waits for a place at the endpoint is not looked at meanwhile", async () => {
  await using silent = await openSilent();
  await using world = await openEventWorld({ DOJANG_EVENTS_URL: silent.url });
  // What hangs ends with its connection, before the server closes: time passes no more by then.
  await using _hanging = { [Symbol.asyncDispose]: silent.end };
  const { clock, emulator, dojang } = world;
  const orders = await Promise.all(Array.from({ length: SENDS_MAX + 4 }, () => world.paidOrder()));
  await until("every place is taken", () => silent.sent() === SENDS_MAX);
  // Long enough that no look of before is fresh, and not so long that an attempt ends.
  for (let second = 0; second < 14; second += 1) {
    clock.advance(SECOND_MS);
    await until("what can run has run", async () => {
      clock.advance(0);
      const tasks = await dojang.dojang.deps.store.readTasks({ limit: 1000 });
      const isUnderWay = tasks.filter(({ state }) => state === "leased").length > SENDS_MAX;
      return !isUnderWay && tasks.every(({ state, dueAt }) => state !== "due" || dueAt > clock.now());
    });
  }
  const fetches = emulator.requests.lines().filter((line) => line.startsWith("GET /payments/imp_"));
  assert.equal(fetches.length, orders.length, "each was fetched once, when its page told of it");
  assert.equal(silent.sent(), SENDS_MAX);
  clock.advance(2 * SECOND_MS);
  await until("those that waited are sent once attempts have ended", () => silent.sent() >= orders.length);
});

/** Reads what it is sent and answers nothing. */
async function openSilent() {
  let sent = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("data", () => {
      sent += 1;
    });
    socket.on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const end = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return { url, sent: () => sent, end, [Symbol.asyncDispose]: end };
}
