// R61: requests that hang. Goal: every path answers within its budget, whatever the gateway does, and what it could not say then
// is found out without the buyer. Method: a clock that stands still until the test moves it by the budget, while a login, a
// payment, the channel table or half an answer is held; the call must still be under way when the answer comes.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { AnswerOverride, OverrideMatch } from "../../src/emulator/overrides.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, type Scene, type World } from "../support/forgery.ts";
import { pass, SECOND_MS } from "../support/forgery-time.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";
import { until } from "../support/until.ts";

const BUDGET_MS = 3000;
const HOUR_MS = 60 * 60 * 1000;
const BUYERS = 60;

const sandbox = await openWorld({ clock: new ManualClock() });
const live = await openWorld({ mode: "live", clock: new ManualClock() });
after(() => Promise.all([sandbox.close(), live.close()]));

function clockOf({ clock }: World): ManualClock {
  assert.ok(clock);
  return clock;
}

/** Makes every such call hang until the returned function is called. */
function hang(scene: Scene, match: OverrideMatch, answer: AnswerOverride = {}): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = scene.emulator.override(match, { holdUntil: promise, ...answer });
  return () => {
    end();
    resolve();
  };
}

const HANGS: readonly {
  readonly id: string;
  readonly what: string;
  readonly world: World;
  readonly match: OverrideMatch;
  readonly answer?: AnswerOverride;
  /** Whether the token and the channel table must be had anew. */
  readonly isStale?: boolean;
}[] = [
  {
    id: "R61-aa",
    what: "a payment that is never answered",
    world: sandbox,
    match: { path: /^\/payments\/imp/ },
  },
  {
    id: "R61-ab",
    what: "an answer that drips",
    world: sandbox,
    match: { path: /^\/payments\/imp/ },
    answer: { holdUntil: Promise.resolve(), dripMs: 1000 },
  },
  {
    id: "R61-ac",
    what: "a login that is never answered",
    world: sandbox,
    match: { path: "/users/getToken" },
    isStale: true,
  },
  {
    id: "R61-ad",
    what: "a channel table that is never answered",
    world: live,
    match: { path: "/users/pg" },
    isStale: true,
  },
];

for (const { id, what, world, match, answer, isStale = false } of HANGS) {
  const clock = clockOf(world);
  const isCalled = (scene: Scene) =>
    until("the hanging call is under way", () => {
      const path = (line: string) => line.split(" ")[1]?.split("?")[0] ?? "";
      const lines = scene.emulator.requests.lines().map(path);
      return lines.some((line) =>
        match.path instanceof RegExp ? match.path.test(line) : match.path === line,
      );
    });
  const inFlight = () => world.dojang.dojang.deps.gateway.health().inFlight;

  describe(`while the gateway hangs: ${what}`, () => {
    test(`${id} complete answers pending within its budget, and the order is paid without the buyer`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      await scene.quiet();
      if (isStale) clock.jump(2 * HOUR_MS);
      const release = hang(scene, match, answer);
      const completing = scene.complete(payment, order);
      await isCalled(scene);
      clock.advance(BUDGET_MS);
      assertOneAnswer(await completing, { word: "pending", merchantUid: order });
      assert.ok(inFlight() > 0, "the answer did not wait for the gateway's");
      await scene.expectStored(order, { status: "pending", events: ["order.registered"] });
      release();
      // Also for a call that stays unanswered: its own deadline ends it.
      await until("the order is paid", async () => {
        clock.advance(1000);
        return (await scene.stored(order)).order.imp_uid === payment.imp_uid;
      });
      await scene.expectAnswer("success", { payment, order });
    });

    test(`${id} a redirect goes on to the shop within the same budget`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      await scene.quiet();
      if (isStale) clock.jump(2 * HOUR_MS);
      const release = hang(scene, match, answer);
      const query = new URLSearchParams({ imp_uid: payment.imp_uid, merchant_uid: order });
      const redirecting = scene.dojang.request("GET", `/payments/redirect?${query}`);
      await isCalled(scene);
      clock.advance(BUDGET_MS);
      const { status, headers } = await redirecting;
      assert.ok(inFlight() > 0, "the answer did not wait for the gateway's");
      release();
      assert.equal(status, 303);
      assert.equal(new URL(headers.get("location") ?? "").searchParams.get("status"), "pending");
    });

    test(`${id} what needs no gateway answers at once`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      await scene.quiet();
      if (isStale) clock.jump(2 * HOUR_MS);
      const release = hang(scene, match, answer);
      const ids = { imp_uid: payment.imp_uid, merchant_uid: order };
      // The clock stands still: an answer here waits for no budget and no deadline.
      assert.equal((await scene.dojang.webhook(ids)).status, 200);
      await isCalled(scene);
      assert.equal((await scene.dojang.order()).status, 201);
      assert.equal((await scene.dojang.read(order)).status, 200);
      assert.equal((await scene.dojang.request("GET", "/v1/orders")).status, 200);
      assert.equal((await scene.dojang.request("GET", `/checkout/${order}`)).status, 200);
      assert.equal((await scene.dojang.request("GET", "/healthz")).status, 200);
      assert.equal((await scene.dojang.request("GET", "/readyz")).status, 200);
      const unknown = await scene.complete(payment, "somebody-elses-order");
      assertOneAnswer(unknown, { word: "notFound", merchantUid: "somebody-elses-order" });
      assert.ok(inFlight() > 0);
      release();
      await until("the order is paid", async () => {
        clock.advance(1000);
        return (await scene.stored(order)).order.imp_uid === payment.imp_uid;
      });
    });
  });
}

