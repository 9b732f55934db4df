// Goal: money goes back once, whatever is lost and whenever the process dies. Method: seeded histories in virtual time, the real
// server's parts over the emulator's model, every promise checked after each step against the ledger. `npm run histories` runs more.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runHistory } from "./run-history.ts";

const SEEDS = 25;

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
