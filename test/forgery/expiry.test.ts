// R45: expiry while a payment is under way. Goal: money that came in time is never shut out by the clock, and an order that
// has expired is not paid by a look that began before. Method: looks that begin at a time of the test's choice, while an
// answer of the gateway is held. The final look is the first that begins 30 s after pay_by or later.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { type LookResult, lookAtOrder } from "../../src/usecases/look-at-order.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, type Scene } from "../support/forgery.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";
import { holdLook } from "../support/held-look.ts";

const clock = new ManualClock();
const world = await openWorld({ clock });
after(() => world.close());

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const PAY_WITHIN_MS = 5 * MINUTE_MS;
const LAST_CALL_MS = PAY_WITHIN_MS + 30 * SECOND_MS;
const NO_LIST = {
  status: 200,
  body: '{"code":0,"message":null,"response":{"total":0,"previous":0,"next":0,"list":[]}}',
};

/** A look that begins so long after the order was made; the clock of everybody else stands still. */
function look(order: string, afterMs = LAST_CALL_MS): Promise<LookResult> {
  const { deps } = world.dojang.dojang;
  const shifted = { now: () => clock.now() + afterMs, after: clock.after.bind(clock) };
  return lookAtOrder({ ...deps, clock: shifted }, { orderId: order });
}

function secondsAfter(ms: number): number {
  return Math.floor((clock.now() + ms) / SECOND_MS);
}

/** A scene with one order that is payable for five minutes. No webhook tells of anything. */
async function begin(): Promise<{ scene: Scene; order: string }> {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  scene.emulator.tokens.skewSeconds = 0;
  const payBy = new Date(clock.now() + PAY_WITHIN_MS).toISOString();
  return { scene, order: await scene.order({ pay_by: payBy }) };
}

function assertLooked(result: LookResult, { isExpired }: { isExpired: boolean }): void {
  assert.equal(result.kind, "looked");
  assert.equal(result.kind === "looked" && result.expiry.isExpired, isExpired);
}

async function expectStatus(scene: Scene, at: { order: string; status: string; paidBy?: string }) {
  const { order, events } = await scene.stored(at.order);
  assert.equal(order.status, at.status);
  assert.equal(order.imp_uid, at.paidBy ?? null);
  assert.equal(events.filter((type) => type === "order.expired").length, at.status === "expired" ? 1 : 0);
  assert.equal(events.filter((type) => type === "order.paid").length, at.status === "paid" ? 1 : 0);
}

describe("an order whose time runs out", () => {
  test("R45-j is not closed by a look that began before the last call, and is by one after it", async () => {
    const { scene, order } = await begin();
    for (const afterMs of [0, PAY_WITHIN_MS, PAY_WITHIN_MS + 1, LAST_CALL_MS - 1])
      assertLooked(await look(order, afterMs), { isExpired: false });
    await expectStatus(scene, { order, status: "pending" });
    assertLooked(await look(order), { isExpired: true });
    await expectStatus(scene, { order, status: "expired" });
    assertLooked(await look(order), { isExpired: false });
    await expectStatus(scene, { order, status: "expired" });
    await scene.expectBystandersUnchanged();
  });

  test("R45-k is closed by its own task, by nobody's asking", async () => {
    const { scene, order } = await begin();
    clock.advance(LAST_CALL_MS - 1);
    await scene.quiet();
    await expectStatus(scene, { order, status: "pending" });
    clock.advance(1);
    await scene.quiet();
    await expectStatus(scene, { order, status: "expired" });
    assert.ok(scene.seenLines().every((line) => line.startsWith(`GET /payments/findAll/${order}?`)));
  });

  test("R45-l its task finds the payment that neither browser nor webhook told of", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order, { paid_at: secondsAfter(PAY_WITHIN_MS) });
    clock.advance(LAST_CALL_MS);
    await scene.quiet();
    await expectStatus(scene, { order, status: "paid", paidBy: payment.imp_uid });
  });

  test("R45-m is paid by a payment of the last moment, completed after it", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order, { paid_at: secondsAfter(PAY_WITHIN_MS) });
    await scene.expectAnswer("success", { payment, order });
    assertLooked(await look(order), { isExpired: false });
    await expectStatus(scene, { order, status: "paid", paidBy: payment.imp_uid });
  });

  test("R45-n is not paid by a payment of a second later, which an operator sees", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order, { paid_at: secondsAfter(PAY_WITHIN_MS + SECOND_MS) });
    await scene.expectAnswer("closed", { payment, order });
    assertLooked(await look(order), { isExpired: true });
    await scene.expectAnswer("closed", { payment, order });
    await scene.expectStored(order, {
      status: "expired",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["paid_after_closing"],
    });
  });
});

