// Goal: the attacks bite. Method: the same attacks, by the wire alone, against Dojang and against the guide's own code; where the guide
// leaves a way open, they must say so. `npm run forgery` writes both columns down.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openDojang } from "./attacks/open-dojang.ts";
import { openGuide } from "./attacks/open-guide.ts";
import { OFF_THE_WIRE, runAttacks, verdictsByClass } from "./attacks/run-attacks.ts";
import { CLASSES } from "./report/classes.ts";

/** The guide's way is open on at least so many classes, or the attacks have lost their teeth. */
const OPEN_MIN = 40;

describe("runAttacks()", { concurrency: true }, () => {
  test("finds no way open into Dojang", async () => {
    await using target = await openDojang();
    const outcomes = await runAttacks(target);
    assert.deepEqual(
      outcomes.filter(({ verdict }) => verdict !== "closed"),
      [],
    );
  });

  test(`finds the guide's way open on ${OPEN_MIN} classes at least`, async () => {
    await using target = await openGuide();
    const verdicts = [...verdictsByClass(await runAttacks(target))];
    const open = verdicts.filter(([, verdict]) => verdict === "open");
    assert.ok(open.length >= OPEN_MIN, `open on ${open.length}: ${open.map(([of]) => of).join(" ")}`);
    // Each class is attacked, or it is said why it cannot be.
    const named = new Set([...verdicts.map(([of]) => of), ...Object.keys(OFF_THE_WIRE)]);
    assert.deepEqual([...named].toSorted(), Object.keys(CLASSES));
  });
});
