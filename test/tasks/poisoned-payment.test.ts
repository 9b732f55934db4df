// Goal: one payment that a fault of ours cannot decide costs no other its result. Method: the real store, but that each transaction
// about one payment throws; everything else is the real server's.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { DojangError } from "../../src/errors.ts";
import type { Store } from "../../src/storage/store.ts";
import { createTaskRunner } from "../../src/tasks/task-runner.ts";
import { runSweep } from "../../src/usecases/run-sweep.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { bound } from "../support/bound.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

let clock: ManualClock;
let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  clock = new ManualClock();
  emulator = await startEmulator({ now: () => clock.now() });
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator, clock });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

async function paid() {
  const { body } = await dojang.order();
  const merchantUid: string = body.merchant_uid;
  const { imp_uid: impUid } = emulator.pay({ merchant_uid: merchantUid, amount: 50_000, sandbox: true });
  return { merchantUid, impUid };
}

/** The server's parts over a store in which the named call meets this error. */
function faulty(method: keyof Store, fault: (argument: never) => Error | undefined) {
  const { deps } = dojang.dojang;
  const store = new Proxy(deps.store, {
    get(target, name) {
      const real = bound(target, name);
      if (name !== method) return real;
      return async (...given: never[]) => {
        const error = fault(given[0] as never);
        if (error !== undefined) throw error;
        return real(...given);
      };
    },
  });
  return { ...deps, store };
}

describe("a payment that cannot be decided", () => {
  test("holds up no other payment of a sweep, and gets a task of its own with an alarm", async () => {
    const [poisoned, good] = [await paid(), await paid()];
    const deps = faulty("transact", ({ paymentId }: { paymentId?: string }) =>
      paymentId === poisoned.impUid ? new Error("Invariant violated: a test") : undefined,
    );
    assert.equal((await runSweep(deps, "recent")).kind, "swept");
    assert.equal((await dojang.read(good.merchantUid)).body.status, "paid");
    const alarm = dojang.logLines.find((line) => line.includes("candidate_threw"));
    assert.match(
      alarm ?? "no line",
      new RegExp(`"alarm":true.*${poisoned.impUid}|${poisoned.impUid}.*"alarm":true`),
    );
    // The fault is gone by now: its own task decides it.
    await until(
      "it is decided",
      async () => (await dojang.read(poisoned.merchantUid)).body.status === "paid",
    );
  });

  test("ends a sweep that the store cannot take, so that its cursor stays", async () => {
    await paid();
    const trouble = new DojangError("storage_unavailable", "a test");
    const deps = faulty("transact", () => trouble);
    await assert.rejects(runSweep(deps, "recent"), trouble);
  });
});

describe("a sweep that throws", () => {
  test("is tried again, whatever threw: there is no other task that finds what it finds", async () => {
    const { merchantUid } = await paid();
    let faults = 0;
    const deps = faulty("readCursor", () =>
      faults++ === 0 ? new Error("Invariant violated: a test") : undefined,
    );
    const key = "sweep:recent";
    // It listens in the server's place, so the new task is its own.
    const runner = createTaskRunner(deps, { random: Math.random });
    runner.start();
    await dojang.dojang.deps.store.addTasks([
      { kind: "sweep", key, repeat: "again", dueAt: clock.now(), payload: { sweep: "recent" } },
    ]);
    const failed = await until("it threw", async () => {
      const task = await deps.store.readTask(key);
      return task !== undefined && task.tries > 0 ? task : undefined;
    });
    assert.deepEqual([failed.state, failed.lastError], ["due", "threw"]);
    clock.advance(failed.dueAt - clock.now());
    await until("it is paid", async () => {
      clock.advance(0);
      return (await dojang.read(merchantUid)).body.status === "paid";
    });
    await runner.stop();
  });
});
