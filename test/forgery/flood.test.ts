// R50, R62 and X5: floods, crowds and slow callers. Goal: what is invented costs the gateway nothing, what is real is answered
// meanwhile, everything refused says when to come back, and everything taken is kept. Method: hundreds of requests and sockets
// on loopback, the gateway's answers held so that calls in flight can be counted.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { type Answer, startTestDojang } from "../support/dojang.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { assertOnlyAllowedLines } from "../support/forgery-wire.ts";
import { until } from "../support/until.ts";
import { untilHintsDone } from "../support/until-hints-done.ts";

// Time stands still: what was invented by one test has no turn in the next.
const clock = new ManualClock();
const world = await openWorld({ clock });
after(() => world.close());
const { store } = world.dojang.dojang.deps;

/** So many at a time, as a client with that many connections. */
async function inTurns<Value>(
  count: number,
  ask: (n: number) => Promise<Value>,
  atOnce = 100,
): Promise<Value[]> {
  const values: Value[] = [];
  for (let n = 0; n < count; n += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - n) }, (_, k) => ask(n + k));
    values.push(...(await Promise.all(some)));
  }
  return values;
}

const invented = (n: number) => `imp_${String(900_000_000_000 + n)}`;
const statuses = (answers: readonly Answer[]) => [...new Set(answers.map(({ status }) => status))].toSorted();
const paidBy = (payment: { imp_uid: string }) => ({
  status: "paid",
  paidBy: payment.imp_uid,
  payments: { [payment.imp_uid]: "applied" },
});

async function begin(stage = world): Promise<{ scene: Scene; order: string }> {
  const scene = await stage.scene();
  scene.emulator.webhooks.auto = false;
  return { scene, order: await scene.order() };
}

describe("a flood of invented ids", () => {
  test("R50-a1 600 webhooks for orders that are not here cost no call, and are answered", async () => {
    const { scene, order } = await begin();
    const before = await scene.stored(order);
    const answers = await inTurns(600, (n) =>
      scene.dojang.webhook({ imp_uid: invented(n), merchant_uid: `order_of_nobody_${n}` }),
    );
    assert.deepEqual(statuses(answers), [200]);
    await scene.expectNothingElse([]);
    assertUnchanged(before, await scene.stored(order));
  });

  test("R50-a2 600 pages that complete orders that are not here cost no call and leave no row", async () => {
    const { scene, order } = await begin();
    const before = await scene.stored(order);
    const tasks = (await store.readTasks({ limit: 10_000 })).length;
    const answers = await inTurns(600, (n) => scene.complete(invented(n), `order_of_nobody_${n}`));
    assert.deepEqual(statuses(answers), [404]);
    assert.equal((await store.readTasks({ limit: 10_000 })).length, tasks);
    await scene.expectNothingElse([]);
    assertUnchanged(before, await scene.stored(order));
  });

  test("R50-b during one that names a real order, its buyer is answered, and the order is paid", async () => {
    // A world of its own: what is invented has its turn long after this test.
    const stage = await openWorld();
    const { scene, order } = await begin(stage);
    const payment = scene.pay(order);
    const flood = inTurns(500, (n) => scene.dojang.webhook({ imp_uid: invented(n), merchant_uid: order }));
    await scene.expectAnswer("success", { payment, order });
    assert.deepEqual(statuses(await flood), [200]);
    await scene.quiet();
    await scene.expectStored(order, paidBy(payment));
    const calls = new Map<string, number>();
    for (const line of scene.seenLines()) calls.set(line, (calls.get(line) ?? 0) + 1);
    assert.ok(Math.max(...calls.values()) === 1, "one call an id at most");
    assert.ok(calls.size <= 200, `${calls.size} calls`);
    await scene.expectBystandersUnchanged();
    await stage.close();
  });

  test("R50-c1 400 pages at once have 256 calls at the gateway, and each is answered", async () => {
    const { scene, order } = await begin();
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.emulator.override({ method: "GET", path: /^\/payments\/imp_9/ }, { holdUntil: promise });
    const asked = inTurns(400, (n) => scene.complete(invented(n), order), 400);
    await until("the gateway is busy", () => scene.emulator.requests.lines().length >= 256);
    for (let turn = 0; turn < 20; turn += 1) await scene.dojang.request("GET", "/healthz");
    assert.equal(scene.emulator.requests.lines().length, 256, "the others wait for a slot");
    resolve();
    assert.deepEqual(statuses(await asked), [202]);
    await scene.quiet();
    await scene.expectStored(order, { status: "pending", events: ["order.registered"] });
    scene.seenLines();
    await scene.expectBystandersUnchanged();
  });

  test("R50-c2 300 hints and pages for one payment have one call at the gateway, and one more after it", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.emulator.override({ method: "GET", path: `/payments/${payment.imp_uid}` }, { holdUntil: promise });
    const hint = { imp_uid: payment.imp_uid, merchant_uid: order };
    const pages = inTurns(150, () => scene.complete(payment, order), 150);
    const hints = await inTurns(150, () => scene.dojang.webhook(hint), 150);
    assert.deepEqual(statuses(hints), [200]);
    assert.deepEqual(scene.seenLines(), [scene.lookLine(payment)], "one in flight");
    resolve();
    assert.deepEqual(statuses(await pages), [200]);
    clock.advance(1000); // the pause between two looks that webhooks ask for
    await untilHintsDone(scene.dojang, payment.imp_uid);
    assert.ok(scene.seenLines().length <= 3, `${scene.seenLines().length} calls`);
    await scene.expectStored(order, paidBy(payment));
    await scene.expectBystandersUnchanged();
  });
});

