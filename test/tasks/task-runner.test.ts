// Goal: a task that is due is run to its end, by whoever holds it, at least once; one that cannot succeed is buried with
// an alarm, and the runner goes on. Method: the real server's runner and store; the gateway fails and recovers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { Store } from "../../src/storage/store.ts";
import { createTaskRunner } from "../../src/tasks/task-runner.ts";
import { bound } from "../support/bound.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { ENGINES } from "../support/engines.ts";
import { until } from "../support/until.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const openEngine = () => ENGINES[0].open();
const store = () => dojang.dojang.deps.store;
const taskOf = async (key: string) =>
  (await store().readTasks({ limit: 1000 })).find((task) => task.key === key);

async function pay() {
  const { body } = await dojang.order();
  const merchant_uid: string = body.merchant_uid;
  const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
  return { imp_uid, merchant_uid };
}

const untilPaid = (merchantUid: string) =>
  until("the order is paid", async () => (await store().readOrder(merchantUid))?.order.status === "paid");

describe("createTaskRunner()", () => {
  test("runs again what failed, notes why, and forgets it once it succeeded", async () => {
    const ids = await pay();
    const end = emulator.override(
      { path: new RegExp(`^/payments/${ids.imp_uid}`) },
      { status: 503, body: "{}" },
    );
    await dojang.webhook(ids);
    const key = `verify:${ids.imp_uid}`;
    const failed = await until("the first run failed", async () => {
      const task = await taskOf(key);
      return task !== undefined && task.tries > 0 ? task : undefined;
    });
    assert.equal(failed.state, "due");
    assert.equal(failed.lastError, "http_503");
    end();
    await untilPaid(ids.merchant_uid);
    const done = await until("the task is done", async () => {
      const task = await taskOf(key);
      return task?.state === "done" ? task : undefined;
    });
    assert.deepEqual([done.tries, done.lastError, done.done], [0, undefined, done.wanted]);
  });

  test("looks at an order by itself: a payment that nobody told of is found", async () => {
    const ids = await pay();
    const dueAt = Date.now();
    await store().addTasks([
      { kind: "look", key: `look:${ids.merchant_uid}`, repeat: "again", dueAt, orderId: ids.merchant_uid },
    ]);
    await untilPaid(ids.merchant_uid);
    const look = await until("the look is planned again", async () => {
      const task = await taskOf(`look:${ids.merchant_uid}`);
      return task?.state === "due" ? task : undefined;
    });
    assert.ok(look.dueAt > dueAt + 3_600_000, "a paid order is looked at daily");
  });

  test("buries a task that cannot be run, with an alarm, and goes on", async () => {
    const key = "verify:without-a-payment";
    await store().addTasks([{ kind: "verify", key, repeat: "again", dueAt: Date.now() }]);
    await until("the task is dead", async () => (await taskOf(key))?.state === "dead");
    const alarm = dojang.logLines.find((line) => line.includes(key));
    assert.match(alarm ?? "no line", /"alarm":true/);
    const ids = await pay();
    await dojang.webhook(ids);
    await untilPaid(ids.merchant_uid);
  });

  test("runs more tasks than it has hands for", async () => {
    const orders = await Promise.all(Array.from({ length: 40 }, () => pay()));
    await Promise.all(orders.map((ids) => dojang.webhook(ids)));
    for (const { merchant_uid } of orders) await untilPaid(merchant_uid);
  });

  test("shares the work between two runners, each payment applied once", async () => {
    const second = createTaskRunner(dojang.dojang.deps, { random: Math.random, concurrency: 4 });
    second.start();
    const orders = await Promise.all(Array.from({ length: 20 }, () => pay()));
    await Promise.all(orders.map((ids) => dojang.webhook(ids)));
    for (const { merchant_uid } of orders) {
      await untilPaid(merchant_uid);
      const timeline = await store().readTimeline(merchant_uid);
      assert.equal(timeline.filter(({ type }) => type === "order.paid").length, 1);
    }
    await second.stop();
  });

  test("takes nothing more once it is stopped, and leaves what was under way finished", async () => {
    await using one = await startTestDojang({ emulator });
    const { body } = await one.order();
    const merchant_uid = body.merchant_uid;
    const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
    const gate = Promise.withResolvers<void>();
    const path = new RegExp(`^/payments/${imp_uid}`);
    emulator.override({ path, times: 1 }, { holdUntil: gate.promise });
    await one.webhook({ imp_uid, merchant_uid });
    await until("the fetch is at the gateway", () =>
      emulator.requests.lines().some((line) => line.includes(imp_uid)),
    );
    const closing = one.close();
    gate.resolve();
    await closing;
    const two = await one.restart();
    const paid = await until("the order is paid", async () => {
      const { body: read } = await two.read(merchant_uid);
      return read.status === "paid" ? read : undefined;
    });
    await two.close();
    assert.equal(paid.imp_uid, imp_uid);
  });

  test("waits, when it is stopped, for tasks that it is just being given", async () => {
    await using open = await openEngine();
    const { store: real } = open;
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const claimTasks: Store["claimTasks"] = async (claim) => {
      const tasks = await real.claimTasks(claim);
      asked.resolve();
      await gate.promise;
      return tasks;
    };
    const slow = new Proxy(real, {
      get: (target, name) => (name === "claimTasks" ? claimTasks : bound(target, name)),
    });
    await real.addTasks([{ kind: "verify", key: "verify:given-late", repeat: "again", dueAt: 0 }]);
    const runner = createTaskRunner({ ...dojang.dojang.deps, store: slow }, { random: Math.random });
    runner.start();
    await asked.promise;
    const stopped = runner.stop();
    gate.resolve();
    await stopped;
    const [task] = await real.readTasks({ limit: 1 });
    assert.equal(task?.state, "dead", "the task was run to its end, not left leased");
  });
});
