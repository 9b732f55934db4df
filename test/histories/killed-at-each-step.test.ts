// Goal: there is no step at which the end of the process loses a refund or doubles it. Method: one short history, run again and
// again, killed one step later each time until it lives through; steps are what leaves, takes effect or commits, before and after.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { entries } from "./bank.ts";
import { History } from "./history.ts";
import { end } from "./run-history.ts";
import { askRefund, order } from "./steps.ts";
import { SECOND_MS } from "./virtual-time.ts";

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
    await end(history, 1);
    const [payment] = history.bank.payments();
    assert.ok(payment);
    const what = `killed at step ${steps}\n${history.story.about([])}`;
    assert.equal(entries(payment).length, 2, what);
    assert.equal(history.books.orders()[0]?.status, "refunded", what);
    return hasDied;
  } finally {
    await history.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

test("R60-a5 two refunds of one payment are each carried out once when the process dies at any one step", async () => {
  let steps = 1;
  while (await killedAt(steps)) steps += 1;
  assert.ok(steps > 20, `it took ${steps} steps`);
});
