// Goal: a running server reconciles any past time by itself, durably, and says how far it is. Method: the real server and gateway, a clock
// that the test moves, held lists.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type EventWorld, openEventWorld } from "../support/open-event-world.ts";
import { until } from "../support/until.ts";
import { assertProblem } from "./answers.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const NO_ATTEMPTS = '{"code":0,"message":null,"response":{"list":[],"next":0,"previous":0,"total":0}}';

let world: EventWorld;
before(async () => {
  world = await openEventWorld({ DOJANG_MERCHANT_UID_PREFIX: "ours-" });
});
after(() => world[Symbol.asyncDispose]());

let from = 0;
beforeEach(() => {
  // Windows of different tests share no second.
  world.clock.advance(10 * MINUTE_MS);
  from = world.clock.now();
  // The orders' own looks would find it first.
  world.emulator.overrides.clear();
  world.emulator.override({ path: /findAll/ }, { body: NO_ATTEMPTS });
});

const asked = (fields: Record<string, unknown> = {}) => ({
  from: new Date(from).toISOString(),
  to: new Date(from + MINUTE_MS).toISOString(),
  ...fields,
});
const post = (fields?: Record<string, unknown>) =>
  world.dojang.request("POST", "/v1/reconcile", { body: asked(fields) });
const get = (id: string) => world.dojang.request("GET", `/v1/reconcile/${id}`);

/** Orders that are paid while nobody looks, a minute and a half ago by now. */
async function paidUnseen(count: number): Promise<string[]> {
  const orders: string[] = [];
  for (let n = 0; n < count; n += 1) orders.push(await world.order());
  for (const order of orders) world.pay(order);
  world.clock.jump(90 * SECOND_MS);
  return orders;
}

/** Holds the answer to the next list of this status. */
function holdList(status: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  world.emulator.override(
    { path: new RegExp(`/payments/status/${status}`), times: 1 },
    { holdUntil: promise },
  );
  const isTaken = () => world.emulator.overrides.list().every(({ answer }) => answer.holdUntil !== promise);
  return { taken: () => until("the list is asked for", isTaken), release: resolve };
}

const listsAsked = () =>
  world.emulator.requests.lines().flatMap((line) => /\/payments\/status\/(\w+)/.exec(line)?.[1] ?? []);

describe("POST /v1/reconcile", () => {
  test("finds what was paid unseen, decides it, and says what it was", async () => {
    const orders = await paidUnseen(2);
    world.emulator.pay({ merchant_uid: "another-system", amount: 1, sandbox: true });
    const begun = await post();
    assert.equal(begun.status, 202, begun.text);
    assert.deepEqual([begun.body.state, begun.body.share], ["running", 0]);
    await world.quiet();
    const { body } = await get(begun.body.id);
    assert.deepEqual([body.state, body.share, body.dry_run, body.last_error], ["done", 1, false, null]);
    assert.equal(body.counts.applied, 2);
    assert.deepEqual(body.differences, { "pending -> paid": 2 });
    assert.deepEqual(
      body.findings.map((one: { merchant_uid: string }) => one.merchant_uid).toSorted(),
      orders.toSorted(),
    );
    assert.ok(body.findings.every(({ what }: { what: string }) => what === "pending -> paid"));
    for (const order of orders) assert.equal((await world.dojang.read(order)).body.status, "paid");
    const again = await post();
    assert.equal(again.status, 202, "the first is done");
    await world.quiet();
    assert.equal((await get(again.body.id)).body.counts.applied, 0);
  });

  test("decides nothing in a dry run, and lists the first 1,000 of what it would", async () => {
    const [order = ""] = await paidUnseen(1);
    world.clock.jump(-90 * SECOND_MS);
    for (let n = 0; n < 1004; n += 1) {
      if (n % 100 === 0) world.clock.jump(SECOND_MS);
      world.emulator.pay({ merchant_uid: `ours-${n}`, amount: 1000, sandbox: true });
    }
    world.clock.jump(80 * SECOND_MS);
    const { body: begun } = await post({ dry_run: true });
    await world.quiet();
    const { body } = await get(begun.id);
    assert.deepEqual([body.state, body.counts.news], ["done", 1005]);
    assert.deepEqual([body.findings.length, body.more_findings], [1000, 5]);
    assert.equal((await world.dojang.read(order)).body.status, "pending");
  });

  test("begins a window once while it is under way, and goes on with it when its time for one run is over", async () => {
    await paidUnseen(1);
    const hold = holdList("paid");
    world.emulator.requests.clear();
    const first = await post();
    await hold.taken();
    const second = await post();
    assert.deepEqual([second.status, second.body.id], [200, first.body.id]);
    assert.equal(second.body.state, "running");
    const last = holdList("cancelled");
    world.clock.jump(8 * SECOND_MS);
    hold.release();
    await last.taken();
    const task = await world.dojang.dojang.deps.store.readTask(`reconcile:${first.body.id}`);
    assert.ok((task?.done ?? 0) > 0, "the first run is over");
    last.release();
    await world.quiet();
    const { body } = await get(first.body.id);
    assert.deepEqual([body.state, body.counts.applied], ["done", 1]);
    assert.deepEqual(listsAsked(), ["ready", "paid", "cancelled"], "nothing is done twice");
  });

  test("tries again by itself after trouble at the gateway, and shows it meanwhile", async () => {
    await paidUnseen(1);
    const end = world.emulator.override({ path: /\/payments\/status\/paid/ }, { status: 503, body: "" });
    const { body: begun } = await post();
    await world.quiet();
    const troubled = (await get(begun.id)).body;
    assert.deepEqual([troubled.state, troubled.tries, troubled.last_error], ["running", 1, "http_503"]);
    assert.ok(troubled.share > 0.3 && troubled.share < 0.4);
    end();
    await world.pass(5 * SECOND_MS);
    const { body } = await get(begun.id);
    assert.deepEqual([body.state, body.counts.applied, body.tries], ["done", 1, 0]);
  });

  test("refuses what is no past time, and knows no other id", async () => {
    await paidUnseen(0);
    const at = new Date(from).toISOString();
    for (const fields of [
      { from: "2026-08-01" },
      { to: "yesterday" },
      { to: at },
      { to: new Date(world.clock.now() - 29 * SECOND_MS).toISOString() },
      { dry_run: "yes" },
      { dryRun: true },
      { from: undefined },
      { from: "1969-01-01T00:00:00Z" },
    ]) {
      assertProblem(await post(fields), "invalid_request");
    }
    assertProblem(await get("1-2"), "not_found");
    assertProblem(await get("%3A"), "not_found");
    assert.equal(
      (await world.dojang.request("POST", "/v1/reconcile", { body: asked(), isShop: false })).status,
      401,
    );
  });
});
