// Goal: the timeline says who first told of a payment, so that silent webhooks are seen. Method: one order for each finder, the real server
// and gateway; the shop's endpoint hears nothing of it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runSweep } from "../../src/usecases/run-sweep.ts";
import { type EventWorld, openEventWorld } from "../support/open-event-world.ts";

const SECOND_MS = 1000;

let world: EventWorld;
before(async () => {
  world = await openEventWorld();
});
after(() => world[Symbol.asyncDispose]());

type Ids = { readonly imp_uid: string; readonly merchant_uid: string };

/** The sweep of the last minutes begins half a minute in the past; looks are kept out of its way. */
async function later(): Promise<void> {
  world.emulator.override({ path: /findAll/ }, { body: NO_ATTEMPTS });
  world.clock.jump(60 * SECOND_MS);
}
const NO_ATTEMPTS = '{"code":0,"message":null,"response":{"list":[],"next":0,"previous":0,"total":0}}';

const FINDERS: Readonly<Record<string, (ids: Ids) => Promise<unknown>>> = {
  browser: (ids) => world.dojang.complete(ids),
  webhook: (ids) => world.dojang.webhook(ids),
  look: () => world.pass(10 * SECOND_MS),
  verify: ({ merchant_uid }) => world.dojang.request("POST", `/v1/orders/${merchant_uid}/verify`),
  async sweep() {
    await later();
    await runSweep(world.dojang.dojang.deps, "recent");
  },
  async reconcile() {
    await later();
    const at = (ms: number) => new Date(world.clock.now() - ms).toISOString();
    const body = { from: at(90 * SECOND_MS), to: at(30 * SECOND_MS) };
    assert.equal((await world.dojang.request("POST", "/v1/reconcile", { body })).status, 202);
  },
};

const foundBy = async (order: string) =>
  (await world.dojang.request("GET", `/v1/orders/${order}/timeline`)).body.data.flatMap(
    ({ type, data }: { type: string; data: { found_by?: string } }) =>
      data.found_by === undefined ? [] : [[type, data.found_by]],
  );

describe("found_by in an order's timeline", () => {
  for (const [finder, find] of Object.entries(FINDERS)) {
    for (const [type, fields] of [
      ["order.paid", {}],
      ["order.awaiting_deposit", { status: "ready", pay_method: "vbank" }],
    ] as const) {
      test(`is ${finder} for ${type}, and stays so whoever comes after`, async () => {
        const merchant_uid = await world.order();
        const imp_uid = world.pay(merchant_uid, fields);
        await find({ imp_uid, merchant_uid });
        await world.quiet();
        world.emulator.overrides.clear();
        for (const again of ["browser", "webhook", "verify"])
          await FINDERS[again]?.({ imp_uid, merchant_uid });
        await world.quiet();
        assert.deepEqual(await foundBy(merchant_uid), [[type, finder]]);
      });
    }
  }

  test("is browser where it was told to wait and the gateway then showed the payment", async () => {
    const merchant_uid = await world.order();
    const imp_uid = world.pay(merchant_uid);
    const end = world.emulator.override({ path: `/payments/${imp_uid}` }, { status: 503, body: "" });
    assert.equal((await world.dojang.complete({ imp_uid, merchant_uid })).body.status, "pending");
    end();
    await world.pass(SECOND_MS);
    assert.deepEqual(await foundBy(merchant_uid), [["order.paid", "browser"]]);
  });

  test("does not leave for the shop", async () => {
    await world.pass(SECOND_MS);
    const paid = world.told().filter(({ event }) => event.type === "order.paid");
    assert.ok(paid.length > 0);
    assert.ok(paid.every(({ received }) => !received.body.includes("found_by")));
  });
});