describe("an answer of the gateway that names no order", () => {
  for (const [index, merchantUid] of ["null", '""', "0", '["dj_1"]', "{}", "missing"].entries()) {
    test(`R61-ae${index} merchant_uid ${merchantUid} is answered, and pays nothing`, async () => {
      const scene = await sandbox.scene();
      const order = await scene.order();
      const isMissing = merchantUid === "missing";
      const shown = isMissing ? { omit: ["merchant_uid"] } : { raw: { merchant_uid: merchantUid } };
      const payment = scene.pay(order, shown);
      const { status, body } = await scene.complete(payment, order);
      assert.ok(["202 pending", "404 notFound"].includes(`${status} ${body.status}`));
      assert.equal((await scene.dojang.webhook({ imp_uid: payment.imp_uid })).status, 200);
      await scene.quiet();
      await scene.expectStored(order, { status: "pending", events: ["order.registered"] });
      await scene.expectHonestPaymentPays(order);
    });
  }
});

// R62: the gateway has become slow for everybody: it gets no call more for it, and every payment is found without its buyer.
describe("a gateway that is ten times slower", () => {
  test("R62-e 60 buyers hear pending within the budget, and all orders are paid once it answers", async () => {
    const scene = await sandbox.scene();
    scene.emulator.webhooks.auto = false;
    const orders = await Promise.all(Array.from({ length: BUYERS }, () => scene.order()));
    const payments = orders.map((order) => scene.pay(order));
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = scene.emulator.override({ path: /^\/payments\/imp/ }, { holdUntil: promise });
    const asked = payments.map((payment, at) => scene.complete(payment, orders[at] ?? ""));
    await until("all are at the gateway", () => scene.seenLines().length === BUYERS);
    assert.equal((await scene.dojang.request("GET", "/healthz")).status, 200);
    clockOf(sandbox).advance(BUDGET_MS);
    const words = (await Promise.all(asked)).map(({ status, body }) => `${status} ${body.status}`);
    assert.deepEqual([...new Set(words)], ["202 pending"]);
    const calls = scene.seenLines().length;
    assert.equal(calls, BUYERS, "nobody was asked for twice");
    end();
    resolve();
    await pass(scene, ...Array.from({ length: 20 }, () => SECOND_MS));
    for (const [at, order] of orders.entries())
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payments[at]?.imp_uid ?? "",
        payments: { [payments[at]?.imp_uid ?? ""]: "applied" },
      });
    await scene.expectBystandersUnchanged();
  });
});
