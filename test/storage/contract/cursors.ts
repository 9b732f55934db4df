import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine } from "../../support/engine.ts";

/** What every engine promises of a named value: whoever writes what it read first wins, and the others hear that they lost. */
export function testCursors(engine: Engine): void {
  describe(`Cursors on ${engine.name}`, () => {
    test("replaceCursor() writes over what was read, and over nothing else", async () => {
      await using open = await engine.open();
      const { store } = open;
      const steps = [
        [{ from: "no", to: "never" }, false],
        [{ from: undefined, to: "1" }, true],
        [{ from: undefined, to: "again" }, false],
        [{ from: "2", to: "3" }, false],
        [{ from: "1", to: "2" }, true],
        [{ from: "2", to: "2" }, true],
      ] as const;
      for (const [change, isSaved] of steps) {
        assert.equal(await store.replaceCursor("a name", change), isSaved, JSON.stringify(change));
      }
      assert.equal(await store.readCursor("a name"), "2");
      assert.equal(await store.readCursor("another"), undefined);
    });

    test("replaceCursor() lets one of many win", async () => {
      await using open = await engine.open();
      const { store } = open;
      for (const from of [undefined, "0"]) {
        if (from !== undefined) await store.saveCursor("a name", from);
        const wishes = Array.from({ length: 20 }, (_, index) => `${from}-${index}`);
        const saved = await Promise.all(wishes.map((to) => store.replaceCursor("a name", { from, to })));
        const winners = wishes.filter((_, index) => saved[index]);
        assert.deepEqual(winners, [await store.readCursor("a name")]);
      }
    });
  });
}
