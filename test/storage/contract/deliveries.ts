import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClaimedTask, Store } from "../../../src/storage/store.ts";
import type { Engine } from "../../support/engine.ts";
import { SAMPLE_TIME, standingClock } from "./samples.ts";

/** What every engine promises of events on their way to the shop: their order, however they were written. */
export function testDeliveries(engine: Engine): void {
  const openAtRest = async () => {
    const clock = standingClock();
    const opened = await engine.open({ clock, deliversEvents: true });
    return { opened, clock, store: opened.store };
  };
  const write = (store: Store, orderId: string, count = 1) =>
    store.transact({ orderId }, () => ({
      outcome: 0,
      events: Array.from({ length: count }, () => ({ type: "payment.rejected", data: {} }) as const),
    }));
  const idsOf = async (store: Store, orderId: string) =>
    (await store.readTimeline(orderId)).map(({ id }) => id);
  const aheadOf = async (store: Store, ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await store.readDelivery(id))?.ahead));
  const leased = new Map<string, ClaimedTask>();
  async function claim(store: Store, id: string): Promise<ClaimedTask> {
    for (const task of await store.claimTasks({ limit: 10_000, leaseMs: 30_000 }))
      leased.set(String(task.payload["event_id"]), task);
    return leased.get(id) ?? assert.fail(`${id} is not due`);
  }

  describe(`Deliveries on ${engine.name}`, () => {
    test("readDelivery() counts the earlier ones of the order, in the order of their writes, all in one moment", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      for (const count of [3, 1, 2]) await write(store, "ordered_01", count);
      await write(store, "other_001", 4);
      assert.deepEqual(await aheadOf(store, await idsOf(store, "ordered_01")), [0, 1, 2, 3, 4, 5]);
      assert.deepEqual(await aheadOf(store, await idsOf(store, "other_001")), [0, 1, 2, 3]);
    });

    test("readDelivery() counts those that are due, leased or put back, and none that is done or dead", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      await write(store, "ordered_01", 4);
      const ids = await idsOf(store, "ordered_01");
      const [first = "", second = "", third = "", last = ""] = ids;
      await store.finishTask(await claim(store, first));
      assert.deepEqual(await aheadOf(store, [last]), [2], "two are leased");
      await store.failTask(await claim(store, second), { error: "x" });
      await store.failTask(await claim(store, third), { error: "x", retryAt: SAMPLE_TIME + 86_400_000 });
      assert.deepEqual(await aheadOf(store, [last]), [1], "one is put back");
    });

    test("readDelivery() keeps the order of writes when the clock is set back a little", async () => {
      const { opened, store, clock } = await openAtRest();
      await using _ = opened;
      await write(store, "ordered_01");
      clock.advance(-900);
      await write(store, "ordered_01");
      assert.deepEqual(await aheadOf(store, await idsOf(store, "ordered_01")), [0, 1]);
    });

    test("readDelivery() counts no further than 300", async () => {
      const { opened, store } = await openAtRest();
      await using _ = opened;
      await write(store, "ordered_01", 400);
      const ids = await idsOf(store, "ordered_01");
      assert.deepEqual(
        await aheadOf(store, [ids[299] ?? "", ids[300] ?? "", ids[399] ?? ""]),
        [299, 300, 300],
      );
    });
  });
}