describe("more than the server is told to take", () => {
  test("R62-a ten times the limit: the rest hears when to come back, and what was taken is kept", async () => {
    const emulator = await startEmulator();
    emulator.webhooks.auto = false;
    try {
      await using dojang = await startTestDojang({ emulator, env: { DOJANG_RATE_LIMIT: "20" } });
      const { merchant_uid } = (await dojang.order()).body;
      const { imp_uid } = emulator.pay({ merchant_uid, amount: PRICE, sandbox: true });
      const pages = await inTurns(200, () => dojang.complete({ imp_uid, merchant_uid }));
      const hints = await inTurns(600, (n) =>
        dojang.webhook({ imp_uid: invented(n), merchant_uid: "elsewhere" }),
      );
      assert.deepEqual(statuses(pages), [200, 429]);
      assert.deepEqual(statuses(hints), [200, 503]);
      for (const answer of [...pages, ...hints])
        assert.equal(Number(answer.headers.get("retry-after")) >= 1, answer.status !== 200);
      assert.equal(pages.filter(({ status }) => status === 200).length, 20);
      const taken = hints.filter(({ status }) => status === 200).length;
      assert.equal(
        (await dojang.dojang.deps.store.readHints(1000)).length,
        taken,
        "each 200 is stored, no other",
      );
      assert.equal((await dojang.read(merchant_uid)).body.imp_uid, imp_uid);
      assertOnlyAllowedLines(emulator.requests.lines(), { isLive: false });
      assert.deepEqual(dojang.fatal, []);
    } finally {
      await emulator.close();
    }
  });

  test("R62-c a body of 8 KB and one byte is refused on either side, and nothing is stored", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    const before = await scene.stored(order);
    const ids = JSON.stringify({ imp_uid: payment.imp_uid, merchant_uid: order });
    const body = (bytes: number) => ids + " ".repeat(bytes - ids.length);
    for (const path of ["/payments/complete", "/webhooks/iamport"]) {
      const answer = await scene.dojang.request("POST", path, { rawBody: body(8193) });
      assert.equal(answer.status, 400, answer.text);
    }
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse([]);
    const answer = await scene.dojang.request("POST", "/payments/complete", { rawBody: body(8192) });
    assert.equal(answer.status, 200, answer.text);
    await scene.expectStored(order, paidBy(payment));
  });
});

