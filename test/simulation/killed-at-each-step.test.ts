// Goal: there is no point at which the end of the process loses a refund or doubles it. Method: one short world, run again and again,
// killed one point later each time until it lives through; points are what leaves, takes effect or commits, before and after.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { amountText } from "../../src/domain/money.ts";
import { completePayment } from "../../src/usecases/complete-payment.ts";
import { registerOrder } from "../../src/usecases/register-order.ts";
import { entries } from "../support/bank.ts";
import { makeBlankDatabase, makeWorkFolder } from "./blank-database.ts";
import { makePlan, type Plan } from "./plan.ts";
import { end } from "./run-seed.ts";
import { askRefund } from "./steps/refunds.ts";
import { SECOND_MS } from "./virtual-time.ts";
import { World } from "./world.ts";

const AMOUNT = { amountMinor: 50_000, currency: "KRW" } as const;
/** No trouble but the one that the test makes. */
const PLAN: Plan = {
  ...makePlan(1),
  faults: new Set(),
  steps: [],
  setting: { ...makePlan(1).setting, isLive: false, hasEvents: true, prepare: "off" },
};
let folder = "";
let blank = "";

before(async () => {
  folder = makeWorkFolder();
  blank = await makeBlankDatabase(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Two refunds at once, and the process dies at that point. @returns whether it lived so long */
async function killedAt(points: number): Promise<boolean> {
  const own = mkdtempSync(join(folder, "killed-"));
  const path = join(own, "dojang.db");
  copyFileSync(blank, path);
  const world = new World(PLAN, { folder: own, path });
  const begun = world.begin();
  await world.time.pass(100);
  await begun;
  const orderId = await payOne(world);
  world.life?.endAt(points);
  for (const [key, amount] of [
    ["some", 100],
    ["rest", "all"],
  ] as const) {
    const wish = { key, orderId, amount, isAnswered: false };
    world.asked.push(wish);
    askRefund(world, wish);
    askRefund(world, wish);
  }
  await world.pass(5 * SECOND_MS);
  const hasDied = world.counts.crashes > 0;
  await end(world, { daysMin: 1 });
  const [payment] = world.bank.payments();
  const what = `killed at point ${points}\n${world.story.about([])}`;
  assert.equal(payment === undefined ? 0 : entries(payment).length, 2, what);
  assert.equal(world.books.orders()[0]?.status, "refunded", what);
  await world.close();
  return hasDied;
}

async function payOne(world: World): Promise<string> {
  let orderId = "";
  const wish = { name: "감귤", amount: AMOUNT, orderId: "shop-one-order" };
  world.ask(
    "an order",
    ({ deps }) => registerOrder(deps, wish),
    (outcome) => {
      if (outcome.kind === "registered") orderId = outcome.order.orderId;
    },
  );
  await world.pass(SECOND_MS);
  world.ordered.push({ orderId, amountMinor: AMOUNT.amountMinor, currency: "KRW", kind: "card" });
  const wanted = { merchant_uid: orderId, amount: amountText(AMOUNT), sandbox: true };
  const { imp_uid: paymentId } = world.bank.model.createPayment(wanted);
  world.ask(
    "a browser completes it",
    ({ deps }) => completePayment(deps, { paymentId, orderId }),
    (outcome) => assert.equal(outcome.kind, "success"),
  );
  await world.pass(10 * SECOND_MS);
  return orderId;
}

test("R60-a5 two refunds of one payment are each carried out once when the process dies at any one point", async () => {
  let points = 1;
  while (await killedAt(points)) points += 1;
  assert.ok(points > 20, `it took ${points} points`);
});
