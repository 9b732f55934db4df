// Goal: money goes back once, whatever is lost and whenever the process dies. Method: seeded histories in virtual time, the real
// server's parts over the emulator's model, every promise checked after each step against the ledger. `npm run histories` runs more.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { entries } from "./bank.ts";
import { History } from "./history.ts";
import { end, runHistory } from "./run-history.ts";
import { askRefund, order } from "./steps.ts";
import { SECOND_MS } from "./virtual-time.ts";

const SEEDS = 30;

describe("runHistory()", () => {
  test(`keeps every promise for the seeds 1 to ${SEEDS}`, async () => {
    let refunds = 0;
    let crashes = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { fault, counts } = await runHistory(seed);
      assert.equal(fault, undefined, fault);
      refunds += counts.refunds;
      crashes += counts.crashes;
    }
    // A world in which nothing happens keeps every promise, too.
    assert.ok(refunds > 3 * SEEDS && crashes > 3 * SEEDS, `${refunds} refunds, ${crashes} crashes`);
  });

  test("runs the same history again for the same seed, and another for another", async () => {
    const [one, again, other] = [await runHistory(7), await runHistory(7), await runHistory(8)];
    assert.equal(one.hash, again.hash);
    assert.notEqual(one.hash, other.hash);
  });
});

/** Two refunds at once, and the process dies after so many steps. @returns whether it lived so long */
async function killedAt(steps: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "dojang-killed-"));
  const history = new History({ seed: 1, path: join(folder, "dojang.db") });
  try {
    await Promise.all([history.begin(), history.time.settle()]);
    order(history);
    await history.pass(12 * SECOND_MS);
    const [paid] = history.books.orders();
    assert.equal(paid?.status, "paid");
    history.life?.dieAt({ steps, from: "now" });
    const orderId = paid.merchant_uid;
    for (const [key, amount] of [
      ["some", 100],
      ["rest", "all"],
    ] as const) {
      const wish = { key, orderId, amount, isAnswered: false };
      history.asked.push(wish);
      askRefund(history, wish);
      askRefund(history, wish);
    }
    await history.pass(5 * SECOND_MS);
    const hasDied = history.counts.crashes > 0;
    await end(history);
    const [payment] = history.bank.payments();
    assert.ok(payment);
    const what = `killed at step ${steps}\n${history.story.short()}`;
    assert.equal(entries(payment).length, 2, what);
    assert.equal(history.books.orders()[0]?.status, "refunded", what);
    return hasDied;
  } finally {
    await history.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

test("two refunds of one payment are each carried out once when the process dies at any one step", async () => {
  let steps = 1;
  while (await killedAt(steps)) steps += 1;
  assert.ok(steps > 20, `only ${steps} steps`);
});
