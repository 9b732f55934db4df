import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readFoundBy } from "./found-by.ts";

describe("readFoundBy()", () => {
  for (const known of [
    "browser",
    "webhook",
    "look",
    "sweep",
    "reconcile",
    "verify",
    "delivery",
    "registration",
    "operator",
  ]) {
    test(`readFoundBy() reads ${known}`, () => {
      assert.equal(readFoundBy(known), known);
    });
  }

  test("readFoundBy() calls all else a look", () => {
    for (const other of [undefined, null, "", 1, "Browser", "somebody"])
      assert.equal(readFoundBy(other), "look");
  });
});
