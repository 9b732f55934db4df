// Goal: slow gateways, lost and repeated webhooks, stalled workers and wrong clocks cost time at most, never a result.
// Method: a standing clock that the server reads; the gateway's runs apart from it where a test says so.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import type { Store } from "../../src/storage/store.ts";
import { createTaskRunner } from "../../src/tasks/task-runner.ts";
import { lookAtOrder } from "../../src/usecases/look-at-order.ts";
import { runSweep } from "../../src/usecases/run-sweep.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { bound } from "../support/bound.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { ENGINES } from "../support/engines.ts";
import { until } from "../support/until.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

let clock: ManualClock;
/** The server's clock ahead of the gateway's. */
let aheadMs: number;
let emulator: Emulator;
let dojang: TestDojang;
beforeEach(async () => {
  clock = new ManualClock();
  aheadMs = 0;
  emulator = await startEmulator({ now: () => clock.now() - aheadMs });
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator, clock, sweeps: true });
});
afterEach(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const deps = () => dojang.dojang.deps;
const store = () => deps().store;
const order = async (): Promise<string> => (await dojang.order()).body.merchant_uid;
const pay = (merchant_uid: string, fields: NewPayment = {}) =>
  emulator.pay({ merchant_uid, amount: 50_000, sandbox: true, ...fields });
const statusOf = async (orderId: string) => (await store().readOrder(orderId))?.order.status;
const paidEvents = async (orderId: string) =>
  (await store().readTimeline(orderId)).filter(({ type }) => type === "order.paid").length;
const taskOf = async (key: string) =>
  (await store().readTasks({ limit: 1000 })).find((task) => task.key === key);
const asked = (text: string) => emulator.requests.lines().filter((line) => line.includes(text)).length;
/** The server's clock alone is set to another time. */
function setServerClock(ms: number): void {
  clock.jump(ms);
  aheadMs += ms;
}
/** Lets the time pass until then, running what falls due. */
const pass = (what: string, condition: () => Promise<boolean> | boolean) =>
  until(what, async () => {
    clock.advance(SECOND_MS);
    return condition();
  });

describe("X3 a gateway that does not answer", () => {
  test("costs a sweep its deadline and no more: the cursor stays, and the next run finds the payment", async () => {
    await runSweep(deps(), "recent");
    const before = await store().readCursor("sweep:recent");
    const merchantUid = await order();
    pay(merchantUid);
    const end = emulator.override({ path: /^\/payments\/status/ }, { holdUntil: new Promise(() => {}) });
    const running = runSweep(deps(), "recent");
    await until("the list is asked for", () => asked("/payments/status/ready") > 1);
    clock.advance(8 * SECOND_MS);
    assert.equal((await running).kind, "outcome_unknown");
    assert.equal(await store().readCursor("sweep:recent"), before);
    end();
    await runSweep(deps(), "recent");
    assert.equal(await statusOf(merchantUid), "paid");
  });

  test("leaves a payment pending, and its task due again", async () => {
    const merchant_uid = await order();
    const { imp_uid } = pay(merchant_uid);
    const end = emulator.override(
      { path: new RegExp(`^/payments/${imp_uid}`) },
      { holdUntil: new Promise(() => {}) },
    );
    await dojang.webhook({ imp_uid, merchant_uid });
    await until("the payment is asked for", () => asked(imp_uid) === 1);
    clock.advance(8 * SECOND_MS);
    await until("the run has failed", async () => ((await taskOf(`verify:${imp_uid}`))?.tries ?? 0) > 0);
    assert.equal(await statusOf(merchant_uid), "pending");
    end();
    await pass("the order is paid", async () => (await statusOf(merchant_uid)) === "paid");
  });
});

describe("X6 webhooks", () => {
  test("lost, repeated and out of order: every order is paid, once", async () => {
    const seed = 20_260_801;
    let state = seed;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    const orders = await Promise.all(Array.from({ length: 12 }, order));
    const hints = orders.flatMap((merchant_uid) => {
      const { imp_uid } = pay(merchant_uid);
      return Array.from({ length: Math.floor(random() * 6) }, () => ({ imp_uid, merchant_uid }));
    });
    hints.sort(() => random() - 0.5);
    for (const hint of hints) assert.equal((await dojang.webhook(hint)).status, 200);
    await pass(`all are paid (seed ${seed})`, async () => {
      const statuses = await Promise.all(orders.map(statusOf));
      return statuses.every((status) => status === "paid");
    });
    for (const merchantUid of orders) assert.equal(await paidEvents(merchantUid), 1);
  });

  test("a year late: what is known stays as it is, and the answer is 200", async () => {
    const merchant_uid = await order();
    const { imp_uid } = pay(merchant_uid);
    await dojang.complete({ imp_uid, merchant_uid });
    clock.jump(YEAR_MS);
    assert.equal((await dojang.webhook({ imp_uid, merchant_uid })).status, 200);
    await pass("the look is done", async () => (await taskOf(`verify:${imp_uid}`))?.state === "done");
    assert.equal(await statusOf(merchant_uid), "paid");
    assert.equal(await paidEvents(merchant_uid), 1);
    assert.deepEqual((await dojang.complete({ imp_uid, merchant_uid })).body.status, "success");
  });
});

describe("X8 a worker that stalls for longer than its lease", () => {
  test("loses its task to another, and then writes nothing", async () => {
    const merchant_uid = await order();
    pay(merchant_uid);
    const gate = Promise.withResolvers<void>();
    emulator.override({ path: /findAll/, times: 1 }, { status: 503, body: "", holdUntil: gate.promise });
    const key = `look:${merchant_uid}`;
    await store().addTasks([{ kind: "look", key, repeat: "again", dueAt: 0, orderId: merchant_uid }]);
    await until("the look is at the gateway", () => asked("findAll") === 1);
    // As after SIGSTOP: the time is another, and none of its timers has run.
    clock.jump(61 * SECOND_MS);
    const other = createTaskRunner(deps(), { random: Math.random });
    other.start();
    const done = await until("the other one is done", async () => {
      const task = await taskOf(key);
      return task?.state === "due" ? task : undefined;
    });
    assert.equal(await statusOf(merchant_uid), "paid");
    gate.resolve();
    await dojang.close();
    await other.stop();
    const again = await dojang.restart();
    dojang = again;
    const task = await taskOf(key);
    assert.deepEqual([task?.tries, task?.lastError, task?.dueAt], [0, undefined, done.dueAt]);
  });
});

describe("a runner with nothing to do", () => {
  test("asks the database once a minute at most", async () => {
    await using open = await ENGINES[0].open({ clock });
    let claims = 0;
    const claimTasks: Store["claimTasks"] = (claim) => {
      claims += 1;
      return open.store.claimTasks(claim);
    };
    const counting = new Proxy(open.store, {
      get: (target, name) => (name === "claimTasks" ? claimTasks : bound(target, name)),
    });
    const dueAt = clock.now() + HOUR_MS;
    await open.store.addTasks([{ kind: "verify", key: "verify:in-an-hour", repeat: "again", dueAt }]);
    const own = new ManualClock(clock.now());
    const runner = createTaskRunner({ ...deps(), clock: own, store: counting }, { random: Math.random });
    runner.start();
    for (let minute = 1; minute <= 10; minute += 1) {
      await until("it sleeps", () => own.timerCount === 1);
      assert.equal(claims, minute);
      own.advance(60 * SECOND_MS);
    }
    await runner.stop();
  });
});

describe("X13 a clock that is set", () => {
  for (const [what, ms] of [
    ["ten years ahead", 10 * YEAR_MS],
    ["ten years back", -10 * YEAR_MS],
  ] as const) {
    test(`${what}: a webhook is looked at at once, and nothing expires`, async () => {
      const [merchant_uid, open] = [await order(), await order()];
      await runSweep(deps(), "recent");
      setServerClock(ms);
      const { imp_uid } = pay(merchant_uid);
      await dojang.webhook({ imp_uid, merchant_uid });
      await until("the order is paid", async () => (await statusOf(merchant_uid)) === "paid");
      await lookAtOrder(deps(), { orderId: open });
      assert.equal(await statusOf(open), "pending");
    });
  }

  test("ten years ahead and back again: the sweeps go on", async () => {
    setServerClock(10 * YEAR_MS);
    await pass("the sweeps have run, and are planned", async () => {
      const sweeps = (await store().readTasks({ limit: 100 })).filter(({ kind }) => kind === "sweep");
      return sweeps.every(({ state, dueAt }) => state === "due" && dueAt > clock.now());
    });
    setServerClock(-10 * YEAR_MS);
    const merchantUid = await order();
    emulator.override({ path: /findAll/ }, { status: 503, body: "" });
    pay(merchantUid);
    await pass("the order is paid", async () => (await statusOf(merchantUid)) === "paid");
    const tasks = await store().readTasks({ limit: 100 });
    const far = tasks.filter(({ kind, dueAt }) => kind === "sweep" && dueAt > clock.now() + 2 * DAY_MS);
    assert.deepEqual(far, []);
  });
});
