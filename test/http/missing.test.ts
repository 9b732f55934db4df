// Goal: a payment that the gateway does not show for a while is never turned into anything, and one that stays away is shown to an operator
// once (X20). Method: the real server; the emulator answers 404 for one payment; the clock moves when the test moves it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EventWorld, openEventWorld } from "../support/open-event-world.ts";
import { assertProblem } from "./answers.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

let world: EventWorld;
before(async () => {
  world = await openEventWorld();
});
after(() => world[Symbol.asyncDispose]());

const gone = { status: 404, body: '{"code":-1,"message":"존재하지 않는 결제정보입니다.","response":null}' };
/** From its id, and from the lists too, as a replica that lags behind answers. */
function hide(impUid: string, { listed = false } = {}): () => void {
  const ends = [world.emulator.override({ method: "GET", path: `/payments/${impUid}` }, gone)];
  if (!listed) ends.push(world.emulator.override({ method: "GET", path: /findAll/ }, gone));
  return () => {
    for (const end of ends) end();
  };
}

const missingOf = async (order: string) =>
  (await world.dojang.read(order)).body.discrepancies.filter(
    ({ kind }: { kind: string }) => kind === "missing_at_gateway",
  );
const typesTold = (order: string) =>
  world.told().flatMap(({ event }) => (event.data.merchant_uid === order ? [event.type] : []));
const stateOf = async (order: string) => {
  const { body } = await world.dojang.read(order);
  return [body.status, body.imp_uid, body.payments.map((one: { verdict: string }) => one.verdict)];
};

describe("a payment that was never stored and is not shown", () => {
  test("leaves no trace whoever asks, and pays its order once it is shown", async () => {
    const order = await world.order();
    const impUid = world.pay(order);
    const version = (await world.dojang.read(order)).body.version;
    const show = hide(impUid, { listed: true });
    const claim = { imp_uid: impUid, merchant_uid: order };
    assert.equal((await world.dojang.complete(claim)).body.status, "pending");
    await world.dojang.webhook(claim);
    await world.quiet();
    const verified = await world.dojang.request("POST", `/v1/orders/${order}/verify`);
    assert.deepEqual([verified.status, verified.body.status, verified.body.payments], [200, "pending", []]);
    assert.equal(verified.body.version, version);
    show();
    await world.pass(5 * SECOND_MS);
    assert.deepEqual(await stateOf(order), ["paid", impUid, ["applied"]]);
  });

  test("does not let its order expire for ten minutes after the last look", async () => {
    const order = await world.order({ pay_by: new Date(world.clock.now() + 20 * MINUTE_MS).toISOString() });
    const impUid = world.pay(order);
    const show = hide(impUid, { listed: true });
    await world.pass(10 * SECOND_MS, 50 * SECOND_MS, 4 * MINUTE_MS, 15 * MINUTE_MS, 30 * SECOND_MS);
    await world.pass(...Array<number>(9).fill(MINUTE_MS));
    assert.deepEqual(await stateOf(order), ["pending", null, []]);
    show();
    await world.pass(MINUTE_MS);
    assert.deepEqual(await stateOf(order), ["paid", impUid, ["applied"]]);
  });
});

