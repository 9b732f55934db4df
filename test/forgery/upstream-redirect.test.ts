// R43: there is one gateway, at one address. Goal: no redirect is followed, on any call, and neither token nor secret ever
// reaches another server. Method: every redirect there is, to the gateway itself and to a listener that counts.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openDouble } from "../gateway/gateway-double.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld } from "../support/forgery.ts";
import { expectOnlyTasksAdded, expectPaidByItself, expectPendingOnly } from "../support/forgery-pending.ts";

const FIRST_LOOK_MS = 10_000;
const clock = new ManualClock(Date.now());
const canary = await openDouble();
const worlds = {
  sandbox: await openWorld({ clock }),
  live: await openWorld({ mode: "live", clock }),
};
after(async () => {
  assert.deepEqual(canary.received, [], "nothing ever reached another server");
  for (const world of Object.values(worlds)) await world.close();
  await canary[Symbol.asyncDispose]();
});

for (const [mode, world] of Object.entries(worlds)) {
  describe(`a redirect in ${mode}`, () => {
    for (const status of [301, 302, 303, 307, 308]) {
      test(`R43-a ${status} to another payment of the same gateway is not followed`, async () => {
        const scene = await world.scene();
        const [order, elsewhere] = [await scene.order(), await scene.order()];
        const [payment, other] = [scene.pay(order), scene.pay(elsewhere)];
        const location = `${world.emulator.url}/payments/${other.imp_uid}?include_sandbox=true`;
        const match = { path: `/payments/${payment.imp_uid}`, times: 1 };
        world.emulator.override(match, { status, body: "", headers: { location } });
        await expectPendingOnly(scene, { payment, order });
        await expectPaidByItself(scene, { payment, order });
        await scene.expectStored(elsewhere, { status: "pending" });
        await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
      });

      test(`R43-b ${status} to another host is not followed, and takes no token there`, async () => {
        const scene = await world.scene();
        const order = await scene.order();
        const payment = scene.pay(order);
        const location = `${canary.url}/payments/${payment.imp_uid}`;
        const match = { path: `/payments/${payment.imp_uid}`, times: 1 };
        // The true body comes with it: a redirect is no answer, whatever it carries.
        world.emulator.override(match, { status, acts: true, headers: { location } });
        await expectPendingOnly(scene, { payment, order });
        await expectPaidByItself(scene, { payment, order });
        assert.deepEqual(canary.received, []);
        await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
      });
    }

    for (const status of [302, 307, 308]) {
      test(`R43-f ${status} of the login is not followed, and takes no key there`, async () => {
        const scene = await world.scene();
        const order = await scene.order();
        const payment = scene.pay(order);
        world.emulator.tokens.revokeAll();
        const headers = { location: `${canary.url}/users/getToken` };
        world.emulator.override({ path: "/users/getToken", times: 1 }, { status, body: "", headers });
        await expectPendingOnly(scene, { payment, order });
        await expectPaidByItself(scene, { payment, order });
        assert.deepEqual(canary.received, []);
        const [look, login] = [scene.lookLine(payment), "POST /users/getToken"];
        await scene.expectNothingElse([look, login, login, look]);
      });
    }

    test("R43-g 307 of the list is not followed, and the payment is found later", async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const before = await scene.stored(order);
      const path = `/payments/findAll/${order}`;
      const headers = { location: `${canary.url}${path}` };
      world.emulator.override({ path, times: 1 }, { status: 307, body: "", headers });
      clock.advance(FIRST_LOOK_MS);
      await scene.quiet();
      await expectOnlyTasksAdded(scene, { payment, order, before });
      await expectPaidByItself(scene, { payment, order });
      assert.deepEqual(canary.received, []);
      const list = `GET ${path}?page=1&limit=1000&sorting=-started`;
      await scene.expectNothingElse([list, list, scene.lookLine(payment)]);
    });

    test("R43-h 307 of the closing of an account is not followed", async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const account = scene.pay(order, { pay_method: "vbank", status: "ready", amount: 100 });
      const path = `/vbanks/${account.imp_uid}`;
      const headers = { location: `${canary.url}${path}` };
      world.emulator.override({ method: "DELETE", path, times: 1 }, { status: 307, body: "", headers });
      await scene.expectAnswer("forgery", { payment: account, order });
      await scene.quiet();
      assert.deepEqual(canary.received, []);
      assert.deepEqual(scene.seenLines(), [scene.lookLine(account), `DELETE ${path}`]);
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(account), `DELETE ${path}`, scene.lookLine(honest)]);
    });
  });
}
