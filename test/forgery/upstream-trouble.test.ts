// R59: trouble at the gateway is not a failed payment. Goal: whatever breaks between the gateway and us, the buyer hears
// "pending", no payment is written, and once the gateway is well the order is paid with no further request. Method: time
// stands still; one look fails in one way, the gateway heals, one second passes.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { AnswerOverride } from "../../src/emulator/overrides.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import {
  expectOnlyTasksAdded,
  expectPaidByItself,
  expectPendingOnly,
  VERIFY_AGAIN_MS,
} from "../support/forgery-pending.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { countCallers } from "../support/held-look.ts";
import { until } from "../support/until.ts";

const clock = new ManualClock(Date.now());
/** Not the default: the order's own look, 5 s after the answer, must not fall on the gateway's deadline. */
const BUDGET_MS = 4000;
const world = await openWorld({ clock, env: { DOJANG_COMPLETE_BUDGET_MS: String(BUDGET_MS) } });
after(() => world.close());

const LOGIN = "POST /users/getToken";
const GATEWAY_DEADLINE_MS = 8000;
const HTML = { "content-type": "text/html" };
/** What a gateway that has lost its database might say: whole, well-formed and false. */
const FAILED = `{"code":0,"message":null,"response":{"status":"failed","amount":${PRICE},"currency":"KRW"}}`;
const UNAUTHORIZED = '{"code":-1,"message":"Unauthorized","response":null}';

const FAULTS: readonly { readonly id: string; readonly what: string; readonly answer: AnswerOverride }[] = [
  { id: "R59-a1", what: "500", answer: { status: 500, body: UNAUTHORIZED } },
  { id: "R59-a2", what: "500 with a body that says failed", answer: { status: 500, body: FAILED } },
  { id: "R59-a3", what: "500 around the true payment", answer: { status: 500, acts: true } },
  {
    id: "R59-a4",
    what: "502 of a proxy",
    answer: { status: 502, body: "<h1>Bad Gateway</h1>", headers: HTML },
  },
  { id: "R59-a5", what: "503", answer: { status: 503, body: "", headers: { "retry-after": "86400" } } },
  { id: "R59-a6", what: "504", answer: { status: 504, body: "{}" } },
  { id: "R59-a7", what: "500 without a body", answer: { status: 500, body: "" } },
  { id: "R59-b1", what: "429", answer: { status: 429, body: UNAUTHORIZED } },
  {
    id: "R59-b2",
    what: "429 for an hour",
    answer: { status: 429, body: "", headers: { "retry-after": "3600" } },
  },
  { id: "R59-b3", what: "400", answer: { status: 400, body: UNAUTHORIZED } },
  {
    id: "R59-b4",
    what: "403 of a firewall",
    answer: { status: 403, body: "<h1>Forbidden</h1>", headers: HTML },
  },
  {
    id: "R59-b5",
    what: "404 of a proxy",
    answer: { status: 404, body: "<h1>Not Found</h1>", headers: HTML },
  },
  { id: "R59-b6", what: "408", answer: { status: 408, body: "" } },
  { id: "R59-f1", what: "a connection that is reset after the gateway has acted", answer: { reset: true } },
  { id: "R59-f2", what: "an answer that breaks off", answer: { cutAt: 100 } },
  { id: "R59-f3", what: "an answer that breaks off before its first byte", answer: { cutAt: 0 } },
];

const lookups = (payment: { imp_uid: string }) => ({ path: `/payments/${payment.imp_uid}` });

async function openScene(): Promise<Scene> {
  world.emulator.tokens.reset();
  return world.scene();
}

