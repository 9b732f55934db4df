// R20: money that goes back by itself is no weapon. Goal: by the policy `refund`, what fits no order goes back once, after the delay and
// by the worker alone, and nobody can make it take back what a victim paid. Method: stray and innocent payments over HTTP, a clock that
// stands still, and the gateway's own books as the judge.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import {
  AFTER_MS,
  type Back,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  openReturnStage,
  PRICE,
  type ReturnStage,
  type Stray,
} from "../support/return-stage.ts";

const NO_LIMIT = { DOJANG_RETURN_DAILY_COUNT: "1000", DOJANG_RETURN_DAILY_AMOUNT: "KRW:100000000" };
const stage = await openReturnStage(NO_LIMIT);
after(() => stage[Symbol.asyncDispose]());

const NOTHING: Back = { amount: 0, parts: 0 };
const ALL: Back = { amount: PRICE, parts: 1 };

/** Lets the delay and a day more pass: nothing of these went back, and nothing was sent. */
async function expectNothingBack(at: ReturnStage, ...strays: readonly Stray[]): Promise<void> {
  await at.pass(AFTER_MS, HOUR_MS, DAY_MS);
  for (const stray of strays) {
    assert.deepEqual(at.back(stray), NOTHING, stray.impUid);
    assert.deepEqual(at.sent(stray), []);
  }
}

async function resolve(order: string, action: "refund" | "dismiss") {
  const [discrepancy] = await stage.discrepancies(order);
  const body = { action, reason: "the buyer called" };
  return stage.dojang.request("POST", `/v1/discrepancies/${discrepancy?.id}/resolve`, { body });
}

const lookPath = ({ impUid }: Stray) => `/payments/${impUid}`;
const kindsOf = async (order: string) =>
  (await stage.discrepancies(order)).map(({ kind, resolution }) => [kind, resolution?.action]);

describe("money of a victim", () => {
  test("R20-a that paid an order, posted with another order: nothing ever goes back", async () => {
    const [own, other] = [await stage.order(), await stage.order()];
    const victim = stage.pay(own);
    assert.equal((await stage.complete(victim)).body.status, "success");
    for (const claimed of [other, own, other])
      await stage.dojang.webhook({ imp_uid: victim.impUid, merchant_uid: claimed });
    assert.equal((await stage.complete(victim, other)).body.status, "notFound");
    await expectNothingBack(stage, victim);
    assert.deepEqual([await kindsOf(own), await kindsOf(other)], [[], []]);
  });

  test("R20-b that is not applied yet, posted with another order: it pays its own, and nothing goes back", async () => {
    const [own, other] = [await stage.order(), await stage.order()];
    const victim = stage.pay(own);
    assert.equal((await stage.complete(victim, other)).body.status, "notFound");
    await expectNothingBack(stage, victim);
    assert.equal((await stage.dojang.read(own)).body.status, "paid");
    assert.deepEqual([await kindsOf(own), await kindsOf(other)], [[], []]);
  });

  test("R20-b2 that is not applied yet, named by webhook with another order that is paid", async () => {
    const { payer } = await stage.surplus();
    const own = await stage.order();
    const victim = stage.pay(own);
    await stage.dojang.webhook({ imp_uid: victim.impUid, merchant_uid: payer.order });
    await expectNothingBack(stage, victim, payer);
    assert.equal((await stage.dojang.read(own)).body.imp_uid, victim.impUid);
  });
});

