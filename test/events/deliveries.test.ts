// Goal: the shop hears of every change, signed, in order, at least once, and never of a payment as paid that has been given back. Method:
// the real server, a real endpoint of a shop, a clock that stands still until the test moves it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RETRY_DELAYS_MS } from "../../src/tasks/run-delivery.ts";
import { EVENT_KEYS, isSignedBy, openEventWorld } from "../support/open-event-world.ts";
import { until } from "../support/until.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DOWN = { status: 500, body: "down" };
const PAYMENTS = { method: "GET", path: /payments/ };

const typesOf = (told: readonly { event: { type: string } }[]) => told.map(({ event }) => event.type);

describe("an event", () => {
  test("goes out once, with what the shop needs and nothing personal, signed under each live secret", async () => {
    await using world = await openEventWorld();
    const order = await world.order({
      customer: { id: "c-1", name: "홍길동", tel: "010-1234-5678", email: "hong@example.com" },
      metadata: { note: "a private note" },
    });
    const impUid = world.pay(order);
    await world.dojang.complete({ imp_uid: impUid, merchant_uid: order });
    await world.quiet();
    const [told, ...more] = world.told();
    assert.deepEqual(more, []);
    const timeline = (await world.dojang.request("GET", `/v1/orders/${order}/timeline`)).body.data;
    assert.equal(told?.id, timeline.at(-1).id);
    assert.deepEqual(told?.event, {
      type: "order.paid",
      timestamp: timeline.at(-1).at,
      data: {
        amount: 50_000,
        currency: "KRW",
        pay_method: "card",
        merchant_uid: order,
        order_status: "paid",
        imp_uid: impUid,
        sequence: 2,
        verified_at: new Date(world.clock.now()).toISOString(),
      },
    });
    for (const key of EVENT_KEYS) assert.ok(told && isSignedBy(key, told.received));
    assert.equal(told && isSignedBy(Buffer.alloc(32, 3), told.received), false);
    assert.equal(told?.received.headers["webhook-timestamp"], String(Math.floor(world.clock.now() / 1000)));
    const secret = /홍길동|1234|hong@|private|whsec|a-key|Bearer/;
    assert.doesNotMatch(`${told?.received.body}${JSON.stringify(told?.received.headers)}`, secret);
    assert.equal(
      world.dojang.logLines.some((line) => /whsec_|AQEBAQ/.test(line)),
      false,
    );
  });

  test("of a refused payment names the clause and repeats no text of the gateway", async () => {
    await using world = await openEventWorld();
    const order = await world.order();
    const impUid = world.pay(order, { amount: 100 });
    await world.dojang.complete({ imp_uid: impUid, merchant_uid: order });
    await world.quiet();
    await world.pass(SECOND_MS);
    const data = world.told().map(({ event }) => event.data);
    assert.deepEqual(typesOf(world.told()), ["payment.rejected", "discrepancy.opened"]);
    assert.deepEqual(
      [data[0].finding, data[0].clause, data[1].kind],
      ["forgery", "amount", "amount_mismatch"],
    );
    assert.equal("why" in data[1], false);
    assert.ok(data.every((one) => one.order_status === "pending" && one.sequence === 2));
  });

  test("of an issued account carries its due date and no number", async () => {
    await using world = await openEventWorld();
    const order = await world.order();
    const due = Math.floor(world.clock.now() / 1000) + 3600;
    const impUid = world.pay(order, { status: "ready", pay_method: "vbank", vbank_date: due });
    assert.equal(
      (await world.dojang.complete({ imp_uid: impUid, merchant_uid: order })).body.status,
      "vbankIssued",
    );
    await world.quiet();
    const [told] = world.told();
    assert.equal(told?.event.type, "order.awaiting_deposit");
    assert.equal(told?.event.data.due_at, new Date(due * 1000).toISOString());
    const { vbank_num } = (await world.dojang.read(order)).body.virtual_account;
    assert.equal(told?.received.body.includes(vbank_num), false);
  });

  test("is not made where no endpoint is set", async () => {
    await using world = await openEventWorld({ DOJANG_EVENTS_URL: "" });
    await world.paidOrder();
    await world.quiet();
    assert.deepEqual(world.told(), []);
    assert.deepEqual((await world.dojang.request("GET", "/v1/deliveries")).body.data, []);
  });
});

