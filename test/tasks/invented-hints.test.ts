// Goal: webhooks with invented payments keep no worker from what is real, and each is looked at all the same. Method: more of them
// than are looked at at one time, nameless or under one order's id; a clock that stands still until the test moves it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventWorld, openEventWorld } from "../support/open-event-world.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const FLOOD = 150;
/** So many at once, then five a second. */
const AT_ONCE = 100;

const invented = (n: number) => `imp_${900_000_000_000 + n}`;
const fetches = ({ emulator }: EventWorld) =>
  emulator.requests.lines().filter((line) => line.startsWith("GET /payments/imp_9")).length;

async function flood({ dojang }: EventWorld, fields: { merchant_uid?: string }): Promise<void> {
  const hints = Array.from({ length: FLOOD }, (_, n) => dojang.webhook({ imp_uid: invented(n), ...fields }));
  for (const { status } of await Promise.all(hints)) assert.equal(status, 200);
}

for (const what of ["that name no order", "that name one order"]) {
  test(`of webhooks ${what} so many are looked at at once, and then five a second`, async () => {
    await using world = await openEventWorld();
    const { clock, dojang } = world;
    const named = await world.order();
    const [order, impUid] = await paid(world);
    await flood(world, what === "that name no order" ? {} : { merchant_uid: named });
    await world.quiet();
    assert.equal(fetches(world), AT_ONCE);
    await dojang.webhook({ imp_uid: impUid, merchant_uid: order });
    await world.quiet();
    assert.equal((await dojang.read(order)).body.status, "paid", "another order's is looked at at once");
    await flood(world, what === "that name no order" ? {} : { merchant_uid: named });
    await world.quiet();
    assert.equal(fetches(world), AT_ONCE, "the same again bring nothing forward");
    await world.pass(SECOND_MS);
    assert.equal(fetches(world), AT_ONCE + 5);
    for (let second = 0; second < FLOOD; second += 5) await world.pass(SECOND_MS);
    const tasks = await dojang.dojang.deps.store.readTasks({ limit: 1000 });
    const left = tasks.filter(({ kind, state }) => kind === "verify" && state !== "done");
    assert.ok(fetches(world) >= FLOOD && left.every(({ dueAt }) => dueAt > clock.now()), "none is forgotten");
  });
}

test("a payment that is stored is looked at at once, whatever else its order's id is used for", async () => {
  await using world = await openEventWorld();
  const { dojang, emulator } = world;
  const [order, impUid] = await paid(world);
  await dojang.webhook({ imp_uid: impUid, merchant_uid: order });
  await world.quiet();
  await flood(world, { merchant_uid: order });
  emulator.cancelFromConsole(impUid);
  await world.pass(SECOND_MS);
  await dojang.webhook({ imp_uid: impUid, merchant_uid: order });
  await world.quiet();
  assert.equal((await dojang.read(order)).body.status, "refunded");
});

test("a clock that is set back leaves no payment waiting for the time that was", async () => {
  await using world = await openEventWorld();
  const { clock, dojang } = world;
  const order = await world.order();
  await flood(world, { merchant_uid: order });
  await world.quiet();
  clock.jump(-HOUR_MS);
  const impUid = world.pay(order);
  await dojang.webhook({ imp_uid: impUid, merchant_uid: order });
  await world.quiet();
  assert.equal((await dojang.read(order)).body.status, "paid");
});

async function paid(world: EventWorld): Promise<[order: string, impUid: string]> {
  const order = await world.order();
  return [order, world.pay(order)];
}
