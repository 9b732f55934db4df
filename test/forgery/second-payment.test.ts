// R32 and R33: a second real payment for one order, and a confirm step that never ran. Goal: one pays, the other is kept as
// surplus and shown once, whoever tells of it and whenever; no page decides whether its payment is checked. Method: cards and
// accounts one after the other, closings that fail, money given back meanwhile; windows without, or with a foreign, confirm_url.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import { runSweep } from "../../src/usecases/run-sweep.ts";
import { openReceiver } from "../emulator/open-receiver.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { expectPendingOnly } from "../support/forgery-pending.ts";
import { HOUR_MS, hideFromLooks, pass, SECOND_MS } from "../support/forgery-time.ts";

const clock = new ManualClock();
const world = await openWorld({ clock, env: { DOJANG_PAY_WITHIN: "2000h" } });
after(() => world.close());

const ACCOUNT = { pay_method: "vbank", status: "ready" } as const;
const NOT_SUPPORTED = {
  status: 400,
  body: '{"code":-1,"message":"지원하지 않는 PG사입니다.","response":null}',
};

async function begin(): Promise<{ scene: Scene; order: string }> {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  return { scene, order: await scene.order() };
}

interface End {
  readonly order: string;
  readonly payer: PaymentRecord;
  /** Verdict by payment, beside the payer. */
  readonly others: readonly (readonly [PaymentRecord, string])[];
  readonly discrepancies: readonly string[];
}

async function expectEnd(scene: Scene, { order, payer, others, discrepancies }: End): Promise<void> {
  const verdicts = others.map(([{ imp_uid }, verdict]) => [imp_uid, verdict]);
  await scene.expectStored(order, {
    status: "paid",
    paidBy: payer.imp_uid,
    payments: { [payer.imp_uid]: "applied", ...Object.fromEntries(verdicts) },
    discrepancies,
  });
  scene.seenLines();
  await scene.expectBystandersUnchanged();
}

const TELLERS: Readonly<
  Record<string, (at: { scene: Scene; order: string; payment: PaymentRecord }) => Promise<unknown>>
> = {
  "the buyer's page": ({ scene, order, payment }) => scene.expectAnswer("closed", { payment, order }),
  "a webhook": ({ scene, payment }) => scene.webhook(payment),
  "a look": ({ scene }) => pass(scene, HOUR_MS * 24),
  "a sweep": async ({ scene }) => {
    hideFromLooks(scene);
    await pass(scene, 40 * SECOND_MS);
    await runSweep(world.dojang.dojang.deps, "day");
  },
};