describe("expiry while an answer is on its way", () => {
  test("R45-o a look whose list was asked for in time, and came late, closes nothing", async () => {
    const { scene, order } = await begin();
    const held = holdLook(scene.emulator, { path: `/payments/findAll/${order}`, snapshot: "arrival" });
    const looking = look(order, LAST_CALL_MS - 1);
    await held.taken();
    const payment = scene.pay(order, { paid_at: secondsAfter(PAY_WITHIN_MS) });
    held.release();
    assertLooked(await looking, { isExpired: false });
    await expectStatus(scene, { order, status: "pending" });
    assertLooked(await look(order), { isExpired: false });
    await expectStatus(scene, { order, status: "paid", paidBy: payment.imp_uid });
  });

  test("R45-p a payment that is completed while the final look waits for its list stays", async () => {
    const { scene, order } = await begin();
    const held = holdLook(scene.emulator, { path: `/payments/findAll/${order}`, snapshot: "arrival" });
    const looking = look(order);
    await held.taken();
    const payment = scene.pay(order);
    await scene.expectAnswer("success", { payment, order });
    held.release();
    assertLooked(await looking, { isExpired: false });
    await expectStatus(scene, { order, status: "paid", paidBy: payment.imp_uid });
  });

  test("R45-q a payment in the list of the final look is waited for, however slow its own answer", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    const held = holdLook(scene.emulator, { path: `/payments/${payment.imp_uid}`, snapshot: "release" });
    const looking = look(order);
    await held.taken();
    await expectStatus(scene, { order, status: "pending" });
    held.release();
    assertLooked(await looking, { isExpired: false });
    await expectStatus(scene, { order, status: "paid", paidBy: payment.imp_uid });
  });

  test("R45-r an order that expires between complete's look and its write is not paid, and the money is shown", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    const held = holdLook(scene.emulator, { path: `/payments/${payment.imp_uid}`, snapshot: "arrival" });
    const completing = scene.complete(payment, order);
    await held.taken();
    // A list that lags behind hides the payment from the final look.
    scene.emulator.override({ path: `/payments/findAll/${order}`, times: 1 }, NO_LIST);
    assertLooked(await look(order), { isExpired: true });
    held.release();
    assertOneAnswer(await completing, { word: "closed", merchantUid: order });
    await scene.expectStored(order, {
      status: "expired",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["paid_after_closing"],
      events: ["order.registered", "order.expired", "payment.rejected", "discrepancy.opened"],
    });
  });

  test("R45-s the final look that lists the payment waits for complete's, and one of both applies it", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    const held = holdLook(scene.emulator, { path: `/payments/${payment.imp_uid}`, snapshot: "arrival" });
    const completing = scene.complete(payment, order);
    await held.taken();
    const looking = look(order);
    held.release();
    assertOneAnswer(await completing, { word: "success", merchantUid: order });
    assertLooked(await looking, { isExpired: false });
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
      events: ["order.registered", "order.paid"],
    });
  });

  test("R45-t a deposit that meets the expiry is not lost: the account is closed or the money is shown", async () => {
    const { scene, order } = await begin();
    const vbank_date = Math.floor((clock.now() + PAY_WITHIN_MS) / SECOND_MS);
    const payment = scene.pay(order, { pay_method: "vbank", status: "ready", vbank_date });
    await scene.expectAnswer("vbankIssued", { payment, order });
    const held = holdLook(scene.emulator, { path: `/payments/findAll/${order}`, snapshot: "arrival" });
    const looking = look(order);
    await held.taken();
    scene.emulator.deposit(payment.imp_uid);
    held.release();
    assertLooked(await looking, { isExpired: true });
    await scene.quiet(); // the account is refused to be closed: it has been paid into
    await scene.webhook(payment);
    await scene.expectStored(order, {
      status: "expired",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["paid_after_closing"],
    });
    assert.ok(scene.seenLines().includes(`DELETE /vbanks/${payment.imp_uid}`));
  });
});

describe("a final look that cannot see", () => {
  const BLIND = [
    { id: "R45-u", what: "a list that fails", path: "/payments/findAll/", answer: { status: 500, body: "" } },
    { id: "R45-v", what: "a list that is none", path: "/payments/findAll/", answer: { body: "[]" } },
    { id: "R45-w", what: "a payment that fails", path: "/payments/imp", answer: { status: 503, body: "" } },
    { id: "R45-x", what: "a payment that breaks off", path: "/payments/imp", answer: { reset: true } },
  ];
  for (const { id, what, path, answer } of BLIND) {
    test(`${id} ${what} closes nothing, and the next look finds the money`, async () => {
      const { scene, order } = await begin();
      const payment = scene.pay(order);
      scene.emulator.override({ path: new RegExp(path), times: 1 }, answer);
      assert.notEqual((await look(order)).kind, "looked");
      await expectStatus(scene, { order, status: "pending" });
      assertLooked(await look(order), { isExpired: false });
      await expectStatus(scene, { order, status: "paid", paidBy: payment.imp_uid });
    });
  }

  test("R45-y a payment that cannot be read keeps the order open", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order, { omit: ["amount"] });
    assertLooked(await look(order), { isExpired: false });
    await expectStatus(scene, { order, status: "pending" });
    scene.emulator.edit(payment.imp_uid, { omit: [] });
    assertLooked(await look(order), { isExpired: false });
    await expectStatus(scene, { order, status: "paid", paidBy: payment.imp_uid });
  });

  test("R45-z a gateway whose clock is ten minutes off closes nothing", async () => {
    const { scene, order } = await begin();
    for (const skew of [600, -600]) {
      scene.emulator.tokens.skewSeconds = skew;
      assertLooked(await look(order), { isExpired: false });
      await expectStatus(scene, { order, status: "pending" });
    }
    scene.emulator.tokens.skewSeconds = 0;
    assertLooked(await look(order), { isExpired: true });
  });
});