describe("POST /payments/complete while the gateway is in trouble", () => {
  for (const { id, what, answer } of FAULTS) {
    test(`${id} ${what} is pending, and the order is paid by itself afterwards`, async () => {
      const scene = await openScene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const heal = world.emulator.override(lookups(payment), answer);
      await expectPendingOnly(scene, { payment, order });
      heal();
      await expectPaidByItself(scene, { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
    });
  }

  test("R59-a8 trouble that lasts stays pending at every question, and ends with one paid order", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const heal = world.emulator.override(lookups(payment), { status: 503, body: "" });
    for (let i = 0; i < 4; i++) await expectPendingOnly(scene, { payment, order });
    heal();
    await expectPaidByItself(scene, { payment, order });
    await scene.expectAnswer("success", { payment, order });
    await scene.expectNothingElse(Array(6).fill(scene.lookLine(payment)));
  });

  test("R59-a9 a paid order keeps its answer while the gateway is down", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const payment = await scene.expectHonestPaymentPays(order);
    const before = await scene.stored(order);
    for (const answer of [{ status: 500, body: "" }, { reset: true }, { status: 404, body: "" }]) {
      const heal = world.emulator.override(lookups(payment), answer);
      await scene.expectAnswer("success", { payment, order });
      heal();
    }
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse(Array(4).fill(scene.lookLine(payment)));
  });

  test("R59-a10 trouble for a second payment does not touch the order that another one paid", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const first = await scene.expectHonestPaymentPays(order);
    const second = scene.pay(order);
    const heal = world.emulator.override(lookups(second), { status: 500, body: FAILED });
    await expectPendingOnly(scene, { payment: second, order });
    heal();
    clock.advance(VERIFY_AGAIN_MS);
    await scene.quiet();
    await scene.expectStored(order, {
      status: "paid",
      paidBy: first.imp_uid,
      payments: { [first.imp_uid]: "applied", [second.imp_uid]: "surplus" },
      discrepancies: ["surplus"],
    });
    await scene.expectNothingElse([first, second, second].map(scene.lookLine));
  });
});

describe("POST /payments/complete while the token is in trouble", () => {
  test("R59-c1 a token that is refused mid-flight costs one login, not the payment", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const payment = scene.pay(order);
    world.emulator.tokens.rejectNext(1);
    await scene.expectAnswer("success", { payment, order });
    await scene.expectNothingElse([scene.lookLine(payment), LOGIN, scene.lookLine(payment)]);
  });

  test("R59-c2 a token that has ended costs one login for any number of buyers", async () => {
    const scene = await openScene();
    const buyers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const order = await scene.order();
        return { order, payment: scene.pay(order) };
      }),
    );
    world.emulator.tokens.revokeAll();
    await Promise.all(buyers.map((ids) => scene.expectAnswer("success", ids)));
    const looks = buyers.flatMap(({ payment }) => [scene.lookLine(payment), scene.lookLine(payment)]);
    const seen = scene.seenLines();
    assert.equal(seen.filter((line) => line === LOGIN).length, 1);
    // A buyer who came after the login needed one look only.
    assert.deepEqual([...new Set(seen)].toSorted(), [...new Set([...looks, LOGIN])].toSorted());
    assert.ok(seen.length <= looks.length + 1);
    await scene.expectBystandersUnchanged();
  });

  for (const { id, what, status } of [
    { id: "R59-c3", what: "500", status: 500 },
    { id: "R59-c4", what: "429", status: 429 },
    { id: "R59-c5", what: "401, our key refused,", status: 401 },
  ]) {
    test(`${id} a login that is answered ${what} is pending, and the order is paid by itself`, async () => {
      const scene = await openScene();
      const order = await scene.order();
      const payment = scene.pay(order);
      world.emulator.tokens.revokeAll();
      world.emulator.tokens.failNext(status);
      await expectPendingOnly(scene, { payment, order });
      await expectPaidByItself(scene, { payment, order });
      const look = scene.lookLine(payment);
      await scene.expectNothingElse([look, LOGIN, LOGIN, look]);
    });
  }

  test("R59-c6 a fresh token that is refused too is pending, and the order is paid by itself", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const payment = scene.pay(order);
    world.emulator.tokens.rejectNext(2);
    await expectPendingOnly(scene, { payment, order });
    await expectPaidByItself(scene, { payment, order });
    const look = scene.lookLine(payment);
    await scene.expectNothingElse([look, LOGIN, look, LOGIN, look]);
  });
});