describe("an event that the shop does not take", () => {
  test("comes again by the schedule under the same id, then is dead with an alarm, and comes again by hand", async () => {
    await using world = await openEventWorld({ DOJANG_RECHECK: "best_effort" });
    world.shop.answers.push(500, "drop", 302, 404, 410, 503, 500, 500, 500, 500);
    const { order } = await world.paidOrder();
    await world.quiet();
    assert.equal(world.told().length, 1);
    for (const [index, delay] of RETRY_DELAYS_MS.entries()) {
      await world.pass(delay - 1);
      assert.equal(world.told().length, index + 1, `nothing before ${delay} ms`);
      await world.pass(1);
      assert.equal(world.told().length, index + 2, `again after ${delay} ms`);
    }
    assert.equal(new Set(world.told().map(({ id }) => id)).size, 1);
    const timestamps = world.told().map(({ received }) => received.headers["webhook-timestamp"]);
    assert.equal(new Set(timestamps).size, 10);
    const list = async () =>
      (await world.dojang.request("GET", `/v1/deliveries?merchant_uid=${order}&state=dead`)).body.data;
    const [dead] = await list();
    assert.equal(dead.id, world.told()[0]?.id);
    assert.equal(dead.type, "order.paid");
    assert.equal(dead.tries, 10);
    assert.equal(dead.last_error, "http_500");
    assert.equal(dead.next_try_at, null);
    const alarms = world.dojang.logLines.map((line) => JSON.parse(line)).filter(({ alarm }) => alarm);
    assert.deepEqual(
      alarms.filter(({ kind }) => kind === "deliver").map(({ msg, reason }) => [msg, reason]),
      [["task_given_up", "http_500"]],
    );
    const retried = await world.dojang.request("POST", `/v1/deliveries/${dead.id}/retry`);
    assert.equal(retried.status, 202, retried.text);
    await world.quiet();
    assert.equal(world.told().length, 11);
    assert.equal(world.told().at(-1)?.id, dead.id);
    assert.deepEqual(await list(), []);
    assert.equal((await world.dojang.request("GET", "/v1/deliveries?state=done")).body.data[0].id, dead.id);
    const [act] = (await world.dojang.request("GET", "/v1/audit")).body.data;
    assert.deepEqual([act.action, act.actor, act.subject], ["delivery.retried", "default", dead.id]);
  });

  test("is still there after a restart", async () => {
    await using world = await openEventWorld();
    world.shop.answers.push(500);
    await world.paidOrder();
    await world.quiet();
    await using again = await world.dojang.restart();
    world.clock.advance(5 * SECOND_MS);
    await until("the shop is told again", () => world.told().length === 2);
    assert.equal(world.told()[0]?.id, world.told()[1]?.id);
    assert.deepEqual(again.fatal, []);
  });
});

describe("events of one order", () => {
  test("wait for each other, and those of another order do not wait for them", async () => {
    await using world = await openEventWorld({ DOJANG_RECHECK: "best_effort" });
    world.shop.answers.push(500);
    const { order, impUid } = await world.paidOrder();
    await world.quiet();
    world.emulator.silentCancel(impUid, 20_000);
    await world.dojang.complete({ imp_uid: impUid, merchant_uid: order });
    await world.quiet();
    assert.deepEqual(typesOf(world.told()), ["order.paid"]);
    const other = await world.order({ amount: 70_000 });
    await world.dojang.complete({ imp_uid: world.pay(other, { amount: 70_000 }), merchant_uid: other });
    await world.quiet();
    assert.equal(world.told().at(-1)?.event.data.merchant_uid, other);
    const mine = () => world.told().filter(({ event }) => event.data.merchant_uid === order);
    assert.deepEqual(typesOf(mine()), ["order.paid"]);
  });

  test("go out in their order when the first is taken at the second attempt", async () => {
    await using world = await openEventWorld({ DOJANG_RECHECK: "best_effort" });
    world.shop.answers.push(500);
    const order = await world.order();
    const impUid = world.pay(order, { amount: 100 });
    await world.dojang.complete({ imp_uid: impUid, merchant_uid: order });
    await world.quiet();
    assert.deepEqual(typesOf(world.told()), ["payment.rejected"]);
    await world.pass(4 * SECOND_MS);
    assert.deepEqual(typesOf(world.told()), ["payment.rejected"]);
    await world.pass(SECOND_MS, SECOND_MS);
    assert.deepEqual(typesOf(world.told()), ["payment.rejected", "payment.rejected", "discrepancy.opened"]);
  });

  test("overtake one that is stuck once they are five minutes old", async () => {
    await using world = await openEventWorld();
    world.shop.answers.push(500, 500);
    const order = await world.order();
    await world.dojang.complete({ imp_uid: world.pay(order, { amount: 100 }), merchant_uid: order });
    await world.quiet();
    await world.pass(5 * SECOND_MS, 4 * MINUTE_MS);
    assert.deepEqual(typesOf(world.told()), ["payment.rejected", "payment.rejected"]);
    await world.pass(MINUTE_MS - 5 * SECOND_MS);
    assert.deepEqual(typesOf(world.told()), ["payment.rejected", "payment.rejected", "discrepancy.opened"]);
  });
});