describe("money that fits no order", () => {
  test("R20-c a surplus goes back once, whole, with checksum, by the worker and on no request", async () => {
    const { stray, payer } = await stage.surplus();
    await stage.pass(AFTER_MS - MINUTE_MS);
    await stage.complete(stray);
    await stage.dojang.webhook({ imp_uid: stray.impUid, merchant_uid: stray.order });
    await stage.dojang.request("POST", `/v1/orders/${stray.order}/verify`);
    await stage.pass(MINUTE_MS - 1);
    assert.deepEqual(stage.sent(stray), []);
    await stage.pass(1);
    assert.deepEqual(stage.back(stray), ALL);
    const [{ amount, checksum, reason } = {}, ...more] = stage.sent(stray);
    assert.deepEqual([amount, checksum, more.length], [String(PRICE), String(PRICE), 0]);
    assert.match(String(reason), /^\[rfd_[0-9a-f]{24}\] Returned by policy: surplus$/);
    await stage.complete(stray);
    await expectNothingBack(stage, payer);
    assert.deepEqual(stage.back(stray), ALL);
    const { body } = await stage.dojang.read(stray.order);
    assert.deepEqual([body.status, body.imp_uid, body.refunded_amount], ["paid", payer.impUid, 0]);
    const [found] = await stage.discrepancies(stray.order);
    assert.deepEqual(
      [found?.resolution?.action, found?.resolution?.actor, found?.resolution?.reason],
      ["refund", "dojang", "Returned by policy: surplus"],
    );
    assert.deepEqual(stage.told(stray), [
      "payment.rejected",
      "discrepancy.opened",
      "discrepancy.resolved refund",
    ]);
    assert.deepEqual(stage.alarms(stray), []);
  });

  test("R20-e captured money of another amount goes back, and its order still takes a right payment", async () => {
    const order = await stage.order();
    const cheap = stage.pay(order, { amount: 100 });
    assert.equal((await stage.complete(cheap)).body.status, "forgery");
    await stage.pass(AFTER_MS);
    assert.deepEqual(stage.back(cheap), { amount: 100, parts: 1 });
    const honest = stage.pay(order);
    assert.equal((await stage.complete(honest)).body.status, "success");
    await expectNothingBack(stage, honest);
  });

  test("R20-e2 money for an order that has expired goes back", async () => {
    const payBy = new Date(stage.clock.now() + HOUR_MS).toISOString();
    const order = await stage.order({ pay_by: payBy });
    await stage.pass(2 * HOUR_MS, HOUR_MS);
    assert.equal((await stage.dojang.read(order)).body.status, "expired");
    const late = stage.pay(order);
    assert.equal((await stage.complete(late)).body.status, "closed");
    await stage.pass(AFTER_MS);
    assert.deepEqual([stage.back(late), await kindsOf(order)], [ALL, [["paid_after_closing", "refund"]]]);
  });

  test("R20-l a surplus that twenty webhooks tell of goes back once", async () => {
    const order = await stage.order();
    await stage.complete(stage.pay(order));
    const stray = stage.pay(order);
    const hint = () => stage.dojang.webhook({ imp_uid: stray.impUid, merchant_uid: order });
    await Promise.all(Array.from({ length: 20 }, hint));
    await stage.pass(AFTER_MS, HOUR_MS);
    await Promise.all(Array.from({ length: 20 }, hint));
    await stage.pass(AFTER_MS, HOUR_MS);
    assert.deepEqual([stage.back(stray), stage.sent(stray).length], [ALL, 1]);
  });
});

