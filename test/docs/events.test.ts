import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SHOP_EVENTS } from "../../src/domain/shop-events.ts";
import { RETRY_DELAYS_MS } from "../../src/tasks/run-delivery.ts";
import { TEST_EVENT_TYPE } from "../../src/usecases/send-test-event.ts";

const text = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");

test("docs/events.md lists every type of event with an example that is JSON, and no other", () => {
  const rows = [...text.matchAll(/^\| `([a-z_.]+)` \| [^|]+ \| `(\{.*?\})`/gm)];
  assert.deepEqual(new Set(rows.map(([, type]) => type)), new Set([...SHOP_EVENTS, TEST_EVENT_TYPE]));
  for (const [, type, example = ""] of rows) assert.doesNotThrow(() => JSON.parse(example), type);
});

test("docs/events.md names the schedule of attempts", () => {
  const units = [
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1000],
  ] as const;
  const [last = "", ...before] = RETRY_DELAYS_MS.map((ms) => {
    const [unit, size] = units.find(([, each]) => ms % each === 0) ?? ["ms", 1];
    return `${ms / size} ${unit}`;
  }).reverse();
  const schedule = `${before.reverse().join(", ")} and ${last}`;
  assert.ok(text.replaceAll(/\s+/g, " ").includes(schedule), schedule);
});