describe("a second real payment for one order", () => {
  for (const [index, [who, tell]] of Object.entries(TELLERS).entries()) {
    test(`R32-a${index + 1} by card, told by ${who}, is surplus and shown once`, async () => {
      const { scene, order } = await begin();
      const payer = await scene.expectHonestPaymentPays(order);
      const payment = scene.pay(order);
      await tell({ scene, order, payment });
      const end = { order, payer, others: [[payment, "surplus"]], discrepancies: ["surplus"] } as const;
      await expectEnd(scene, end);
      await scene.expectAnswer("closed", { payment, order });
      await scene.expectAnswer("success", { payment: payer, order });
      await scene.webhook(payment);
      await expectEnd(scene, end);
    });
  }

  test("R32-a5 nine more cards are nine surplus payments", async () => {
    const { scene, order } = await begin();
    const payer = await scene.expectHonestPaymentPays(order);
    const more = Array.from({ length: 9 }, () => scene.pay(order));
    for (const payment of more) await scene.expectAnswer("closed", { payment, order });
    const others = more.map((payment) => [payment, "surplus"] as const);
    await expectEnd(scene, { order, payer, others, discrepancies: more.map(() => "surplus") });
    await scene.expectNothingElse([payer, ...more].map((payment) => scene.lookLine(payment)));
  });

  test("R32-a6 of a buyer who heard pending and paid again is surplus, and the first one pays by itself", async () => {
    const { scene, order } = await begin();
    const payer = scene.pay(order);
    const heal = scene.emulator.override({ path: `/payments/${payer.imp_uid}` }, { reset: true });
    await expectPendingOnly(scene, { payment: payer, order });
    heal();
    await pass(scene, SECOND_MS);
    const payment = scene.pay(order);
    await scene.expectAnswer("closed", { payment, order });
    await expectEnd(scene, { order, payer, others: [[payment, "surplus"]], discrepancies: ["surplus"] });
  });

  test("R32-b1 two accounts, both paid into because the older one could not be closed", async () => {
    const { scene, order } = await begin();
    const older = scene.pay(order, ACCOUNT);
    scene.emulator.override({ method: "DELETE", path: /^\/vbanks\// }, NOT_SUPPORTED);
    await scene.expectAnswer("vbankIssued", { payment: older, order });
    await pass(scene, SECOND_MS);
    const newer = scene.pay(order, ACCOUNT);
    await scene.expectAnswer("vbankIssued", { payment: newer, order });
    await scene.quiet();
    for (const account of [newer, older]) scene.emulator.deposit(account.imp_uid);
    await scene.webhook(newer);
    await scene.webhook(older);
    await pass(scene, SECOND_MS);
    await expectEnd(scene, { order, payer: newer, others: [[older, "surplus"]], discrepancies: ["surplus"] });
    assert.ok(scene.seenLines().includes(`DELETE /vbanks/${older.imp_uid}`));
  });

  test("R32-b2 two accounts, the older one paid into first, pays by the older and closes the newer", async () => {
    const { scene, order } = await begin();
    const older = scene.pay(order, ACCOUNT);
    scene.emulator.override({ method: "DELETE", path: /^\/vbanks\//, times: 1 }, NOT_SUPPORTED);
    await scene.expectAnswer("vbankIssued", { payment: older, order });
    await pass(scene, SECOND_MS);
    const newer = scene.pay(order, ACCOUNT);
    await scene.expectAnswer("vbankIssued", { payment: newer, order });
    await scene.quiet();
    scene.emulator.deposit(older.imp_uid);
    await scene.webhook(older);
    await pass(scene, SECOND_MS);
    assert.equal(scene.emulator.model.payment(newer.imp_uid)?.status, "failed", "closed at the gateway");
    await expectEnd(scene, { order, payer: older, others: [[newer, "observed"]], discrepancies: [] });
  });

  test("R32-c1 a card while an account waits closes the account", async () => {
    const { scene, order } = await begin();
    const account = scene.pay(order, ACCOUNT);
    await scene.expectAnswer("vbankIssued", { payment: account, order });
    const payer = await scene.expectHonestPaymentPays(order);
    await pass(scene, SECOND_MS);
    assert.equal(scene.emulator.model.payment(account.imp_uid)?.status, "failed", "closed at the gateway");
    await expectEnd(scene, { order, payer, others: [[account, "observed"]], discrepancies: [] });
  });

  test("R32-c2 a deposit that beats the closing of its account is surplus", async () => {
    const { scene, order } = await begin();
    const account = scene.pay(order, ACCOUNT);
    await scene.expectAnswer("vbankIssued", { payment: account, order });
    scene.emulator.deposit(account.imp_uid);
    const payer = await scene.expectHonestPaymentPays(order);
    await pass(scene, HOUR_MS * 24);
    await expectEnd(scene, { order, payer, others: [[account, "surplus"]], discrepancies: ["surplus"] });
  });

  test("R32-d1 that was given back before anybody looked leaves nothing to do", async () => {
    const { scene, order } = await begin();
    const payer = await scene.expectHonestPaymentPays(order);
    const payment = scene.pay(order);
    scene.emulator.silentCancel(payment.imp_uid);
    await scene.expectAnswer("closed", { payment, order });
    await expectEnd(scene, { order, payer, others: [[payment, "rejected"]], discrepancies: [] });
  });

  test("R32-d2 of an order whose first payment went back does not take its place", async () => {
    const { scene, order } = await begin();
    const payer = await scene.expectHonestPaymentPays(order);
    scene.emulator.silentCancel(payer.imp_uid);
    await scene.expectAnswer("success", { payment: payer, order });
    const payment = scene.pay(order);
    await scene.expectAnswer("closed", { payment, order });
    await scene.expectStored(order, {
      status: "refunded",
      paidBy: payer.imp_uid,
      payments: { [payer.imp_uid]: "reversed", [payment.imp_uid]: "surplus" },
      discrepancies: ["cancelled_elsewhere", "surplus"],
    });
    await scene.expectBystandersUnchanged();
  });
});

describe("a window whose confirm step did not run", () => {
  for (const { id, what, url } of [
    { id: "R33-a", what: "without a confirm_url", url: undefined },
    { id: "R33-b", what: "with a confirm_url of the buyer's that agrees to everything", url: "theirs" },
  ]) {
    for (const { part, amount } of [
      { part: 1, amount: PRICE },
      { part: 2, amount: 100 },
    ]) {
      test(`${id}${part} ${what} and ${amount} won is checked like any other`, async () => {
        await using theirs = await openReceiver();
        const { scene, order } = await begin();
        const confirm = url === undefined ? {} : { confirm_url: theirs.url };
        const params = { merchant_uid: order, amount, pg: "html5_inicis", pay_method: "card", ...confirm };
        const opening = scene.emulator.openWindow({ userCode: scene.emulator.userCode, params });
        assert.ok(opening.ok);
        const { payment } = opening;
        await scene.emulator.settleWindow(payment.imp_uid, { kind: "card" });
        assert.equal(theirs.received.length, url === undefined ? 0 : 1);
        const isExact = amount === PRICE;
        await scene.expectAnswer(isExact ? "success" : "forgery", { payment, order });
        await scene.expectStored(order, {
          status: isExact ? "paid" : "pending",
          ...(isExact ? { paidBy: payment.imp_uid } : {}),
          payments: { [payment.imp_uid]: isExact ? "applied" : "rejected" },
          discrepancies: isExact ? [] : ["amount_mismatch"],
        });
        await scene.expectNothingElse([scene.lookLine(payment)]);
      });
    }
  }
});
