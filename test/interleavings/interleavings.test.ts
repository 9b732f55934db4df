// Goal: whatever happens between two awaits, every promise is kept. Method: the real use cases and store over the emulator's books, each
// await on either a point, every order of the points run from the beginning. `npm run interleavings` runs all cases, and the planted bugs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { caseOf, QUICK } from "./cases.ts";
import { explore } from "./explore.ts";
import { openShelf } from "./shelf.ts";

describe("explore()", () => {
  test("finds no interleaving of the small cases that breaks a promise", async () => {
    await using shelf = await openShelf();
    for (const asked of QUICK) {
      const { finding, isWhole, ends, interleavings } = await explore(shelf, asked);
      assert.equal(finding, undefined, `${asked.name}: ${finding?.says}\n${finding?.steps.join("\n")}`);
      assert.ok(isWhole && ends.size > 0 && interleavings > 2, asked.name);
    }
  });

  test("leaves no interleaving out where it merges states, and counts them all", async () => {
    await using shelf = await openShelf();
    // The gateway is still in the one, and moves in the other: times are left out of a state, or ranked.
    for (const asked of [
      caseOf(["complete", "webhook"]),
      caseOf(["complete", "completeAgain", "approval"], { begins: "unpaid" }),
    ]) {
      const merged = await explore(shelf, asked);
      const each = await explore(shelf, asked, { isMerging: false });
      assert.equal(merged.interleavings, each.schedules);
      assert.ok(merged.schedules < each.schedules);
      assert.deepEqual(merged.ends, each.ends);
    }
  });

  test("ends a reduced case as the whole one", async () => {
    await using shelf = await openShelf();
    const actors = ["complete", "completeB", "completeAgain"] as const;
    const whole = await explore(shelf, caseOf(actors));
    const reduced = await explore(shelf, caseOf(actors, { isReduced: true }));
    assert.deepEqual([...reduced.ends].toSorted(), [...whole.ends].toSorted());
    assert.ok(reduced.states < whole.states && whole.ends.size > 1);
  });
});