describe("sockets that say little or nothing", () => {
  async function open(count: number, bytes: string): Promise<Socket[]> {
    const port = Number(new URL(world.dojang.url).port);
    return inTurns(count, async () => {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      await once(socket, "connect");
      if (bytes !== "") socket.write(bytes);
      return socket;
    });
  }
  const HEAD =
    "POST /payments/complete HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n";
  for (const { id, what, count, bytes } of [
    {
      id: "R62-b1",
      what: "300 that send half a head",
      count: 300,
      bytes: "POST /payments/complete HTTP/1.1\r\nHo",
    },
    { id: "R62-b2", what: "300 that send half a body", count: 300, bytes: `${HEAD}{"imp_uid":` },
    { id: "R62-d", what: "1,000 that are idle", count: 1000, bytes: "" },
  ]) {
    test(`${id} ${what} keep no buyer from being answered`, async () => {
      const { scene, order } = await begin();
      const sockets = await open(count, bytes);
      const payment = scene.pay(order);
      await scene.expectAnswer("success", { payment, order });
      await scene.webhook(payment);
      await scene.expectStored(order, paidBy(payment));
      assert.equal(
        sockets.every((socket) => !socket.destroyed),
        true,
        "they were there all the time",
      );
      for (const socket of sockets) socket.destroy();
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
    });
  }
});

describe("the token", () => {
  async function paidOnFresh(run: (at: Awaited<ReturnType<typeof fresh>>) => Promise<void>): Promise<void> {
    const at = await fresh();
    try {
      await run(at);
      assertOnlyAllowedLines(at.emulator.requests.lines(), { isLive: false });
      assert.deepEqual(at.dojang.fatal, []);
    } finally {
      await at.dojang[Symbol.asyncDispose]();
      await at.emulator.close();
    }
  }
  async function fresh() {
    const emulator = await startEmulator();
    emulator.webhooks.auto = false;
    const dojang = await startTestDojang({ emulator });
    const orders = await Promise.all(Array.from({ length: 25 }, () => dojang.order()));
    const ids = orders.map(({ body: { merchant_uid } }) => {
      const { imp_uid } = emulator.pay({ merchant_uid, amount: PRICE, sandbox: true });
      return { imp_uid, merchant_uid };
    });
    const logins = () => emulator.requests.lines().filter((line) => line === "POST /users/getToken").length;
    const completeAll = () => Promise.all(ids.map((one) => dojang.complete(one)));
    return { emulator, dojang, ids, logins, completeAll };
  }
  const words = (answers: readonly Answer[]) => new Set(answers.map(({ body }) => body.status));

  test("R62-f is fetched once for 25 buyers who come at once to a fresh server", () =>
    paidOnFresh(async ({ dojang, ids, logins, completeAll }) => {
      assert.deepEqual(words(await completeAll()), new Set(["success"]));
      assert.equal(logins(), 1);
      for (const { imp_uid, merchant_uid } of ids)
        assert.equal((await dojang.read(merchant_uid)).body.imp_uid, imp_uid);
    }));

  test("X5 that is revoked under 25 buyers costs one login more, and every order is paid", () =>
    paidOnFresh(async ({ emulator, dojang, ids, logins, completeAll }) => {
      await dojang.dojang.deps.gateway.fetchPayment("imp_warm_up");
      emulator.tokens.revokeAll();
      assert.deepEqual(words(await completeAll()), new Set(["success"]));
      assert.equal(logins(), 2);
      for (const { imp_uid, merchant_uid } of ids)
        assert.equal((await dojang.read(merchant_uid)).body.imp_uid, imp_uid);
    }));

  for (const skewSeconds of [3600, -3600]) {
    test(`X5 of a gateway whose clock is ${skewSeconds} s off is fetched once, and every order is paid`, () =>
      paidOnFresh(async ({ emulator, dojang, ids, logins, completeAll }) => {
        emulator.tokens.skewSeconds = skewSeconds;
        assert.deepEqual(words(await completeAll()), new Set(["success"]));
        assert.deepEqual(words(await completeAll()), new Set(["success"]));
        assert.equal(logins(), 1);
        for (const { imp_uid, merchant_uid } of ids)
          assert.equal((await dojang.read(merchant_uid)).body.imp_uid, imp_uid);
      }));
  }
});
