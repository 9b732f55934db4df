// R46-b: the last items and a hundred buyers. Goal: as many pay as there are pieces, and no money of the others is taken. Method: the example shop
// counts, Dojang asks it, and the emulator's confirm process asks Dojang, for a hundred windows that are approved at the same time.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { PRODUCTS } from "../../examples/shop/pages.ts";
import { CONFIRM_PATH, startShop } from "../../examples/shop/server.ts";
import { createStock } from "../../examples/shop/stock.ts";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { freePort } from "../process/server-process.ts";
import { startTestDojang, TEST_API_KEY } from "../support/dojang.ts";

const KEY = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
const BUYERS = 100;
const TEACUP = PRODUCTS.find(({ id }) => id === "teacup") ?? assert.fail("the shop sells teacups");

// It stands still: however slow the machine is, the shop answers in time. The shop's own is the machine's.
const clock = new ManualClock(Date.now());
// Dojang and the shop know each other by address, so one of the two is chosen ahead.
const port = await freePort();
const emulator = await startEmulator({ seed: 4711 });
const dojang = await startTestDojang({
  emulator,
  clock,
  env: { DOJANG_CONFIRM_HOOK_URL: `http://127.0.0.1:${port}${CONFIRM_PATH}`, DOJANG_EVENTS_SECRET: KEY },
});
const shop = await startShop({
  host: "127.0.0.1",
  port,
  dojang: { url: dojang.url, apiKey: TEST_API_KEY },
  eventsSecret: KEY,
});
after(async () => {
  await shop.close();
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

/** Presses buy; the window that the hosted page opens then. */
async function openWindow(): Promise<{ imp_uid: string; merchant_uid: string }> {
  const bought = await fetch(`${shop.url}/buy`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `product=${TEACUP.id}`,
  });
  const checkoutUrl = bought.headers.get("location") ?? "";
  const merchant_uid = checkoutUrl.slice(checkoutUrl.lastIndexOf("/") + 1);
  const confirm_url = `${dojang.url}/payments/confirm`;
  assert.ok((await (await fetch(checkoutUrl)).text()).includes(confirm_url), "the page has i'mport ask");
  const params = { merchant_uid, name: TEACUP.name, amount: TEACUP.price, pay_method: "card", confirm_url };
  const opening = emulator.openWindow({ userCode: emulator.userCode, params });
  assert.ok(opening.ok);
  return opening.payment;
}

describe("the last teacups", () => {
  test(`R46-b are paid for by as many of ${BUYERS} buyers; the others' payments fail before any money moves`, async () => {
    const windows = await Promise.all(Array.from({ length: BUYERS }, openWindow));
    const settled = await Promise.all(
      windows.map(({ imp_uid }) => emulator.settleWindow(imp_uid, { kind: "card" })),
    );
    const paid = settled.flatMap((one) => (one?.payment.status === "paid" ? [one.payment] : []));
    assert.equal(paid.length, TEACUP.pieces);
    const reasons = new Set(settled.map((one) => one?.payment.fail_reason ?? null));
    assert.deepEqual(
      reasons,
      new Set([null, "고객사 요청에 의해 결제를 중단합니다. (상세사유 : 재고 부족)"]),
    );
    for (const { imp_uid, merchant_uid } of paid)
      assert.equal((await dojang.complete({ imp_uid, merchant_uid })).body.status, "success");
    const late = await openWindow();
    assert.equal((await emulator.settleWindow(late.imp_uid, { kind: "card" }))?.payment.status, "failed");
  });
});

describe("createStock()", () => {
  const MINUTE_MS = 60_000;

  test("createStock() keeps a piece for an order for ten minutes, and again when it is asked again", () => {
    const stock = createStock(new Map([["teacup", 1]]));
    assert.ok(stock.keep("a", "teacup", 0));
    assert.ok(!stock.keep("b", "teacup", MINUTE_MS));
    assert.ok(stock.keep("a", "teacup", 9 * MINUTE_MS));
    assert.ok(!stock.keep("b", "teacup", 18 * MINUTE_MS));
    assert.ok(stock.keep("b", "teacup", 19 * MINUTE_MS));
    assert.ok(!stock.keep("a", "teacup", 20 * MINUTE_MS));
  });

  test("createStock() never gives back what was sold, and has nothing of what it does not know", () => {
    const stock = createStock(new Map([["teacup", 2]]));
    assert.ok(stock.keep("a", "teacup", 0));
    stock.sell("a");
    assert.ok(stock.keep("b", "teacup", 1e12));
    assert.ok(!stock.keep("c", "teacup", 1e12));
    assert.ok(stock.keep("a", "teacup", 2e12));
    assert.ok(!stock.keep("d", "brush", 0));
    stock.sell("nobody");
  });
});
