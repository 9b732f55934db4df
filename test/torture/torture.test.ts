// Goal: what was answered is true after a kill, on both engines. Method: some rounds of npm run torture, which runs as long as one likes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runQuick } from "./run-quick.ts";
import { Tally } from "./tally.ts";

/** One for each schema, and one for each round. */
const KILLS_MIN = 5;

test("torture finds nothing in some rounds of kills on both engines", async () => {
  const seed = 1 + (Date.now() % 1_000_000);
  const tally = new Tally();
  const findings = await runQuick({ engines: ["sqlite", "postgres"], seed }, tally);
  assert.deepEqual(findings, [], `seed ${seed}`);
  assert.ok(tally.kills >= KILLS_MIN, `${tally.kills} kills`);
});