describe("money that stays where it is", () => {
  test("R20-d orphans, foreign payments and what came before its order", async () => {
    const foreign = stage.pay("other-system-1");
    const unregistered = stage.dojang.dojang.deps.orderIds.mint();
    const orphan = stage.pay(unregistered);
    const early = stage.pay(stage.dojang.dojang.deps.orderIds.mint(), { amount: 100 });
    for (const stray of [foreign, orphan, early])
      await stage.dojang.webhook({ imp_uid: stray.impUid, merchant_uid: stray.order });
    await stage.pass(MINUTE_MS);
    await stage.order({ merchant_uid: early.order });
    await stage.pass(MINUTE_MS);
    assert.deepEqual(await kindsOf(early.order), [
      ["orphan", undefined],
      ["amount_mismatch", undefined],
    ]);
    await expectNothingBack(stage, foreign, orphan, early);
    assert.equal(await stage.task(orphan), undefined);
    assert.deepEqual(stage.alarms(early), ["money_kept orphan"]);
  });

  test("R20-d2 a payment with the PG transaction of the one that paid", async () => {
    const order = await stage.order();
    const payer = stage.pay(order, { pg_tid: "T-1" });
    await stage.complete(payer);
    const twin = stage.pay(order, { pg_tid: "T-1" });
    await stage.complete(twin);
    await expectNothingBack(stage, payer, twin);
    assert.deepEqual(stage.alarms(twin), ["money_kept shares_its_pg_transaction"]);
  });

  test("R20-d2b a payment whose PG transaction pays another order before it is due", async () => {
    const { stray } = await stage.surplus({ pg_tid: "T-2" });
    const payer = stage.pay(await stage.order(), { pg_tid: "T-2" });
    assert.equal((await stage.complete(payer)).body.status, "success");
    await expectNothingBack(stage, payer, stray);
    assert.deepEqual(stage.alarms(stray), ["money_kept shares_its_pg_transaction"]);
  });

  test("R20-d3 a deposit to a virtual account: an alarm once, and the discrepancy stays open", async () => {
    const { stray } = await stage.surplus({ pay_method: "vbank", vbank_num: "110987", vbank_name: "신한" });
    await expectNothingBack(stage, stray);
    assert.deepEqual(await kindsOf(stray.order), [["surplus", undefined]]);
    assert.deepEqual(stage.alarms(stray), ["money_kept account_required"]);
  });

  test("R20-d4 a payment of which somebody gave back a part in the console", async () => {
    const { stray } = await stage.surplus();
    stage.emulator.silentCancel(stray.impUid, 1000);
    await stage.pass(AFTER_MS, DAY_MS);
    assert.deepEqual([stage.back(stray).amount, stage.sent(stray)], [1000, []]);
    assert.deepEqual(stage.alarms(stray).slice(-1), ["money_kept cancelled"]);
  });

  test("R20-h an operator dismisses before the delay has passed", async () => {
    const { stray } = await stage.surplus();
    assert.equal((await resolve(stray.order, "dismiss")).status, 200);
    await expectNothingBack(stage, stray);
    assert.deepEqual(stage.alarms(stray), []);
  });

  test("R20-m a payment that the gateway does not show waits, and goes back once it is shown", async () => {
    const { stray } = await stage.surplus();
    const body = JSON.stringify({ code: 1, message: "존재하지 않는 결제정보입니다.", response: null });
    const found = stage.emulator.override({ path: lookPath(stray) }, { status: 404, body });
    await stage.pass(AFTER_MS, HOUR_MS, HOUR_MS);
    found();
    assert.deepEqual([stage.sent(stray), (await stage.task(stray))?.state], [[], "due"]);
    await stage.pass(HOUR_MS);
    assert.deepEqual(stage.back(stray), ALL);
  });

  test("R20-m2 a payment of which the gateway says less than before is left to an operator", async () => {
    const { stray } = await stage.surplus();
    const raw = { status: '"ready"', paid_at: "0" };
    const restored = stage.emulator.override({ path: lookPath(stray) }, { payment: { raw } });
    await stage.pass(AFTER_MS, MINUTE_MS);
    restored();
    await expectNothingBack(stage, stray);
    assert.deepEqual(stage.alarms(stray), ["money_kept payment_regressed"]);
  });

  test("R20-m3 a payment that the gateway shows under another order when it is due", async () => {
    const { stray } = await stage.surplus();
    const raw = { merchant_uid: JSON.stringify(await stage.order()) };
    stage.emulator.override({ path: lookPath(stray) }, { payment: { raw } });
    await expectNothingBack(stage, stray);
    assert.deepEqual(stage.alarms(stray), ["money_kept belongs_to_another_order"]);
  });

  test("R20-i an operator refunds by hand before the delay has passed: it goes back once", async () => {
    const { stray } = await stage.surplus();
    assert.equal((await resolve(stray.order, "refund")).status, 200);
    await stage.pass(1);
    assert.deepEqual(stage.back(stray), ALL);
    await stage.pass(AFTER_MS, DAY_MS);
    assert.deepEqual([stage.back(stray), stage.sent(stray).length], [ALL, 1]);
  });

  test("R20-i2 an operator refunds by hand at the very moment when it would go back: once", async () => {
    const { stray } = await stage.surplus();
    stage.clock.advance(AFTER_MS);
    await resolve(stray.order, "refund");
    await stage.pass(0, HOUR_MS);
    assert.deepEqual([stage.back(stray), stage.sent(stray).length], [ALL, 1]);
  });
});
