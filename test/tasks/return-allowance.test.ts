// Goal: what goes back by itself in a day is bounded whatever comes at the same time, twice, or after a restart. Method: the allowance over
// each real engine, with a clock that stands still.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Currency } from "../../src/domain/currency.ts";
import type { Store } from "../../src/storage/store.ts";
import { createReturnAllowance } from "../../src/usecases/return-allowance.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { money } from "../support/domain.ts";
import { ENGINES } from "../support/engines.ts";

/** The clock begins at 09:00 in Korea. */
const TO_MIDNIGHT_MS = 15 * 3_600_000;

function allowanceOf(store: Store, clock: ManualClock, { count = 10, amount = 1000 } = {}) {
  const dailyAmounts = new Map([money(amount), money(500, "USD")].map((limit) => [limit.currency, limit]));
  const mayReturn = createReturnAllowance({ store, clock }, { dailyCount: count, dailyAmounts });
  return async (discrepancyId: string, amountMinor: number, currency: Currency = "KRW") => {
    const allowance = await mayReturn({ discrepancyId, amount: money(amountMinor, currency) });
    return allowance.kind === "never" ? allowance.reason : allowance.kind;
  };
}

for (const engine of ENGINES) {
  describe(`createReturnAllowance() on ${engine.name}`, () => {
    test("counts one after another what comes at the same time", async () => {
      await using open = await engine.open();
      const clock = new ManualClock();
      for (const [limits, expected] of [
        [{ count: 3 }, 3],
        [{ amount: 400 }, 4],
      ] as const) {
        const ask = allowanceOf(open.store, clock, limits);
        const wishes = Array.from({ length: 20 }, (_, index) => ask(`dsc_${expected}_${index}`, 100));
        const allowed = (await Promise.all(wishes)).filter((kind) => kind === "allowed");
        assert.equal(allowed.length, expected);
        clock.advance(TO_MIDNIGHT_MS);
      }
    });

    test("counts what several processes ask at the same time as one day's", async () => {
      await using open = await engine.open();
      const clock = new ManualClock();
      const processes = Array.from({ length: 4 }, () => allowanceOf(open.store, clock, { count: 5 }));
      const wishes = processes.flatMap((ask, process) =>
        Array.from({ length: 5 }, (_, index) => ask(`dsc_${process}_${index}`, 10)),
      );
      const allowed = (await Promise.all(wishes)).filter((kind) => kind === "allowed");
      assert.equal(allowed.length, 5);
    });

    test("counts the same discrepancy once a day, with its last amount", async () => {
      await using open = await engine.open();
      const ask = allowanceOf(open.store, new ManualClock(), { count: 2 });
      for (const amount of [900, 900, 100]) assert.equal(await ask("dsc_1", amount), "allowed");
      assert.equal(await ask("dsc_2", 900), "allowed");
      assert.equal(await ask("dsc_1", 101), "full", "by amount");
      assert.equal(await ask("dsc_1", 100), "allowed");
      assert.equal(await ask("dsc_3", 1), "full", "by count");
    });

    test("keeps each currency apart, and the count together", async () => {
      await using open = await engine.open();
      const ask = allowanceOf(open.store, new ManualClock(), { count: 3 });
      assert.equal(await ask("dsc_1", 1000), "allowed");
      assert.equal(await ask("dsc_2", 500, "USD"), "allowed");
      assert.equal(await ask("dsc_3", 1, "USD"), "full");
      assert.equal(await ask("dsc_4", 501, "USD"), "above_daily_amount");
      assert.equal(await ask("dsc_5", 1, "EUR"), "currency_not_limited");
    });

    test("remembers the day across a restart, and begins anew at midnight in Korea", async () => {
      await using open = await engine.open();
      const clock = new ManualClock();
      assert.equal(await allowanceOf(open.store, clock, { count: 1 })("dsc_1", 1), "allowed");
      const ask = allowanceOf(await open.reopen(), clock, { count: 1 });
      clock.advance(TO_MIDNIGHT_MS - 1);
      assert.equal(await ask("dsc_2", 1), "full");
      clock.advance(1);
      assert.equal(await ask("dsc_2", 1), "allowed");
    });

    test("opens no new day when the clock is set back", async () => {
      await using open = await engine.open();
      const clock = new ManualClock();
      const ask = allowanceOf(open.store, clock, { count: 1 });
      clock.advance(TO_MIDNIGHT_MS);
      assert.equal(await ask("dsc_1", 1), "allowed");
      clock.jump(-1);
      assert.equal(await ask("dsc_2", 1), "full");
    });
  });
}