describe("POST /payments/complete while the gateway is slow", () => {
  test("R59-e1 an answer later than the budget is pending, and the order is paid by itself", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const before = await scene.stored(order);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    world.emulator.override({ ...lookups(payment), times: 1 }, { holdUntil: held });
    const answering = scene.expectAnswer("pending", { payment, order });
    await until("the look has left", () => scene.seenLines().length === 1);
    clock.advance(BUDGET_MS);
    await answering;
    await expectOnlyTasksAdded(scene, { payment, order, before });
    release();
    await expectPaidByItself(scene, { payment, order });
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
  });

  test("R59-e2 an answer that never comes is given up, and the order is paid by itself", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const before = await scene.stored(order);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    world.emulator.override({ ...lookups(payment), times: 1 }, { holdUntil: held });
    const answering = scene.expectAnswer("pending", { payment, order });
    await until("the look has left", () => scene.seenLines().length === 1);
    clock.advance(BUDGET_MS);
    await answering;
    await expectOnlyTasksAdded(scene, { payment, order, before });
    // The task's own look waits behind the first: nobody is given an answer older than the question.
    clock.advance(GATEWAY_DEADLINE_MS - BUDGET_MS);
    await expectPaidByItself(scene, { payment, order }, 0);
    release();
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
  });

  test("R59-e3 twenty buyers' pages in front of a silent gateway cost two looks at most", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    world.emulator.override({ ...lookups(payment), times: 1 }, { holdUntil: held });
    const first = scene.expectAnswer("pending", { payment, order });
    await until("the look has left", () => scene.seenLines().length === 1);
    using callers = countCallers(world.dojang);
    const others = Array.from({ length: 19 }, () => scene.expectAnswer("pending", { payment, order }));
    // Each has begun to wait: its budget runs.
    await callers.reach(others.length);
    clock.advance(BUDGET_MS);
    await Promise.all([first, ...others]);
    release();
    await expectPaidByItself(scene, { payment, order });
    // The one in flight, the one that all others share, and the task's own when that had left before it asked.
    const looks = scene.seenLines().length;
    assert.ok(looks === 2 || looks === 3, `${looks} looks`);
    await scene.expectNothingElse(Array(looks).fill(scene.lookLine(payment)));
  });

  test("R59-e4 an answer that drips byte by byte is pending, and the order is paid by itself", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const before = await scene.stored(order);
    world.emulator.override({ ...lookups(payment), times: 1 }, { dripMs: 20 });
    const answering = scene.expectAnswer("pending", { payment, order });
    await until("the look has left", () => scene.seenLines().length === 1);
    clock.advance(BUDGET_MS);
    await answering;
    await expectOnlyTasksAdded(scene, { payment, order, before });
    clock.advance(GATEWAY_DEADLINE_MS - BUDGET_MS);
    await expectPaidByItself(scene, { payment, order }, 0);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
  });

  test("R59-e5 a login that never answers is pending, and the order is paid by itself", async () => {
    const scene = await openScene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const before = await scene.stored(order);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    world.emulator.tokens.revokeAll();
    world.emulator.override({ path: "/users/getToken", times: 1 }, { holdUntil: held });
    const answering = scene.expectAnswer("pending", { payment, order });
    await until("the login has left", () => scene.seenLines().includes(LOGIN));
    clock.advance(BUDGET_MS);
    await answering;
    await expectOnlyTasksAdded(scene, { payment, order, before });
    release();
    await expectPaidByItself(scene, { payment, order });
    const look = scene.lookLine(payment);
    const seen = scene.seenLines();
    assert.ok(seen.filter((line) => line === LOGIN).length === 1);
    await scene.expectNothingElse([LOGIN, ...seen.filter((line) => line === look)]);
  });
});