describe("order.paid", () => {
  /** The first attempt fails; before the next one, the last look is older than 10 s. */
  async function stuckOnce(env: Record<string, string> = {}) {
    const world = await openEventWorld(env);
    world.shop.answers.push(500, 500);
    const paid = await world.paidOrder();
    await world.quiet();
    await world.pass(5 * SECOND_MS);
    world.emulator.requests.clear();
    return { world, ...paid };
  }

  test("R28-a is not told any more when the payment was cancelled before it went out: what it became is", async () => {
    const { world, order, impUid } = await stuckOnce();
    await using _ = world;
    world.emulator.silentCancel(impUid);
    await world.pass(5 * MINUTE_MS, SECOND_MS, SECOND_MS);
    assert.deepEqual(typesOf(world.told()), [
      "order.paid",
      "order.paid",
      "order.refunded",
      "discrepancy.opened",
    ]);
    assert.equal((await world.dojang.read(order)).body.status, "refunded");
    assert.equal((await world.dojang.request("GET", "/v1/deliveries?state=dead")).body.data.length, 0);
  });

  test("is told after one more look when the last one is older than 10 s", async () => {
    const { world, impUid } = await stuckOnce();
    await using _ = world;
    await world.pass(5 * MINUTE_MS);
    const lines = world.emulator.requests.lines().filter((line) => line.includes(impUid));
    assert.ok(lines.length >= 1, "it was looked at");
    const last = world.told().at(-1);
    assert.equal(last?.event.type, "order.paid");
    assert.equal(last?.event.data.verified_at, new Date(world.clock.now()).toISOString());
  });

  test("needs no look of its own right after the payment was seen", async () => {
    await using world = await openEventWorld();
    const { impUid } = await world.paidOrder();
    await world.quiet();
    assert.equal(world.told().length, 1);
    const looks = world.emulator.requests.lines().filter((line) => line.includes(impUid));
    assert.equal(looks.length, 1);
  });

  test("waits while the gateway cannot be asked, as long as it takes, and spends no attempt on it", async () => {
    const { world } = await stuckOnce();
    await using _ = world;
    world.emulator.override(PAYMENTS, DOWN);
    await world.pass(5 * MINUTE_MS, ...Array<number>(20).fill(30 * SECOND_MS));
    assert.equal(world.told().length, 2);
    const [waiting] = (await world.dojang.request("GET", "/v1/deliveries?state=due")).body.data;
    assert.equal(waiting.tries, 2);
    assert.equal(waiting.last_error, "gateway_not_asked");
    world.emulator.overrides.clear();
    await world.pass(30 * SECOND_MS, 30 * SECOND_MS, 30 * SECOND_MS);
    assert.equal(world.told().length, 3);
  });

  test("goes out with the time of the last look under best_effort", async () => {
    const { world } = await stuckOnce({ DOJANG_RECHECK: "best_effort" });
    await using _ = world;
    const seenAt = world.told()[0]?.event.data.verified_at;
    world.emulator.override(PAYMENTS, DOWN);
    await world.pass(5 * MINUTE_MS);
    assert.equal(world.told().length, 3);
    assert.equal(world.told()[2]?.event.data.verified_at, seenAt);
  });

  test("R28-c is held while the gateway says less than it once did", async () => {
    const { world, impUid } = await stuckOnce();
    await using _ = world;
    world.emulator.override(
      { method: "GET", path: `/payments/${impUid}` },
      { payment: { raw: { status: '"ready"', paid_at: "0" } } },
    );
    await world.pass(5 * MINUTE_MS, MINUTE_MS, MINUTE_MS, MINUTE_MS);
    assert.deepEqual(typesOf(world.told().slice(0, 2)), ["order.paid", "order.paid"]);
    assert.ok(!typesOf(world.told().slice(2)).includes("order.paid"));
    const [opened] = (await world.dojang.request("GET", "/v1/discrepancies?status=open")).body.data;
    assert.equal(opened.kind, "payment_regressed");
    world.emulator.overrides.clear();
    await world.dojang.request("POST", `/v1/discrepancies/${opened.id}/resolve`, {
      body: { action: "dismiss", reason: "the PG says that it is paid" },
    });
    await world.pass(MINUTE_MS, MINUTE_MS);
    assert.ok(typesOf(world.told().slice(2)).includes("order.paid"));
  });
});

describe("GET /v1/deliveries", () => {
  test("pages newest first, and refuses what it does not know", async () => {
    await using world = await openEventWorld();
    const orders = [await world.paidOrder(), await world.paidOrder(), await world.paidOrder()];
    await world.quiet();
    const ids: string[] = [];
    for (let query = "?limit=2"; query !== ""; ) {
      const { body } = await world.dojang.request("GET", `/v1/deliveries${query}`);
      ids.push(...body.data.map(({ merchant_uid }: { merchant_uid: string }) => merchant_uid));
      query = body.next_cursor === null ? "" : `?limit=2&cursor=${body.next_cursor}`;
    }
    assert.deepEqual([...ids].sort(), orders.map(({ order }) => order).sort());
    for (const query of ["state=odd", "limit=0", "order=1"]) {
      assert.equal((await world.dojang.request("GET", `/v1/deliveries?${query}`)).status, 400, query);
    }
    assert.equal((await world.dojang.request("POST", "/v1/deliveries/evt_0/retry")).status, 404);
    assert.equal((await world.dojang.request("GET", "/v1/deliveries", { isShop: false })).status, 401);
  });
});
