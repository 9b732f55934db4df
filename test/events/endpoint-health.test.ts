// Goal: an endpoint that takes nothing for days is noticed and left alone, and nothing that it should have been told is lost. Method:
// the real server and a real endpoint that fails; days pass on a clock that the test moves.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RETRY_DELAYS_MS } from "../../src/tasks/run-delivery.ts";
import { EVENT_KEYS, type EventWorld, isSignedBy, openEventWorld } from "../support/open-event-world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A day in the steps of the schedule. */
const DAY_OF_RETRIES = [...RETRY_DELAYS_MS.slice(0, 6), DAY_MS - 17 * HOUR_MS - 35 * MINUTE_MS - 5000];
const FAILING = Array<number>(1000).fill(500);

const alarmsOf = ({ dojang }: EventWorld) =>
  dojang.logLines
    .map((line) => JSON.parse(line))
    .filter(({ alarm, msg }) => alarm && msg.startsWith("events_"))
    .map(({ msg }) => msg);
const listed = async ({ dojang }: EventWorld, query = "") =>
  (await dojang.request("GET", `/v1/deliveries${query}`)).body;
const keyOf = ({ event }: { event: { type: string; data: { merchant_uid: string } } }) =>
  `${event.type} ${event.data.merchant_uid}`;

async function refused(world: EventWorld): Promise<string> {
  const order = await world.order();
  await world.dojang.complete({ imp_uid: world.pay(order, { amount: 100 }), merchant_uid: order });
  return order;
}

/** Nothing is taken for so many days, with an order a day that is paid with too little. */
async function failFor(world: EventWorld, days: number): Promise<string[]> {
  world.shop.answers.push(...FAILING);
  const orders: string[] = [];
  for (let day = 0; day < days; day += 1) {
    orders.push(await refused(world));
    await world.quiet();
    await world.pass(...DAY_OF_RETRIES);
  }
  return orders;
}

