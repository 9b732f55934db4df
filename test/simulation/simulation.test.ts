// Goal: no fault of the fault model, and no mixture of them, loses money, takes it twice or calls anything paid that is not. Method:
// seeded worlds in virtual time, every invariant checked after each step against the true ledger. `npm run sim` runs more.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { makeBlankDatabase, makeWorkFolder } from "./blank-database.ts";
import { makePlan } from "./plan.ts";
import { runSeed } from "./run-seed.ts";

const SEEDS = 25;
let folder = "";
let blank = "";

before(async () => {
  folder = makeWorkFolder();
  blank = await makeBlankDatabase(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("runSeed()", () => {
  test(`keeps every invariant for the seeds 1 to ${SEEDS}`, async () => {
    const faults = new Set<string>();
    let orders = 0;
    let crashes = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await runSeed(makePlan(seed), { blank });
      assert.equal(result.fault, undefined, `seed ${seed}: ${result.fault}\n${result.story}`);
      for (const [fault] of result.faults) faults.add(fault);
      orders += result.counts["orders"] ?? 0;
      crashes += result.counts["crashes"] ?? 0;
    }
    // A world in which nothing happens keeps every promise, too.
    assert.ok(orders > 5 * SEEDS && crashes > SEEDS, `${orders} orders, ${crashes} crashes`);
    assert.ok(faults.size > 12, `only ${[...faults]}`);
  });

  test("runs the same world again for the same seed, and another for another", async () => {
    const run = (seed: number) => runSeed(makePlan(seed), { blank });
    const [one, again, other] = [await run(7), await run(7), await run(8)];
    assert.equal(one.hash, again.hash);
    assert.notEqual(one.hash, other.hash);
  });
});
