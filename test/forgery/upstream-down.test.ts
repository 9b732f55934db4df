// R59: a gateway that is not there. Goal: a refused connection, an open breaker, an unknown channel table and lost looks of
// our own neither pay, fail nor close an order, and cost the gateway no more than they must. Method: the wire between the
// two is pulled out and plugged in; time stands still.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang } from "../support/dojang.ts";
import { LIVE_ENV, LIVE_MERCHANT, openWorld } from "../support/forgery.ts";
import {
  expectOnlyTasksAdded,
  expectPaidByItself,
  expectPendingOnly,
  VERIFY_AGAIN_MS,
} from "../support/forgery-pending.ts";
import { assertUnchanged, readStored } from "../support/forgery-rows.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";
import { openRelay, type Relay } from "../support/open-relay.ts";
import { until } from "../support/until.ts";

const clock = new ManualClock(Date.now());
let relay: Relay | undefined;
const world = await openWorld({
  clock,
  between: async (emulator) => {
    relay = await openRelay(emulator.url);
    return relay.url;
  },
});
assert.ok(relay !== undefined);
const wire = relay;
after(async () => {
  await world.close();
  await wire[Symbol.asyncDispose]();
});

const LOGIN = "POST /users/getToken";
/** After so many failures in a row nobody is asked for so long. */
const BREAK_AFTER = 10;
const BREAK_MS = 5000;
const SECOND_MS = 1000;
const DOWN = { status: 503, body: "" } as const;

describe("POST /payments/complete while the gateway cannot be reached", () => {
  test("R59-d1 a refused connection is pending, and the order is paid by itself", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    await wire.pull();
    await expectPendingOnly(scene, { payment, order });
    assert.deepEqual(scene.seenLines(), []);
    await wire.plug();
    await expectPaidByItself(scene, { payment, order });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R59-d2 a login whose connection is reset is pending, and the order is paid by itself", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    world.emulator.tokens.revokeAll();
    const off = world.emulator.override({ path: "/users/getToken" }, { reset: true });
    await expectPendingOnly(scene, { payment, order });
    off();
    await expectPaidByItself(scene, { payment, order });
    const look = scene.lookLine(payment);
    await scene.expectNothingElse([look, LOGIN, LOGIN, look]);
  });

  test("R59-d3 a paid order keeps its answer, and an open one its page, while nobody can be reached", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = await scene.expectHonestPaymentPays(order);
    const before = await scene.stored(order);
    await wire.pull();
    await scene.expectAnswer("success", { payment, order });
    const query = new URLSearchParams({
      imp_uid: payment.imp_uid,
      merchant_uid: order,
      imp_success: "false",
    });
    const answer = await scene.dojang.request("GET", `/payments/redirect?${query}`);
    assert.equal(new URL(answer.headers.get("location") ?? "").searchParams.get("status"), "success");
    await wire.plug();
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R59-d4 the redirect of a mobile buyer says pending, and the order is paid by itself", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const before = await scene.stored(order);
    await wire.pull();
    const query = new URLSearchParams({ imp_uid: payment.imp_uid, merchant_uid: order, imp_success: "true" });
    const answer = await scene.dojang.request("GET", `/payments/redirect?${query}`);
    assert.equal(answer.status, 303);
    assert.equal(new URL(answer.headers.get("location") ?? "").searchParams.get("status"), "pending");
    await expectOnlyTasksAdded(scene, { payment, order, before });
    await wire.plug();
    await expectPaidByItself(scene, { payment, order });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R59-d5 a webhook is taken while nobody can be reached, and the order is paid by it later", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const before = await scene.stored(order);
    await wire.pull();
    await scene.webhook(payment, { status: "failed" });
    await expectOnlyTasksAdded(scene, { payment, order, before });
    await wire.plug();
    await expectPaidByItself(scene, { payment, order });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});

