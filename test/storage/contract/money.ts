import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Payment } from "../../../src/domain/payment.ts";
import type { Store } from "../../../src/storage/store.ts";
import type { Engine } from "../../support/engine.ts";
import { SAMPLE_TIME, samplePayment } from "./samples.ts";

const FROM = SAMPLE_TIME;
const TO = SAMPLE_TIME + 1_000;
const won = (amountMinor: number) => ({
  text: String(amountMinor),
  money: { amountMinor, currency: "KRW" as const },
});
const NOTHING = {
  paidCount: 0,
  paidMinor: 0,
  refundedCount: 0,
  refundedMinor: 0,
  unexplainedMinor: 0,
  unreadableCount: 0,
};

async function write(store: Store, paymentId: string, changes: Partial<Payment>): Promise<void> {
  const payment = samplePayment({
    orderId: `order_${paymentId}`,
    paymentId,
    paidAt: FROM - 1,
    verdict: "surplus",
    ...changes,
  });
  await store.transact({ orderId: payment.orderId }, () => ({ outcome: 0, payments: [payment] }));
}

const read = (store: Store, isSandbox = true) => store.readDailyMoney({ from: FROM, to: TO, isSandbox });

/** What every engine promises of the money report: the gateway's own times, and no payment twice or not at all. */
export function testMoney(engine: Engine): void {
  describe(`readDailyMoney() on ${engine.name}`, () => {
    test("readDailyMoney() sums by currency and method, from the first millisecond to the last", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      assert.deepEqual(await read(store), []);
      for (const [index, paidAt] of [FROM - 1, FROM, TO - 1, TO].entries())
        await write(store, `imp_${index}`, { paidAt, amount: won(10 ** index) });
      const usd = { text: "14.2", money: { amountMinor: 1420, currency: "USD" as const } };
      await write(store, "imp_usd", {
        paidAt: FROM,
        amount: usd,
        currency: "USD",
        cancelled: { text: "0", money: { amountMinor: 0, currency: "USD" } },
      });
      const { payMethod: _, ...bare } = samplePayment({ orderId: "order_none", paymentId: "imp_none" });
      const none = { ...bare, paidAt: FROM, verdict: "surplus" as const };
      await store.transact({ orderId: "order_none" }, () => ({ outcome: 0, payments: [none] }));
      const unpaid = { status: "pending" as const, paidAt: FROM };
      const { paidAt: __, ...waiting } = samplePayment({ orderId: "order_w", paymentId: "imp_w", ...unpaid });
      await store.transact({ orderId: "order_w" }, () => ({ outcome: 0, payments: [waiting] }));
      assert.deepEqual(await read(store), [
        { ...NOTHING, currency: "KRW", payMethod: "card", paidCount: 2, paidMinor: 110 },
        { ...NOTHING, currency: "KRW", paidCount: 1, paidMinor: 50_000 },
        { ...NOTHING, currency: "USD", payMethod: "card", paidCount: 1, paidMinor: 1420 },
      ]);
    });

    test("readDailyMoney() counts each entry of a history on its own day", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const entries = [FROM - 1, FROM, TO - 1, TO].map((cancelledAt, index) => ({
        amount: won(10 ** index),
        cancelledAt,
      }));
      const cancelled = { cancelled: won(1111), cancelledAt: TO, cancelCount: 4, cancellations: entries };
      await write(store, "imp_1", cancelled);
      await write(store, "imp_1", { ...cancelled, paidAt: FROM - 2 });
      assert.deepEqual(await read(store), [
        { ...NOTHING, currency: "KRW", payMethod: "card", refundedCount: 2, refundedMinor: 110 },
      ]);
    });

    test("readDailyMoney() counts what was given back as one where no history is kept, and what a history leaves out as unexplained", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      await write(store, "imp_old", { cancelled: won(300), cancelledAt: FROM, cancelCount: 2 });
      await write(store, "imp_undated", { cancelled: won(20), paidAt: FROM, amount: won(20) });
      const unreadable = { amount: { text: "many" }, cancelledAt: FROM };
      const cancellations = [{ amount: won(40), cancelledAt: FROM - 1 }, unreadable];
      await write(store, "imp_part", { cancelled: won(100), cancelledAt: FROM, cancellations });
      assert.deepEqual(await read(store), [
        {
          currency: "KRW",
          payMethod: "card",
          paidCount: 1,
          paidMinor: 20,
          refundedCount: 2,
          refundedMinor: 320,
          unexplainedMinor: 60,
          unreadableCount: 0,
        },
      ]);
    });

    test("readDailyMoney() leaves out test payments on a live server, with all that went back of them", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const cancellations = [{ amount: won(1), cancelledAt: FROM }];
      const back = { paidAt: FROM, cancelled: won(1), cancelledAt: FROM, cancellations };
      await write(store, "imp_test", { ...back, sandbox: true });
      await write(store, "imp_old_test", { ...back, sandbox: true, cancellations: [] });
      assert.deepEqual(await read(store, false), []);
      await write(store, "imp_live", { ...back, sandbox: false });
      assert.deepEqual(
        (await read(store, false)).map(({ paidCount, refundedCount }) => [paidCount, refundedCount]),
        [[1, 1]],
      );
      assert.equal((await read(store))[0]?.paidCount, 3);
    });

    test("readDailyMoney() counts a payment whose amount is no money, and does not sum it", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const strange = {
        amount: { text: "10.5" },
        cancelled: { text: "0" },
        currency: "XXX",
        verdict: "rejected" as const,
      };
      await write(store, "imp_x", { ...strange, paidAt: FROM });
      assert.deepEqual(await read(store), [
        { ...NOTHING, currency: "XXX", payMethod: "card", paidCount: 1, unreadableCount: 1 },
      ]);
    });
  });
}
