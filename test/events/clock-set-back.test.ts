import assert from "node:assert/strict";
import { test } from "node:test";
import { openEventWorld } from "../support/open-event-world.ts";
import { until } from "../support/until.ts";

const DAY_MS = 86_400_000;

test("X13 an event that failed while the clock was 100 days ahead is tried again soon after it is right", async () => {
  await using world = await openEventWorld();
  const { clock, shop } = world;
  shop.answers.push(500, 500);
  const { order } = await world.paidOrder();
  await world.quiet();
  clock.jump(100 * DAY_MS);
  await world.pass(60_000);
  clock.jump(-100 * DAY_MS);
  const right = clock.now();
  await until("it is taken", async () => {
    clock.advance(10_000);
    return world.told().filter(({ event }) => event.data.merchant_uid === order).length === 3;
  });
  assert.ok(clock.now() - right < DAY_MS);
});
