// R10 and R11: a payment pays the order that it was made for. Goal: no pair of a genuine payment and another order, of
// whatever price, is more than an unknown order. Method: pay one order for real and post the payment for others.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import { openWorld, type Scene } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";

const world = await openWorld();
after(() => world.close());

const CHEAP = 1000;

/** Posts the payment for the target: nothing of either order may move. Then it pays its own order. */
async function expectSwapRefused(
  scene: Scene,
  of: { payment: PaymentRecord; target: string },
): Promise<void> {
  const { payment, target } = of;
  const before = [await scene.stored(payment.merchant_uid), await scene.stored(target)] as const;
  await scene.expectAnswer("notFound", { payment, order: target });
  await scene.quiet();
  assertUnchanged(before[0], await scene.stored(payment.merchant_uid));
  assertUnchanged(before[1], await scene.stored(target));
  await scene.expectAnswer("success", { payment, order: payment.merchant_uid });
  await scene.expectStored(payment.merchant_uid, {
    status: "paid",
    paidBy: payment.imp_uid,
    payments: { [payment.imp_uid]: "applied" },
  });
  assertUnchanged(before[1], await scene.stored(target));
}

describe("POST /payments/complete with the payment of a cheaper order", () => {
  test("R10-a a cheap payment does not pay the dear order", async () => {
    const scene = await world.scene();
    const [cheap, dear] = [await scene.order({ amount: CHEAP }), await scene.order()];
    const payment = scene.pay(cheap, { amount: CHEAP });
    await expectSwapRefused(scene, { payment, target: dear });
    const honest = await scene.expectHonestPaymentPays(dear);
    await scene.expectNothingElse([...Array(2).fill(scene.lookLine(payment)), scene.lookLine(honest)]);
  });

  test("R10-b a cheap payment does not pay another buyer's order", async () => {
    const scene = await world.scene();
    const cheap = await scene.order({ amount: CHEAP, customer: { id: "attacker" } });
    const dear = await scene.order({ customer: { id: "victim" } });
    const payment = scene.pay(cheap, { amount: CHEAP });
    await expectSwapRefused(scene, { payment, target: dear });
    await scene.expectNothingElse(Array(2).fill(scene.lookLine(payment)));
  });

  test("R10-c a cheap payment does not touch an order that is paid already", async () => {
    const scene = await world.scene();
    const [cheap, dear] = [await scene.order({ amount: CHEAP }), await scene.order()];
    const honest = await scene.expectHonestPaymentPays(dear);
    const payment = scene.pay(cheap, { amount: CHEAP });
    await expectSwapRefused(scene, { payment, target: dear });
    await scene.expectAnswer("success", { payment: honest, order: dear });
    const looks = [payment, payment, honest, honest].map((one) => scene.lookLine(one));
    await scene.expectNothingElse(looks);
  });

  test("R10-d a cheap payment does not touch an order that waits for a deposit", async () => {
    const scene = await world.scene();
    const [cheap, dear] = [await scene.order({ amount: CHEAP }), await scene.order()];
    const account = scene.pay(dear, { pay_method: "vbank", status: "ready" });
    await scene.expectAnswer("vbankIssued", { payment: account, order: dear });
    const payment = scene.pay(cheap, { amount: CHEAP });
    await expectSwapRefused(scene, { payment, target: dear });
    await scene.expectStored(dear, {
      status: "awaiting_deposit",
      payments: { [account.imp_uid]: "held" },
    });
    const looks = [account, payment, payment].map((one) => scene.lookLine(one));
    await scene.expectNothingElse(looks);
  });

  test("R10-e a cheap virtual account is not shown for the dear order", async () => {
    const scene = await world.scene();
    const [cheap, dear] = [await scene.order({ amount: CHEAP }), await scene.order()];
    const account = scene.pay(cheap, { amount: CHEAP, pay_method: "vbank", status: "ready" });
    const before = [await scene.stored(cheap), await scene.stored(dear)] as const;
    await scene.expectAnswer("notFound", { payment: account, order: dear });
    assertUnchanged(before[0], await scene.stored(cheap));
    assertUnchanged(before[1], await scene.stored(dear));
    await scene.expectNothingElse([scene.lookLine(account)]);
  });

  test("R10-f two payments, posted crosswise at the same time, pay neither order", async () => {
    const scene = await world.scene();
    const [cheap, dear] = [await scene.order({ amount: CHEAP }), await scene.order()];
    const small = scene.pay(cheap, { amount: CHEAP });
    const large = scene.pay(dear);
    const before = [await scene.stored(cheap), await scene.stored(dear)] as const;
    await Promise.all([
      scene.expectAnswer("notFound", { payment: small, order: dear }),
      scene.expectAnswer("notFound", { payment: large, order: cheap }),
    ]);
    assertUnchanged(before[0], await scene.stored(cheap));
    assertUnchanged(before[1], await scene.stored(dear));
    await scene.expectNothingElse([scene.lookLine(small), scene.lookLine(large)]);
  });

  test("R10-g the way back from a phone swaps no orders either", async () => {
    const scene = await world.scene();
    const [cheap, dear] = [await scene.order({ amount: CHEAP }), await scene.order()];
    const payment = scene.pay(cheap, { amount: CHEAP });
    const before = [await scene.stored(cheap), await scene.stored(dear)] as const;
    const query = `imp_uid=${payment.imp_uid}&merchant_uid=${dear}&imp_success=true`;
    const answer = await scene.dojang.request("GET", `/payments/redirect?${query}`);
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get("location"), null);
    assertUnchanged(before[0], await scene.stored(cheap));
    assertUnchanged(before[1], await scene.stored(dear));
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R10-h a webhook that names the dear order moves the cheap one only", async () => {
    const scene = await world.scene();
    const [cheap, dear] = [await scene.order({ amount: CHEAP }), await scene.order()];
    const payment = scene.pay(cheap, { amount: CHEAP });
    const before = await scene.stored(dear);
    await scene.webhook(payment, { merchant_uid: dear });
    assertUnchanged(before, await scene.stored(dear));
    await scene.expectStored(cheap, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  for (const { id, what, alter } of [
    { id: "R10-i", what: "in other letters", alter: (text: string) => text.toLowerCase() },
    { id: "R10-j", what: "with a character more", alter: (text: string) => `${text}0`.slice(0, 40) },
    { id: "R10-k", what: "with a character less", alter: (text: string) => text.slice(0, -1) },
  ]) {
    test(`${id} a payment made under the order's id ${what} is another order's`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const before = await scene.stored(order);
      const payment = scene.pay(alter(order));
      await scene.expectAnswer("notFound", { payment, order });
      await scene.expectAnswer("notFound", { payment, order: alter(order) });
      assertUnchanged(before, await scene.stored(order));
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }
});

describe("POST /payments/complete with the payment of an order of the same price", () => {
  test("R11-a one payment does not pay a second order of the same buyer", async () => {
    const scene = await world.scene();
    const customer = { id: "c-1" };
    const [one, other] = [await scene.order({ customer }), await scene.order({ customer })];
    const payment = scene.pay(one);
    await expectSwapRefused(scene, { payment, target: other });
    const honest = await scene.expectHonestPaymentPays(other);
    await scene.expectNothingElse([...Array(2).fill(scene.lookLine(payment)), scene.lookLine(honest)]);
  });

  test("R11-b one payment does not pay another buyer's order", async () => {
    const scene = await world.scene();
    const mine = await scene.order({ customer: { id: "attacker" } });
    const theirs = await scene.order({ customer: { id: "victim" } });
    const payment = scene.pay(mine);
    await expectSwapRefused(scene, { payment, target: theirs });
    await scene.expectNothingElse(Array(2).fill(scene.lookLine(payment)));
  });

  test("R11-c a pack of credits, registered five times, is bought once", async () => {
    const scene = await world.scene();
    const packs = [];
    for (let pack = 0; pack < 5; pack += 1) packs.push(await scene.order({ name: "credits 100" }));
    const [first = "", ...others] = packs;
    const payment = scene.pay(first);
    await scene.expectAnswer("success", { payment, order: first });
    for (const order of others) await scene.expectAnswer("notFound", { payment, order });
    for (const order of others) await scene.expectStored(order, { status: "pending" });
    assert.equal(others.length, 4);
    await scene.expectNothingElse(Array(5).fill(scene.lookLine(payment)));
  });

  test("R11-d the other order's payment, named by the buyer, does not count for this one", async () => {
    const scene = await world.scene();
    const [one, other] = [await scene.order(), await scene.order()];
    const custom_data = JSON.stringify({ merchant_uid: other });
    const payment = scene.pay(one, { custom_data, name: other, raw: { order_id: `"${other}"` } });
    await expectSwapRefused(scene, { payment, target: other });
    await scene.expectNothingElse(Array(2).fill(scene.lookLine(payment)));
  });

  test("R11-e an order that is found by its amount is found by nobody", async () => {
    const scene = await world.scene();
    const order = await scene.order({ amount: 31_415 });
    const payment = scene.pay("another-system-0001", { amount: 31_415 });
    const before = await scene.stored(order);
    await scene.expectAnswer("notFound", { payment, order });
    await scene.webhook(payment, { merchant_uid: order });
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse(Array(2).fill(scene.lookLine(payment)));
  });
});
