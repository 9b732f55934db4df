import assert from "node:assert/strict";
import { test } from "node:test";
import { openEventWorld } from "../support/open-event-world.ts";
import { until } from "../support/until.ts";

const DAY_MS = 86_400_000;

test("X13 an event that was refused while the clock was 100 days ahead is told soon after it is right", async () => {
  await using world = await openEventWorld();
  const { clock, shop } = world;
  clock.jump(100 * DAY_MS);
  shop.answers.push(500);
  const { order } = await world.paidOrder();
  await until("it is refused", () => world.told().length === 1);
  await world.quiet();
  clock.jump(-100 * DAY_MS);
  const right = clock.now();
  await until("it is told again", async () => {
    clock.advance(10_000);
    // The look before it has no more time than a few seconds: it ends before the next ones pass.
    await world.quiet();
    return world.told().length === 2;
  });
  assert.equal(world.told()[1]?.event.data.merchant_uid, order);
  assert.ok(clock.now() - right < DAY_MS, "a day or more has passed");
});