describe("an endpoint that takes nothing", () => {
  test("raises one alarm after a day, and is well again with the first event that it takes", async () => {
    await using world = await openEventWorld();
    world.shop.answers.push(...FAILING);
    await refused(world);
    await world.quiet();
    await world.pass(22 * HOUR_MS);
    assert.deepEqual(alarmsOf(world), []);
    assert.equal((await listed(world)).endpoint.state, "failing");
    await world.pass(2 * HOUR_MS);
    await refused(world);
    await world.quiet();
    assert.deepEqual(alarmsOf(world), ["events_failing"]);
    world.shop.answers.length = 0;
    await refused(world);
    await world.quiet();
    assert.deepEqual((await listed(world)).endpoint, { state: "enabled", since: null });
    world.shop.answers.push(...FAILING);
    await world.pass(DAY_MS, DAY_MS - HOUR_MS);
    assert.deepEqual(alarmsOf(world), ["events_failing"], "it counts from the last one that was taken");
  });

  test("is disabled after five days: events wait and nothing is sent, across a restart", async () => {
    await using world = await openEventWorld();
    await failFor(world, 5);
    await refused(world);
    await world.quiet();
    assert.deepEqual(alarmsOf(world), ["events_failing", "events_disabled"]);
    const { endpoint } = await listed(world);
    assert.equal(endpoint.state, "disabled");
    assert.equal((await world.dojang.request("GET", "/readyz")).status, 200);
    const sent = world.told().length;
    await refused(world);
    await world.pass(DAY_MS, DAY_MS, DAY_MS, DAY_MS);
    assert.equal(world.told().length, sent);
    const waiting = (await listed(world, "?state=due&limit=100")).data;
    assert.ok(
      waiting.length >= 4 &&
        waiting.every(({ last_error }: { last_error: string }) => last_error === "endpoint_disabled"),
    );
    await using again = await world.dojang.restart();
    const { body } = await again.request("GET", "/v1/deliveries");
    assert.deepEqual(body.endpoint, endpoint);
    assert.ok(
      again.logLines.some((line) => line.includes("events_disabled")),
      "the start says so again",
    );
  });

  test("once enabled is told of all that it missed, given up or waiting, in the order of each order", async () => {
    await using world = await openEventWorld();
    world.shop.answers.push(...FAILING);
    const poison = await refused(world);
    await world.quiet();
    await world.pass(...RETRY_DELAYS_MS);
    assert.equal((await listed(world, "?state=dead")).data.length, 1);
    world.shop.answers.length = 0;
    await refused(world);
    await world.pass(DAY_MS, 1000);
    assert.equal((await listed(world)).endpoint.state, "enabled");
    const orders = await failFor(world, 5);
    orders.push(await refused(world));
    await world.quiet();
    assert.ok((await listed(world, "?state=dead")).data.length > 1, "the first ones are given up by now");
    const sent = world.told().length;
    world.shop.answers.length = 0;
    assert.equal((await world.dojang.request("POST", "/v1/events/test")).body.taken, true);
    assert.equal((await listed(world)).endpoint.state, "disabled", "a test enables nothing");
    const missed = (await listed(world, "?limit=100")).data.filter(
      ({ state, merchant_uid }: { state: string; merchant_uid: string }) =>
        state !== "done" && merchant_uid !== poison,
    );
    const enabled = await world.dojang.request("POST", "/v1/events/enable");
    assert.deepEqual(enabled.body, { endpoint: { state: "enabled", since: null }, released: missed.length });
    await world.quiet();
    await world.pass(1000, 1000, 1000);
    const told = world
      .told()
      .slice(sent + 1)
      .map(keyOf);
    for (const order of orders) {
      assert.deepEqual(told.filter((key) => key.endsWith(order)).slice(0, 2), [
        `payment.rejected ${order}`,
        `discrepancy.opened ${order}`,
      ]);
    }
    assert.equal((await listed(world, "?state=due")).data.length, 0);
    const left = (await listed(world, "?state=dead")).data;
    assert.deepEqual(
      left.map(({ merchant_uid }: { merchant_uid: string }) => merchant_uid),
      [poison],
      "what was given up before it failed stays so",
    );
    assert.equal((await world.dojang.request("POST", "/v1/events/enable")).body.released, 0);
    assert.deepEqual(alarmsOf(world).slice(-2), ["events_failing", "events_disabled"]);
  });
});

describe("POST /v1/events/test", () => {
  test("sends a signed event about no order, and tells what was answered", async () => {
    await using world = await openEventWorld();
    const { status, body } = await world.dojang.request("POST", "/v1/events/test");
    assert.equal(status, 200);
    assert.deepEqual(body, { taken: true, status: 200, reason: null, duration_ms: 0 });
    const [told] = world.told();
    assert.equal(told?.event.type, "dojang.test");
    assert.deepEqual(Object.keys(told?.event.data), ["message"]);
    for (const key of EVENT_KEYS) assert.ok(told && isSignedBy(key, told.received));
    world.shop.answers.push(503, "drop");
    const answers = [await world.dojang.request("POST", "/v1/events/test")];
    answers.push(await world.dojang.request("POST", "/v1/events/test"));
    assert.deepEqual(
      answers.map((answer) => [answer.body.taken, answer.body.status, answer.body.reason]),
      [
        [false, 503, "http_503"],
        [false, null, "connection_failed"],
      ],
    );
    assert.equal((await listed(world)).endpoint.state, "enabled", "a test counts for nothing");
    assert.deepEqual((await listed(world)).data, []);
  });

  test("answers 409 where no endpoint is set, and 401 to a stranger", async () => {
    await using world = await openEventWorld({ DOJANG_EVENTS_URL: "" });
    const { status, body } = await world.dojang.request("POST", "/v1/events/test");
    assert.deepEqual([status, body.code], [409, "no_events_endpoint"]);
    assert.equal((await listed(world)).endpoint.state, "none");
    for (const path of ["/v1/events/test", "/v1/events/enable"])
      assert.equal((await world.dojang.request("POST", path, { isShop: false })).status, 401);
  });
});
