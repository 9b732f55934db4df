import assert from "node:assert/strict";
import { test } from "node:test";
import { whatBecame } from "./root-statements.ts";

const became = (row: Parameters<typeof whatBecame>[0]) => whatBecame(row, 3);

test("whatBecame() knows a write by its id, and its absence while the ids reach back far enough", () => {
  assert.equal(became({ isWritten: true, version: 4 }), "committed");
  assert.equal(became({ isWritten: true, version: 40 }), "committed");
  assert.equal(became({ isWritten: false, version: 3 }), "nothing");
  assert.equal(became({ isWritten: false, version: 11 }), "nothing");
  assert.equal(became(undefined), "nothing");
});

test("whatBecame() says unknown once eight others may have pushed the id out", () => {
  assert.equal(became({ isWritten: false, version: 12 }), "unknown");
});
