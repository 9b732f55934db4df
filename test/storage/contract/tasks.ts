import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewTask } from "../../../src/domain/decision.ts";
import type { ClaimedTask, Store } from "../../../src/storage/store.ts";
import type { Engine } from "../../support/engine.ts";
import { SAMPLE_TIME, standingClock } from "./samples.ts";

const LEASE = { limit: 10, leaseMs: 30_000 };

function look(changes: Partial<NewTask> = {}): NewTask {
  return { kind: "look", key: "look:1", repeat: "again", dueAt: SAMPLE_TIME, ...changes };
}

async function claimOne(store: Store): Promise<ClaimedTask> {
  const [task, ...rest] = await store.claimTasks(LEASE);
  assert.ok(task !== undefined && rest.length === 0, "expected one task to be due");
  return task;
}

async function record(store: Store) {
  const [task] = await store.readTasks({ limit: 1 });
  return task ?? assert.fail("The task is missing");
}

/** What every engine promises of tasks: nothing that was wanted is lost, and nothing is done twice at a time. */
export function testTasks(engine: Engine): void {
  const openAtRest = async () => {
    const clock = standingClock();
    const opened = await engine.open({ clock });
    return { opened, clock, store: opened.store };
  };

  describe(`Tasks on ${engine.name}`, () => {
    test("claimTasks() gives the earliest due first and nothing that is not due", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      const dueAts = { late: -1, earliest: -3, early: -2, future: 1 };
      const tasks = Object.entries(dueAts).map(([key, offset]) =>
        look({ key, dueAt: SAMPLE_TIME + offset, payload: { offset, of: key } }),
      );
      await store.addTasks(tasks);
      assert.equal(await store.nextTaskDueAt(), SAMPLE_TIME - 3);
      const first = await store.claimTasks({ ...LEASE, limit: 2 });
      assert.deepEqual(
        first.map(({ key }) => key),
        ["earliest", "early"],
      );
      assert.deepEqual(first[0]?.payload, { offset: -3, of: "earliest" });
      assert.deepEqual(
        (await store.claimTasks(LEASE)).map(({ key }) => key),
        ["late"],
      );
      assert.deepEqual(await store.claimTasks(LEASE), []);
      assert.equal(await store.nextTaskDueAt(), SAMPLE_TIME + 1);
    });

    test("claimTasks() gives tasks of the wanted kinds only", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      await store.addTasks([
        look({ key: "a" }),
        look({ key: "b", kind: "sms" }),
        look({ key: "c", kind: "verify" }),
      ]);
      const claimed = await store.claimTasks({ ...LEASE, kinds: ["sms", "verify"] });
      assert.deepEqual(claimed.map(({ key }) => key).toSorted(), ["b", "c"]);
      assert.equal((await claimOne(store)).key, "a");
    });

    test("claimTasks() leases each task once when ten claim at the same time", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      await store.addTasks(Array.from({ length: 25 }, (_, index) => look({ key: `t${index}` })));
      const claims = await Promise.all(
        Array.from({ length: 10 }, () => store.claimTasks({ ...LEASE, limit: 4 })),
      );
      const keys = claims.flat().map(({ key }) => key);
      assert.equal(keys.length, 25);
      assert.equal(new Set(keys).size, 25);
    });

    test("claimTasks() gives a task again when its lease ran out, and the first holder has lost it", async () => {
      const { opened, store, clock } = await openAtRest();
      await using _ = opened;
      await store.addTasks([look()]);
      const lost = await claimOne(store);
      assert.equal(await store.nextTaskDueAt(), SAMPLE_TIME + LEASE.leaseMs);
      clock.advance(LEASE.leaseMs - 1);
      assert.deepEqual(await store.claimTasks(LEASE), []);
      clock.advance(1);
      const held = await claimOne(store);
      assert.notEqual(held.leaseToken, lost.leaseToken);
      assert.equal(await store.finishTask(lost), false);
      assert.equal(await store.failTask(lost, { error: "late" }), false);
      assert.equal((await record(store)).state, "leased");
      assert.equal(await store.finishTask(held), true);
      assert.equal((await record(store)).state, "done");
      assert.equal(await store.finishTask(held), false);
    });

    test("addTasks() leaves a task that is there as it is when it repeats once", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      const task = look({ repeat: "once", payload: { first: 1 } });
      await store.addTasks([task]);
      await store.addTasks([{ ...task, dueAt: SAMPLE_TIME - 5, payload: { first: 0 } }]);
      const before = await record(store);
      assert.deepEqual([before.dueAt, before.wanted], [SAMPLE_TIME, 1]);
      const claimed = await claimOne(store);
      assert.deepEqual(claimed.payload, { first: 1 });
      await store.finishTask(claimed);
      await store.addTasks([task]);
      assert.equal((await record(store)).state, "done");
      assert.equal(await store.nextTaskDueAt(), undefined);
    });

    test("addTasks() moves a due task forward only, and wants it once more, when it repeats again", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      await store.addTasks([look({ dueAt: SAMPLE_TIME + 10 })]);
      await store.addTasks([look({ dueAt: SAMPLE_TIME + 20 })]);
      assert.equal(await store.nextTaskDueAt(), SAMPLE_TIME + 10);
      await store.addTasks([look({ dueAt: SAMPLE_TIME + 5 })]);
      const { dueAt, wanted, done } = await record(store);
      assert.deepEqual([dueAt, wanted, done], [SAMPLE_TIME + 5, 3, 0]);
    });

    test("addTasks() wakes a task that is done or dead when it repeats again", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      await store.addTasks([look()]);
      await store.finishTask(await claimOne(store));
      await store.addTasks([look({ dueAt: SAMPLE_TIME })]);
      const second = await claimOne(store);
      assert.equal(second.wanted, 2);
      await store.failTask(second, { error: "a bug of ours" });
      assert.deepEqual(await store.claimTasks(LEASE), []);
      const dead = await record(store);
      assert.deepEqual([dead.state, dead.tries, dead.lastError], ["dead", 1, "a bug of ours"]);
      await store.addTasks([look()]);
      assert.equal((await claimOne(store)).tries, 0);
    });

    test("finishTask() leaves the task due when more was wanted while it ran", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      await store.addTasks([look()]);
      const first = await claimOne(store);
      await store.addTasks([look({ dueAt: SAMPLE_TIME + 7 }), look({ dueAt: SAMPLE_TIME + 3 })]);
      assert.deepEqual(await store.claimTasks(LEASE), [], "the lease was not kept");
      assert.equal(await store.finishTask(first), true);
      const { state, dueAt, wanted, done } = await record(store);
      assert.deepEqual([state, dueAt, wanted, done], ["due", SAMPLE_TIME + 3, 3, 1]);
    });

    test("finishTask() makes the task due at its next time", async () => {
      const { opened, store, clock } = await openAtRest();
      await using _ = opened;
      await store.addTasks([look()]);
      await store.finishTask(await claimOne(store), { nextDueAt: SAMPLE_TIME + 60_000 });
      const { state, wanted, done } = await record(store);
      assert.equal(state, "due");
      assert.ok(done < wanted);
      assert.equal(await store.nextTaskDueAt(), SAMPLE_TIME + 60_000);
      clock.advance(60_000);
      await store.finishTask(await claimOne(store));
      assert.equal((await record(store)).state, "done");
    });

    test("failTask() counts the tries until a success and puts the task back", async () => {
      const { opened, store, clock } = await openAtRest();
      await using _ = opened;
      await store.addTasks([look()]);
      for (const tries of [0, 1, 2]) {
        const task = await claimOne(store);
        assert.equal(task.tries, tries);
        assert.equal(await store.failTask(task, { error: "busy", retryAt: clock.now() + 1_000 }), true);
        assert.deepEqual(await store.claimTasks(LEASE), []);
        clock.advance(1_000);
      }
      await store.finishTask(await claimOne(store));
      const { tries, lastError } = await record(store);
      assert.deepEqual([tries, lastError], [0, undefined]);
    });

    test("failTask() leaves the task due when it was wanted again while it ran", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      await store.addTasks([look()]);
      const task = await claimOne(store);
      await store.addTasks([look({ dueAt: SAMPLE_TIME })]);
      await store.failTask(task, { error: "gone" });
      assert.equal((await record(store)).state, "due");
      await store.addTasks([look({ key: "look:2" })]);
      const [, second] = await store.claimTasks(LEASE);
      assert.ok(second);
      await store.addTasks([look({ key: second.key, dueAt: SAMPLE_TIME + 1 })]);
      await store.failTask(second, { error: "busy", retryAt: SAMPLE_TIME + 60_000 });
      assert.equal(await store.nextTaskDueAt(), SAMPLE_TIME + 1);
    });

    test("recordHint() stores the hint and its tasks in one commit", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      const hint = {
        paymentId: "imp_hint",
        orderId: "hint_0001",
        contentType: "application/json",
        body: new TextEncoder().encode('{"imp_uid":"imp_hint"}\u0000'),
        sourceAddress: "52.78.100.19",
      };
      const verify = look({ kind: "verify", key: "verify:imp_hint", paymentId: "imp_hint" });
      await store.recordHint(hint, [verify]);
      const { orderId, ...nameless } = hint;
      await store.recordHint(nameless, [verify]);
      assert.deepEqual(await store.readHints(1), [{ ...nameless, id: 2, receivedAt: SAMPLE_TIME }]);
      assert.deepEqual((await store.readHints(10))[1], { ...hint, id: 1, receivedAt: SAMPLE_TIME });
      const { wanted, paymentId } = await record(store);
      assert.deepEqual([wanted, paymentId], [2, "imp_hint"]);
    });

    test("recordHint() stores the hint with its tasks, or neither, when the COMMIT is lost", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      opened.faults.failNextCommit("lost");
      const hint = { paymentId: "imp_h", contentType: "x", body: new Uint8Array(1), sourceAddress: "::1" };
      // An engine that others share goes on by itself.
      if (engine.isExclusive)
        await assert.rejects(store.recordHint(hint, [look()]), { code: "commit_outcome_unknown" });
      else await store.recordHint(hint, [look()]);
      const count = engine.isExclusive ? 0 : 1;
      const reopened = await opened.reopen();
      assert.equal((await reopened.readHints(10)).length, count);
      assert.equal((await reopened.readTasks({ limit: 10 })).length, count);
    });

    test("readTasks() gives the tasks of one order", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      await store.addTasks([
        look({ key: "a", orderId: "order_001" }),
        look({ key: "b", orderId: "order_002" }),
      ]);
      const tasks = await store.readTasks({ orderId: "order_001", limit: 10 });
      assert.deepEqual(tasks, [
        {
          key: "a",
          kind: "look",
          orderId: "order_001",
          state: "due",
          dueAt: SAMPLE_TIME,
          wanted: 1,
          done: 0,
          tries: 0,
        },
      ]);
      assert.equal((await store.readTasks({ limit: 1 })).length, 1);
    });

    test("retryTask() puts forward what waits or is dead, and leaves what runs or is done", async () => {
      const { opened, store, clock } = await openAtRest();
      await using _ = opened;
      const act = { action: "task.retried", actor: "op", subject: "look:1", data: {} } as const;
      await store.addTasks([look({ dueAt: SAMPLE_TIME + 60_000 })]);
      assert.equal(await store.retryTask("look:1", { act }), true);
      const running = await claimOne(store);
      assert.equal(await store.retryTask("look:1", { act }), false);
      await store.failTask(running, { error: "given up" });
      clock.advance(5);
      assert.equal(await store.retryTask("look:1", { act }), true);
      const again = await claimOne(store);
      assert.deepEqual([again.tries, again.wanted], [0, 1]);
      await store.finishTask(again);
      assert.equal(await store.retryTask("look:1", { act }), false);
      assert.equal((await record(store)).state, "done");
      assert.equal(await store.retryTask("look:1", { act, evenDone: true }), true);
      await store.finishTask(await claimOne(store));
      assert.equal(await store.retryTask("look:2", { act }), false);
      assert.equal((await store.listActs({ limit: 10 })).acts.length, 3);
    });

    test("recallTasks() makes due what waits for a time beyond, of these kinds alone, and tells of it", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      const dueAt = SAMPLE_TIME + 1_001;
      await store.addTasks([
        look({ key: "far", dueAt }),
        look({ key: "near", dueAt: dueAt - 1 }),
        look({ key: "other", kind: "sms", dueAt }),
        look({ key: "ended" }),
      ]);
      await store.finishTask(await claimOne(store));
      await store.nextTaskDueAt();
      let fired = 0;
      store.onTasksDue(() => {
        fired += 1;
      });
      await store.recallTasks({ kinds: ["look", "verify"], laterThan: SAMPLE_TIME + 1_000 });
      assert.equal(await store.nextTaskDueAt(), SAMPLE_TIME);
      assert.equal(fired, 1);
      assert.equal((await claimOne(store)).key, "far");
    });

    test("onTasksDue() fires after a commit that made a task due, and not for one far away", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      let fired = 0;
      store.onTasksDue(() => {
        fired += 1;
      });
      await store.addTasks([look({ key: "soon", dueAt: SAMPLE_TIME + 100 })]);
      await store.nextTaskDueAt();
      const known = fired;
      await store.addTasks([look({ key: "far", dueAt: SAMPLE_TIME + 9_000 })]);
      await store.nextTaskDueAt();
      assert.equal(fired, known, "fired for a task later than the one known");
      await store.addTasks([look({ key: "sooner", dueAt: SAMPLE_TIME + 50 })]);
      await store.nextTaskDueAt();
      assert.equal(fired, known + 1, "did not fire for an earlier one");
      await store.transact({ orderId: "wake_0001" }, () => ({ outcome: 0, tasks: [look({ key: "now" })] }));
      await store.nextTaskDueAt();
      assert.equal(fired, known + 2, "did not fire for a due one");
      const failing = store.transact({ orderId: "wake_0001" }, () => {
        throw new Error("A bug of ours");
      });
      await assert.rejects(failing);
      assert.equal(fired, known + 2);
    });
  });
}
