// R62: a gateway that has become slow. Goal: 100 buyers at once are answered within the budget, the process stays well, the gateway gets no
// call more for it, and every payment is found without them. Method: all answers held while time moves by the budget, then let go.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld } from "../support/forgery.ts";
import { pass, SECOND_MS } from "../support/forgery-time.ts";
import { until } from "../support/until.ts";

const BUDGET_MS = 3000;
const BUYERS = 100;

const clock = new ManualClock();
const world = await openWorld({ clock });
after(() => world.close());

describe("a gateway that is ten times slower", () => {
  test("R62-e 100 buyers hear pending within the budget, and all orders are paid once it answers", async () => {
    const scene = await world.scene();
    scene.emulator.webhooks.auto = false;
    const orders = await Promise.all(Array.from({ length: BUYERS }, () => scene.order()));
    const payments = orders.map((order) => scene.pay(order));
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = scene.emulator.override({ path: /^\/payments\/imp/ }, { holdUntil: promise });
    const asked = payments.map((payment, at) => scene.complete(payment, orders[at] ?? ""));
    await until("all are at the gateway", () => scene.seenLines().length === BUYERS);
    assert.equal((await scene.dojang.request("GET", "/healthz")).status, 200);
    clock.advance(BUDGET_MS);
    const words = (await Promise.all(asked)).map(({ status, body }) => `${status} ${body.status}`);
    assert.deepEqual([...new Set(words)], ["202 pending"]);
    const calls = scene.seenLines().length;
    assert.equal(calls, BUYERS, "nobody was asked for twice");
    end();
    resolve();
    await pass(scene, ...Array.from({ length: 20 }, () => SECOND_MS));
    for (const [at, order] of orders.entries())
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payments[at]?.imp_uid ?? "",
        payments: { [payments[at]?.imp_uid ?? ""]: "applied" },
      });
    await scene.expectBystandersUnchanged();
  });
});
