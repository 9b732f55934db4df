import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Store } from "../../../src/storage/store.ts";
import type { Engine } from "../../support/engine.ts";
import { crashWriter } from "./crash-writer.ts";
import {
  application,
  peek,
  refusalCode,
  registration,
  SAMPLE_TIME,
  sampleOrder,
  samplePayment,
  standingClock,
} from "./samples.ts";

function register(store: Store, orderId: string, sizeBytes = 0): Promise<string> {
  return store.transact({ orderId }, () => ({
    ...registration(sampleOrder({ orderId })),
    payments: [
      samplePayment({
        orderId,
        paymentId: `imp_${orderId}`,
        verdict: "observed",
        raw: "x".repeat(sizeBytes),
      }),
    ],
  }));
}

/** What every engine promises when the storage or the process fails. */
export function testDurability(engine: Engine): void {
  describe(`Durability on ${engine.name}`, () => {
    test("close() waits for what is under way and a new start finds everything", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const order = sampleOrder({ orderId: "keep_0001" });
      const payment = samplePayment({ orderId: order.orderId, paymentId: "imp_keep" });
      const writes = [
        store.transact({ orderId: order.orderId }, () => registration(order)),
        store.transact({ orderId: order.orderId }, () => application(order, payment)),
        store.addTasks([{ kind: "look", key: "look:keep", repeat: "once", dueAt: SAMPLE_TIME }]),
      ];
      const reopened = await opened.reopen();
      await Promise.all(writes);
      assert.equal((await reopened.readOrder(order.orderId))?.version, 2);
      assert.equal((await reopened.readTimeline(order.orderId)).length, 2);
      assert.equal((await reopened.claimTasks({ limit: 5, leaseMs: 1_000 })).length, 1);
      assert.equal(await refusalCode(register(store, "closed_01")), "storage_unavailable");
      assert.equal(await refusalCode(store.hasOrder("keep_0001")), "storage_unavailable");
      assert.equal(store.isReady(), false);
    });

    if (engine.isExclusive) testBatchFaults(engine);
    else testLostCommits(engine);

    // Goal: what was answered survives, what was not committed leaves nothing. Method: another process writes, tells of every
    // answer, and is killed for real between the members of a batch and its COMMIT.
    test("transact() keeps every answered write and no other when the process is killed", async () => {
      await using opened = await engine.open();
      await opened.store.close();
      const { answered, doomed, signal } = await crashWriter(engine.name, opened.location);
      assert.equal(signal, "SIGKILL");
      assert.ok(answered.length >= 100, `only ${answered.length} writes were answered`);
      assert.ok(doomed.length > 1);

      const store = await opened.reopen();
      for (const orderId of answered) {
        const view = await store.readOrder(orderId);
        assert.deepEqual([view?.version, view?.order.status, view?.payments.length], [2, "paid", 1], orderId);
        assert.equal((await store.readTimeline(orderId)).length, 2);
        assert.equal((await store.readTasks({ orderId, limit: 5 })).length, 1);
      }
      for (const orderId of doomed) {
        assert.equal((await peek(store, { orderId })).version, 0, orderId);
        assert.equal(await store.findOrderOfPayment(`imp_${orderId}`), undefined);
        assert.deepEqual(await store.readTasks({ orderId, limit: 5 }), []);
      }
      assert.equal(await register(store, "after_001"), "registered");
    });

    if (engine.isExclusive) {
      test("openAt() is refused while another process owns the data, in one line", async () => {
        await using opened = await engine.open();
        await register(opened.store, "owned_001");
        await assert.rejects(engine.openAt(opened.location), (error: Error & { code?: string }) => {
          assert.equal(error.code, "storage_unavailable");
          assert.ok(error.message.includes(opened.location), error.message);
          assert.ok(!error.message.includes("\n"), error.message);
          return true;
        });
        await register(opened.store, "owned_002");
        const { refusal } = await crashWriter(engine.name, opened.location);
        assert.match(refusal ?? "", /held by another process/);
        await register(opened.store, "owned_003");
      });
    }
  });
}