describe("an open breaker", () => {
  test("R59-g is pending without a call, and every order is paid by itself once the gateway is well", async () => {
    const scene = await world.scene();
    const orders = await Promise.all(Array.from({ length: BREAK_AFTER + 3 }, () => scene.order()));
    const buyers = orders.map((order) => ({ order, payment: scene.pay(order) }));
    const heal = world.emulator.override({ path: /^\/payments\// }, DOWN);
    for (const ids of buyers) await expectPendingOnly(scene, ids);
    const asked = buyers.slice(0, BREAK_AFTER).map(({ payment }) => scene.lookLine(payment));
    assert.deepEqual(scene.seenLines(), asked, "the buyers behind the break cost no call");
    // The tasks of the first second ask nobody either.
    clock.advance(VERIFY_AGAIN_MS);
    await scene.quiet();
    assert.deepEqual(scene.seenLines(), asked);
    heal();
    clock.advance(BREAK_MS - VERIFY_AGAIN_MS);
    await until("every order is paid", async () => {
      await scene.quiet();
      const states = await Promise.all(orders.map((order) => scene.stored(order)));
      const isPaid = states.every(({ order }) => order.status === "paid");
      if (!isPaid) clock.advance(SECOND_MS);
      return isPaid;
    });
    for (const { order, payment } of buyers) {
      const events = ["order.registered", "order.paid"];
      const payments = { [payment.imp_uid]: "applied" };
      await scene.expectStored(order, { status: "paid", paidBy: payment.imp_uid, payments, events });
    }
    // Each order's look and its payment's look, once each at least; together at most one of each twice.
    const lines = scene.seenLines().slice(asked.length);
    for (const { order, payment } of buyers) {
      const looks = lines.filter((line) => line === scene.lookLine(payment)).length;
      const lists = lines.filter((line) => line.includes(`/findAll/${order}?`)).length;
      assert.ok(looks >= 1 && looks <= 2 && lists <= 1, `${looks} looks, ${lists} lists`);
    }
    await scene.expectBystandersUnchanged();
  });
});

describe("the server's own look while the gateway is in trouble", () => {
  test("R59-h an order whose time has passed is not closed before the gateway was heard", async () => {
    const scene = await world.scene();
    const payBy = new Date(clock.now() + 60 * SECOND_MS).toISOString();
    const order = await scene.order({ pay_by: payBy });
    const payment = scene.pay(order);
    const before = await scene.stored(order);
    const path = `/payments/findAll/${order}`;
    const heal = world.emulator.override({ path }, DOWN);
    // Past the deadline, and past the last look 30 s after it.
    for (let i = 0; i < 3; i++) {
      clock.advance(40 * SECOND_MS);
      await scene.quiet();
    }
    await expectOnlyTasksAdded(scene, { payment, order, before });
    assert.ok(clock.now() > Date.parse(payBy) + 30 * SECOND_MS);
    heal();
    await expectPaidByItself(scene, { payment, order }, 60);
    const list = `GET ${path}?page=1&limit=1000&sorting=-started`;
    const seen = scene.seenLines();
    await scene.expectNothingElse([...seen.filter((line) => line === list), scene.lookLine(payment)]);
  });

  test("R59-i an account that could not be closed is closed later, and nothing else", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const account = scene.pay(order, { pay_method: "vbank", status: "ready", amount: 100 });
    const path = `/vbanks/${account.imp_uid}`;
    // The first is closed, and its answer lost; the gateway refuses to close it again.
    world.emulator.override({ method: "DELETE", path, times: 1 }, { reset: true });
    await scene.expectAnswer("forgery", { payment: account, order });
    await scene.quiet();
    clock.advance(SECOND_MS);
    await scene.quiet();
    await scene.expectStored(order, { status: "pending", payments: { [account.imp_uid]: "rejected" } });
    const [look, close] = [scene.lookLine(account), `DELETE ${path}`];
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([look, close, close, scene.lookLine(honest)]);
  });
});

describe("a live server that does not know its channels yet", () => {
  for (const [id, answer] of Object.entries({
    "R59-j1 500": DOWN,
    "R59-j2 a broken-off list": { cutAt: 20 },
    "R59-j3 code 1": { body: '{"code":1,"message":null,"response":[]}' },
  })) {
    test(`${id} of the channel table is pending, and the order is paid by itself`, async () => {
      const { emulator } = world;
      emulator.overrides.clear();
      const { url } = emulator.webhooks;
      await using live = await startTestDojang({ emulator, clock, env: LIVE_ENV });
      emulator.webhooks.url = url;
      const { merchant_uid: order } = (await live.order()).body;
      const { userCode } = LIVE_MERCHANT;
      const payment = emulator.pay({ merchant_uid: order, amount: 50_000, sandbox: false, userCode });
      const before = await readStored(live, order);
      emulator.requests.clear();
      emulator.override({ path: "/users/pg", times: 1 }, answer);
      const ids = { imp_uid: payment.imp_uid, merchant_uid: order };
      assertOneAnswer(await live.complete(ids), { word: "pending", merchantUid: order });
      const pending = await readStored(live, order);
      assert.deepEqual(pending.order, before.order);
      clock.advance(SECOND_MS);
      await until("the order is paid", async () => {
        clock.advance(0);
        return (await live.read(order)).body.status === "paid";
      });
      const [look, channels] = [`GET /payments/${payment.imp_uid}`, "GET /users/pg"];
      // The other server's own looks, at orders of the tests before, are not this one's.
      const isOwn = (line: string) => !/include_sandbox|findAll/.test(line);
      const lines = emulator.requests.lines().filter(isOwn);
      assert.deepEqual(lines, [LOGIN, look, channels, look, channels]);
    });
  }
});
