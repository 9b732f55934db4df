// Goal: whatever becomes of a virtual account in the end, the order says so and the shop is told. Method: the real server, the gateway's
// levers, no webhook and no browser after the issue: Dojang's own looks find it. A clock that the test moves.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type EventWorld, openEventWorld } from "../support/open-event-world.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
/** Not every PG can close an account. */
const NOT_CLOSED = { status: 500, body: "no" };
const FINAL_LOOK_MS = 30 * SECOND_MS;

/** An order that is payable for six hours, and an account for it that is due at its end. */
async function issued(world: EventWorld) {
  const payBy = world.clock.now() + 6 * HOUR_MS;
  const order = await world.order({ pay_by: new Date(payBy).toISOString() });
  return { order, payBy, impUid: await issue(world, { order, payBy }) };
}

async function issue(world: EventWorld, { order, payBy }: { order: string; payBy: number }): Promise<string> {
  const account = { status: "ready", pay_method: "vbank", vbank_date: Math.floor(payBy / SECOND_MS) };
  const impUid = world.pay(order, { ...account, started_at: Math.floor(world.clock.now() / SECOND_MS) });
  const { body } = await world.dojang.complete({ imp_uid: impUid, merchant_uid: order });
  assert.equal(body.status, "vbankIssued");
  await world.quiet();
  return impUid;
}

const typesTold = (world: EventWorld) => world.told().map(({ event }) => event.type);
const kindsOf = async (world: EventWorld, order: string) =>
  (await world.dojang.read(order)).body.discrepancies.map(({ kind }: { kind: string }) => kind);

describe("a virtual account", () => {
  test("that is paid in time pays the order, found by a look alone", async () => {
    await using world = await openEventWorld();
    const { order, impUid } = await issued(world);
    await world.pass(2 * HOUR_MS);
    world.emulator.deposit(impUid);
    await world.pass(HOUR_MS, HOUR_MS);
    assert.equal((await world.dojang.read(order)).body.status, "paid");
    assert.deepEqual(typesTold(world), ["order.awaiting_deposit", "order.paid"]);
  });

  test("that nobody pays, and that the gateway goes on to show as ready, ends the order after a final look, and not before", async () => {
    await using world = await openEventWorld();
    const { order, impUid } = await issued(world);
    await world.pass(6 * HOUR_MS);
    assert.equal(world.emulator.model.payment(impUid)?.status, "ready");
    await world.pass(FINAL_LOOK_MS - 1);
    assert.equal((await world.dojang.read(order)).body.status, "awaiting_deposit");
    world.emulator.requests.clear();
    await world.pass(1, SECOND_MS);
    assert.ok(world.emulator.requests.lines().length > 0, "it was looked at");
    assert.equal((await world.dojang.read(order)).body.status, "expired");
    assert.deepEqual(typesTold(world), ["order.awaiting_deposit", "order.expired"]);
    assert.equal(world.told().at(-1)?.event.data.order_status, "expired");
  });

  test("that is paid in its last second pays the order, though the webhook is lost", async () => {
    await using world = await openEventWorld();
    const { order, impUid } = await issued(world);
    await world.pass(6 * HOUR_MS - SECOND_MS);
    world.emulator.deposit(impUid);
    await world.pass(SECOND_MS, FINAL_LOOK_MS, SECOND_MS);
    assert.equal((await world.dojang.read(order)).body.status, "paid");
    assert.deepEqual(typesTold(world), ["order.awaiting_deposit", "order.paid"]);
  });

  test("that is paid after the order's end opens paid_after_closing, and the order stays as it is", async () => {
    await using world = await openEventWorld();
    const { order, impUid } = await issued(world);
    world.emulator.override({ method: "DELETE", path: /vbanks/ }, NOT_CLOSED);
    await world.pass(6 * HOUR_MS, FINAL_LOOK_MS, SECOND_MS);
    // The account is closed with the order where the PG can. Here it cannot, and the bank takes the money all the same.
    world.emulator.deposit(impUid);
    await world.pass(24 * HOUR_MS, SECOND_MS);
    assert.equal((await world.dojang.read(order)).body.status, "expired");
    assert.deepEqual(await kindsOf(world, order), ["paid_after_closing"]);
    assert.deepEqual(typesTold(world).slice(0, 2), ["order.awaiting_deposit", "order.expired"]);
    const opened = world.told().find(({ event }) => event.type === "discrepancy.opened");
    assert.equal(opened?.event.data.kind, "paid_after_closing");
    assert.ok(!typesTold(world).includes("order.paid"));
  });

  test("of which there are two, both paid, pays once, and the second is a surplus", async () => {
    await using world = await openEventWorld();
    const { order, payBy, impUid: first } = await issued(world);
    world.emulator.override({ method: "DELETE", path: /vbanks/ }, NOT_CLOSED);
    await world.pass(SECOND_MS);
    const second = await issue(world, { order, payBy });
    world.emulator.deposit(second);
    world.emulator.deposit(first);
    await world.pass(HOUR_MS, HOUR_MS, SECOND_MS);
    const { body } = await world.dojang.read(order);
    assert.equal(body.status, "paid");
    const verdicts = Object.fromEntries(
      body.payments.map(({ imp_uid, verdict }: { imp_uid: string; verdict: string }) => [imp_uid, verdict]),
    );
    assert.deepEqual(Object.values(verdicts).sort(), ["applied", "surplus"]);
    assert.deepEqual(await kindsOf(world, order), ["surplus"]);
    assert.equal(typesTold(world).filter((type) => type === "order.paid").length, 1);
    assert.ok(typesTold(world).includes("discrepancy.opened"));
  });
});
