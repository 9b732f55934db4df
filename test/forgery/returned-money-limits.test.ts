// R20 and R34: what bounds money that goes back by itself. Goal: the day's limits hold in count and amount, a crash or a refusal leads to
// no second refund, and a policy that was turned off gives nothing back. Method: a server of its own for each, restarted in between, a
// clock that stands still, and the gateway's own books as the judge.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { holdLook } from "../support/held-look.ts";
import {
  AFTER_MS,
  DAY_MS,
  HOUR_MS,
  openReturnStage,
  PRICE,
  type ReturnStage,
  type Stray,
} from "../support/return-stage.ts";

const CANCEL = { method: "POST", path: "/payments/cancel" } as const;
const ALL = { amount: PRICE, parts: 1 };
/** The stage's clock begins at 09:00 in Korea. */
const TO_MIDNIGHT_MS = 15 * HOUR_MS;

async function surpluses(stage: ReturnStage, amounts: readonly number[]): Promise<Stray[]> {
  const strays: Stray[] = [];
  for (const amount of amounts) strays.push((await stage.surplus({ amount })).stray);
  return strays;
}

function backOf(stage: ReturnStage, strays: readonly Stray[]): number[] {
  return strays.map((stray) => stage.back(stray).amount);
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
const limitAlarms = (stage: ReturnStage, strays: readonly Stray[]) =>
  strays
    .flatMap((stray) => stage.alarms(stray))
    .filter((alarm) => alarm === "money_return_limit daily_limit");

describe("the limits of a day", () => {
  test("R20-g two a day: the third waits for the next day in Korea, across a restart, with one alarm a day", async () => {
    await using stage = await openReturnStage({ DOJANG_RETURN_DAILY_COUNT: "2" });
    const strays = await surpluses(stage, [PRICE, PRICE, PRICE, PRICE, PRICE]);
    await stage.pass(AFTER_MS, HOUR_MS);
    assert.equal(sum(backOf(stage, strays)), 2 * PRICE);
    assert.equal(limitAlarms(stage, strays).length, 1);
    await stage.restart();
    await stage.pass(TO_MIDNIGHT_MS - HOUR_MS - 1);
    assert.equal(sum(backOf(stage, strays)), 2 * PRICE, "one millisecond before midnight in Korea");
    await stage.pass(1);
    assert.equal(sum(backOf(stage, strays)), 4 * PRICE);
    assert.equal(limitAlarms(stage, strays).length, 2);
    await stage.pass(DAY_MS, DAY_MS);
    assert.deepEqual(
      strays.map((stray) => stage.back(stray)),
      strays.map(() => ALL),
    );
    const tasks = await Promise.all(strays.map((stray) => stage.task(stray)));
    assert.deepEqual(new Set(tasks.map((task) => task?.state)), new Set(["done"]));
  });

  test("R20-g2 100,000 won a day: what has no room waits, what fits goes, what never fits is left with an alarm", async () => {
    await using stage = await openReturnStage({ DOJANG_RETURN_DAILY_AMOUNT: "KRW:100000" });
    const strays = await surpluses(stage, [100_001, 60_000, 60_000, 40_000]);
    const [tooMuch] = strays;
    assert.ok(tooMuch !== undefined);
    await stage.pass(AFTER_MS, HOUR_MS);
    const first = backOf(stage, strays);
    assert.deepEqual([first[0], sum(first)], [0, 100_000]);
    await stage.pass(TO_MIDNIGHT_MS);
    assert.deepEqual(backOf(stage, strays), [0, 60_000, 60_000, 40_000]);
    await stage.pass(DAY_MS, DAY_MS);
    assert.deepEqual(backOf(stage, strays), [0, 60_000, 60_000, 40_000]);
    assert.deepEqual(stage.alarms(tooMuch), ["money_kept above_daily_amount"]);
    assert.equal((await stage.discrepancies(tooMuch.order))[0]?.resolvedAt, undefined);
  });

  test("R20-g3 a currency that has no limit never goes back", async () => {
    await using stage = await openReturnStage();
    const order = await stage.order({ amount: 14.2, currency: "USD" });
    await stage.complete(stage.pay(order, { amount: 14.2, currency: "USD" }));
    const stray = stage.pay(order, { amount: 14.2, currency: "USD" });
    await stage.complete(stray);
    await stage.pass(AFTER_MS, DAY_MS);
    assert.deepEqual(
      [stage.back(stray).amount, stage.alarms(stray)],
      [0, ["money_kept currency_not_limited"]],
    );
  });
});

describe("the end of the process", () => {
  test("R20-j between the decision and the sending: it goes back once", async () => {
    await using stage = await openReturnStage();
    const { stray } = await stage.surplus();
    const path = `/payments/${stray.impUid}`;
    const held = holdLook(stage.emulator, { path, snapshot: "release" });
    stage.clock.advance(AFTER_MS);
    await held.taken();
    // From the second look on, which is the one before the sending, the gateway is down.
    stage.emulator.override({ method: "GET", path }, { status: 503, body: "" });
    held.release();
    await stage.pass(0);
    assert.deepEqual((await stage.task(stray))?.state, "done");
    assert.deepEqual(stage.sent(stray), []);
    await stage.dojang.close();
    stage.emulator.overrides.clear();
    await stage.restart();
    await stage.pass(HOUR_MS, DAY_MS);
    assert.deepEqual([stage.back(stray), stage.sent(stray).length], [ALL, 1]);
  });

  test("R20-j2 with the answer to the sending lost: it goes back once", async () => {
    await using stage = await openReturnStage();
    const { stray } = await stage.surplus();
    stage.emulator.override({ ...CANCEL, times: 1 }, { reset: true });
    await stage.pass(AFTER_MS);
    await stage.restart();
    await stage.pass(HOUR_MS, DAY_MS);
    assert.deepEqual([stage.back(stray), stage.sent(stray).length], [ALL, 1]);
  });

  test("R20-j3 with the gateway down for hours when it is due: it goes back once it is there again", async () => {
    await using stage = await openReturnStage();
    const { stray } = await stage.surplus();
    stage.emulator.override({ path: /^\/payments/ }, { status: 503, body: "" });
    await stage.pass(AFTER_MS, HOUR_MS);
    assert.deepEqual(await stage.discrepancies(stray.order).then(([one]) => one?.resolvedAt), undefined);
    await stage.restart();
    stage.emulator.overrides.clear();
    await stage.pass(HOUR_MS, HOUR_MS);
    assert.deepEqual([stage.back(stray), stage.sent(stray).length], [ALL, 1]);
  });
});

describe("a return that the PG refuses", () => {
  test("R34-h tells the shop of a new discrepancy, and is never tried again by itself", async () => {
    await using stage = await openReturnStage();
    const { stray } = await stage.surplus();
    stage.emulator.refuseCancels(stray.impUid, "점검중");
    await stage.pass(AFTER_MS, HOUR_MS);
    assert.deepEqual(stage.told(stray), [
      "payment.rejected",
      "discrepancy.opened",
      "discrepancy.resolved refund",
      "discrepancy.opened",
    ]);
    const sent = stage.sent(stray).length;
    stage.emulator.refuseCancels(stray.impUid, null);
    await stage.complete(stray);
    await stage.restart();
    await stage.pass(AFTER_MS, DAY_MS, DAY_MS);
    assert.deepEqual([stage.back(stray).amount, stage.sent(stray).length], [0, sent]);
    const open = (await stage.discrepancies(stray.order)).filter(
      ({ resolvedAt }) => resolvedAt === undefined,
    );
    assert.deepEqual(
      open.map(({ kind, cause }) => [kind, cause.split(":")[0]]),
      [["surplus", "refund_failed"]],
    );
  });
});

describe("a policy that changes", () => {
  test("R20-k under hold nothing goes back, nor later for what opened then", async () => {
    await using stage = await openReturnStage({ DOJANG_RETURN_MONEY: "hold" });
    const { stray } = await stage.surplus();
    await stage.pass(AFTER_MS, DAY_MS);
    assert.equal(await stage.task(stray), undefined);
    await stage.restart({ DOJANG_RETURN_MONEY: "refund" });
    await stage.complete(stray);
    await stage.pass(AFTER_MS, DAY_MS);
    assert.deepEqual([stage.back(stray).amount, stage.sent(stray)], [0, []]);
  });

  test("R20-k2 what was due is kept once the policy is hold", async () => {
    await using stage = await openReturnStage();
    const { stray } = await stage.surplus();
    await stage.restart({ DOJANG_RETURN_MONEY: "hold" });
    await stage.pass(AFTER_MS, DAY_MS);
    assert.deepEqual([stage.back(stray).amount, stage.sent(stray)], [0, []]);
    assert.deepEqual([(await stage.task(stray))?.state, stage.alarms(stray)], ["done", []]);
  });

  test("R20-h2 an operator who dismissed what it became later has decided on its money", async () => {
    await using stage = await openReturnStage({ DOJANG_ALLOWED_CHANNELS: "html5_inicis:INIpayTest" });
    const order = await stage.order();
    const stray = stage.pay(order, { pg_provider: "kakaopay", pg_id: "TC0ONETIME" });
    assert.equal((await stage.complete(stray)).body.status, "forgery");
    assert.equal((await stage.complete(stage.pay(order))).body.status, "success");
    await stage.restart({ DOJANG_ALLOWED_CHANNELS: "any" });
    await stage.complete(stray);
    const surplus = (await stage.discrepancies(order)).find(({ kind }) => kind === "surplus");
    const path = `/v1/discrepancies/${surplus?.id}/resolve`;
    const body = { action: "dismiss", reason: "the buyer wants both" };
    assert.equal((await stage.dojang.request("POST", path, { body })).status, 200);
    await stage.pass(AFTER_MS, DAY_MS);
    assert.deepEqual([stage.back(stray).amount, stage.sent(stray)], [0, []]);
  });

  test("R20-f a payment whose channel is allowed meanwhile pays its open order, and does not go back", async () => {
    await using stage = await openReturnStage({ DOJANG_ALLOWED_CHANNELS: "kakaopay:NOBODY" });
    const stray = stage.pay(await stage.order());
    assert.equal((await stage.complete(stray)).body.status, "forgery");
    await stage.restart({ DOJANG_ALLOWED_CHANNELS: "any" });
    await stage.pass(AFTER_MS, DAY_MS);
    const { body } = await stage.dojang.read(stray.order);
    assert.deepEqual([body.status, body.imp_uid], ["paid", stray.impUid]);
    assert.deepEqual([stage.back(stray).amount, stage.sent(stray)], [0, []]);
  });
});

test("R20-n a payment whose channel is allowed between the decision and the sending pays nothing", async () => {
  await using stage = await openReturnStage({ DOJANG_ALLOWED_CHANNELS: "kakaopay:NOBODY" });
  const stray = stage.pay(await stage.order());
  assert.equal((await stage.complete(stray)).body.status, "forgery");
  const path = `/payments/${stray.impUid}`;
  const held = holdLook(stage.emulator, { path, snapshot: "release" });
  stage.clock.advance(AFTER_MS);
  await held.taken();
  stage.emulator.override({ method: "GET", path }, { status: 503, body: "" });
  held.release();
  await stage.pass(0);
  assert.equal((await stage.task(stray))?.state, "done");
  await stage.dojang.close();
  stage.emulator.overrides.clear();
  await stage.restart({ DOJANG_ALLOWED_CHANNELS: "any" });
  await stage.complete(stray);
  await stage.pass(HOUR_MS, DAY_MS);
  const { body } = await stage.dojang.read(stray.order);
  assert.equal(body.imp_uid, null);
  assert.equal(stage.back(stray).parts, 1);
});