describe("a payment that paid its order and is not shown", () => {
  test("for a while changes nothing: every answer stays, and nothing is left of it", async () => {
    const { order, impUid } = await world.paidOrder();
    await world.quiet();
    const before = await stateOf(order);
    const show = hide(impUid);
    await world.pass(SECOND_MS);
    for (const minutes of [1, 3, 4]) {
      const claim = { imp_uid: impUid, merchant_uid: order };
      assert.equal((await world.dojang.complete(claim)).body.status, "success");
      await world.dojang.webhook(claim);
      const verify = await world.dojang.request("POST", `/v1/orders/${order}/verify`);
      assertProblem(verify, "gateway_unavailable");
      await world.pass(minutes * MINUTE_MS);
      assert.deepEqual(await stateOf(order), before);
    }
    assert.deepEqual(await missingOf(order), []);
    show();
    await world.pass(3 * MINUTE_MS);
    assert.equal((await world.dojang.request("POST", `/v1/orders/${order}/verify`)).status, 200);
    await world.pass(20 * MINUTE_MS);
    assert.deepEqual(await missingOf(order), []);
    assert.deepEqual(await stateOf(order), before);
  });

  test("for 11 minutes opens one discrepancy, which ends when it is shown; gone again, it opens another", async () => {
    const { order, impUid } = await world.paidOrder();
    await world.quiet();
    const before = await stateOf(order);
    const verify = () => world.dojang.request("POST", `/v1/orders/${order}/verify`);
    const show = hide(impUid);
    await world.pass(SECOND_MS);
    await verify();
    await world.pass(5 * MINUTE_MS);
    // A notice runs the task that waits for the tenth minute: it must wait again.
    await world.dojang.webhook({ imp_uid: impUid, merchant_uid: order });
    await world.pass(5 * MINUTE_MS - 1);
    assert.deepEqual(await missingOf(order), []);
    await world.pass(1, MINUTE_MS);
    assert.equal((await missingOf(order)).length, 1, "found by itself");
    for (let times = 0; times < 3; times += 1) await verify();
    const opened = await missingOf(order);
    assert.deepEqual(
      opened.map((one: { imp_uid: string }) => one.imp_uid),
      [impUid],
    );
    assert.deepEqual(await stateOf(order), before);
    const claim = { imp_uid: impUid, merchant_uid: order };
    assert.equal((await world.dojang.complete(claim)).body.status, "success");
    assert.ok(typesTold(order).includes("discrepancy.opened"));
    show();
    assert.equal((await verify()).status, 200);
    assert.deepEqual(
      (await missingOf(order)).map((one: { resolved_at: string }) => one.resolved_at !== null),
      [true],
    );
    await world.pass(SECOND_MS);
    assert.equal(typesTold(order).at(-1), "discrepancy.resolved");
    const showAgain = hide(impUid);
    await world.pass(SECOND_MS);
    await verify();
    await world.pass(11 * MINUTE_MS);
    showAgain();
    assert.equal((await missingOf(order)).length, 2);
  });

  test("is found missing by the daily look at its order, and found again by the next", async () => {
    const { order, impUid } = await world.paidOrder();
    await world.quiet();
    const show = hide(impUid);
    // The looks that are planned while the order is open, then one a day.
    await world.pass(10 * SECOND_MS, 24 * 60 * MINUTE_MS, 11 * MINUTE_MS);
    assert.equal((await missingOf(order)).length, 1);
    show();
    await world.pass(24 * 60 * MINUTE_MS);
    assert.deepEqual(
      (await missingOf(order)).map((one: { resolved_at: string }) => one.resolved_at !== null),
      [true],
    );
  });
});

describe("order.paid of a payment that is not shown", () => {
  async function held() {
    world.shop.answers.push(500, 500);
    const paid = await world.paidOrder();
    await world.quiet();
    await world.pass(5 * SECOND_MS);
    const show = hide(paid.impUid);
    await world.pass(5 * MINUTE_MS);
    const tries = typesTold(paid.order).length;
    await world.pass(MINUTE_MS, MINUTE_MS);
    assert.equal(typesTold(paid.order).length, tries, "it is held");
    const paths = `/v1/deliveries?merchant_uid=${paid.order}&state=due`;
    assert.equal((await world.dojang.request("GET", paths)).body.data[0].last_error, "payment_in_doubt");
    return { ...paid, show, tries };
  }

  test("is held, and goes out once it is shown again", async () => {
    const { order, show, tries } = await held();
    show();
    await world.pass(MINUTE_MS, MINUTE_MS);
    assert.deepEqual(typesTold(order).slice(tries), ["order.paid"]);
    assert.deepEqual(await missingOf(order), []);
  });

  test("is held, and goes out when an operator says so, with the time of the last look", async () => {
    const { order, show, tries } = await held();
    const seenAt = world.told().find(({ event }) => event.data.merchant_uid === order)?.event
      .data.verified_at;
    await world.pass(...Array<number>(9).fill(MINUTE_MS));
    const [opened] = await missingOf(order);
    assert.ok(!typesTold(order).slice(tries).includes("order.paid"));
    await world.dojang.request("POST", `/v1/discrepancies/${opened.id}/resolve`, {
      body: { action: "dismiss", reason: "the PG says that it is paid" },
    });
    await world.pass(MINUTE_MS, MINUTE_MS);
    show();
    const told = world.told().filter(({ event }) => event.data.merchant_uid === order);
    const last = told.slice(tries).find(({ event }) => event.type === "order.paid");
    assert.equal(last?.event.data.verified_at, seenAt);
  });
});
