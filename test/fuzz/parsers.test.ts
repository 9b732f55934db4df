// Goal: no input makes a reader of ours throw, or see another thing than a second reader sees; and a reader that is wrong is found. Method: a
// few thousand inputs for each target from a fixed seed, steered by coverage. `npm run fuzz` goes on for as long as it is told to.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Finding } from "./engine/finding.ts";
import { fuzz } from "./engine/fuzz.ts";
import type { FuzzTarget } from "./engine/fuzz-target.ts";
import { replayLine } from "./engine/replay-line.ts";
import { shrink } from "./engine/shrink.ts";
import { TARGETS } from "./targets/all-targets.ts";

const SEED = 1;
const EXECUTIONS = 250;

describe("every reader", () => {
  for (const target of TARGETS) {
    test(`${target.name} keeps its promises`, () => {
      const { figures, found } = fuzz(target, { seed: SEED, seconds: 60, executionsMax: EXECUTIONS });
      assert.equal(
        found,
        undefined,
        `${found?.message}\n${replayLine(target.name, found?.input ?? Buffer.alloc(0))}`,
      );
      assert.ok(figures.executions >= EXECUTIONS && figures.blocks > 0, JSON.stringify(figures));
    });
  }
});

describe("fuzz()", () => {
  const target: FuzzTarget = {
    name: "three letters deep",
    sources: ["/test/fuzz/parsers.test.ts"],
    seeds: ["......"],
    dictionary: [..."fuzabcdexy"],
    run: (input) => threeDeep(input.toString("latin1")),
  };

  test("finds by coverage what chance alone would not, and shrinks it", () => {
    const { found } = fuzz(target, { seed: SEED, seconds: 60, executionsMax: 400_000 });
    assert.equal(found?.rule, "a letter too many");
    assert.equal(found.input.toString(), "fuz");
  });

  test("takes whatever is thrown for a broken promise", () => {
    const broken: FuzzTarget = { ...target, run: (input) => String(input.readUInt32BE(0)) };
    const { found } = fuzz(broken, { seed: SEED, seconds: 60, executionsMax: 10_000 });
    assert.equal(found?.rule, "throws RangeError");
    assert.equal(found.input.length, 0);
  });
});

test("shrink() leaves the smallest input that breaks the same rule", () => {
  const isBroken = (input: Buffer) => input.includes("x") && input.length >= 3;
  assert.equal(shrink(Buffer.from("abcdefxgh".repeat(20)), isBroken).toString(), "0x0");
});

/** Three letters, each of which is only looked at when the one before it is right; the answer says nothing of how far it came. */
function threeDeep(text: string): string {
  if (text[0] !== "f") return "ended";
  if (text[1] !== "u") return "ended";
  if (text[2] === "z") throw new Finding("a letter too many");
  return "ended";
}
