// Goal: no time that lies ahead makes a look of long ago a fresh one (I8 under X13). Method: the clock is set back between the look at a
// payment and the telling of it, and the money goes back without a word.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openEventWorld } from "../support/open-event-world.ts";

const HOUR_MS = 3_600_000;

test("X13 order.paid is not told on a look that seems to come from the future", async () => {
  await using world = await openEventWorld();
  world.shop.answers.push(500);
  const { order, impUid } = await world.paidOrder();
  await world.quiet();
  const [told] = world.told();
  assert.equal(told?.event.type, "order.paid", "and not taken");
  world.clock.jump(-HOUR_MS);
  await world.pass(HOUR_MS / 2);
  world.emulator.silentCancel(impUid);
  await world.dojang.request("POST", `/v1/deliveries/${told?.id}/retry`);
  await world.quiet();
  const paid = world.told().filter(({ event }) => event.type === "order.paid");
  assert.equal(paid.length, 1);
  assert.equal((await world.dojang.read(order)).body.status, "refunded");
});