/** One process owns the data, so it can end and read anew; what shares a batch is told apart. */
function testBatchFaults(engine: Engine): void {
  // A clock that stands still keeps an engine from cutting a batch short on a slow machine.
  for (const effect of ["lost", "kept"] as const) {
    test(`transact() answers commit_outcome_unknown when a COMMIT fails and was ${effect}`, async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      await register(store, "sound_001");
      const errors: Error[] = [];
      store.onFatal((error) => errors.push(error));
      opened.faults.failNextCommit(effect);
      const codes = await Promise.all([
        refusalCode(register(store, "doubt_001")),
        refusalCode(register(store, "doubt_002")),
        refusalCode(peek(store, { orderId: "sound_001" })),
      ]);
      assert.deepEqual(new Set(codes), new Set(["commit_outcome_unknown"]));
      assert.equal(store.isReady(), false);
      assert.equal(errors.length, 1);
      assert.equal(await refusalCode(register(store, "after_001")), "storage_unavailable");
      assert.equal(await refusalCode(store.readOrder("doubt_001")), "storage_unavailable");

      const reopened = await opened.reopen();
      assert.equal(reopened.isReady(), true);
      assert.equal(await reopened.hasOrder("sound_001"), true);
      assert.equal(await reopened.hasOrder("doubt_001"), effect === "kept");
      assert.equal(await reopened.hasOrder("doubt_002"), effect === "kept");
      assert.equal(await reopened.hasOrder("after_001"), false);
    });
  }

  // Goal: one write that does not fit costs no other write. Method: room is left for small rows, then a large one is
  // put between small ones into one batch.
  test("transact() refuses the culprit alone when the storage is full", async () => {
    await using opened = await engine.open({ clock: standingClock() });
    const { store } = opened;
    await register(store, "small_000");
    opened.faults.fill();
    let runs = 0;
    const counted = store.transact({ orderId: "small_001" }, () => {
      runs += 1;
      return registration(sampleOrder({ orderId: "small_001" }));
    });
    const codes = await Promise.all([
      refusalCode(counted),
      refusalCode(register(store, "large_001", 1_000_000)),
      refusalCode(register(store, "small_002")),
    ]);
    assert.deepEqual(codes, ["none", "storage_full", "none"]);
    assert.ok(runs >= 2, "the member before the culprit was not decided again");
    assert.equal(await store.hasOrder("large_001"), false);
    assert.equal(await store.findOrderOfPayment("imp_large_001"), undefined);
    assert.equal((await peek(store, { orderId: "large_001" })).version, 0);
    assert.equal((await peek(store, { orderId: "small_001" })).version, 1);
    assert.equal(store.isReady(), true);

    opened.faults.makeRoom();
    await register(store, "large_001", 1_000_000);
    const reopened = await opened.reopen();
    for (const orderId of ["small_000", "small_001", "small_002", "large_001"]) {
      assert.equal(await reopened.hasOrder(orderId), true, orderId);
    }
  });
}

/** Others share the data, so nobody ends: what became of the COMMIT is read. */
function testLostCommits(engine: Engine): void {
  for (const effect of ["lost", "kept"] as const) {
    test(`transact() answers what became of a COMMIT whose answer was lost when it was ${effect}`, async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      await register(store, "sound_001");
      let runs = 0;
      const errors: Error[] = [];
      store.onFatal((error) => errors.push(error));
      opened.faults.failNextCommit(effect);
      const outcome = await store.transact({ orderId: "doubt_001" }, (aggregate) => {
        runs += 1;
        assert.equal(aggregate.order, undefined, "what is there already was decided again");
        return registration(sampleOrder({ orderId: "doubt_001" }));
      });
      assert.deepEqual([outcome, runs], ["registered", effect === "lost" ? 2 : 1]);
      const view = await store.readOrder("doubt_001");
      assert.equal(view?.version, 1);
      assert.equal((await store.readTimeline("doubt_001")).length, 1);
      assert.equal(errors.length, 0);
      assert.equal(await register(store, "after_001"), "registered");
      assert.equal(store.isReady(), true);
    });

    test(`recordAct() writes its row once when the COMMIT's answer was lost and it was ${effect}`, async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      const act = { action: "reconcile.started", actor: "key:1", data: {} } as const;
      await store.recordAct(act);
      opened.faults.failNextCommit(effect);
      await store.recordAct(act);
      const { acts } = await store.listActs({ limit: 10 });
      assert.deepEqual(
        acts.map(({ position }) => position),
        [2, 1],
      );
    });
  }
}
