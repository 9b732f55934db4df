// R46-b: the last item and a hundred buyers. Goal: one of them pays for it, and no money of the others is taken. Method: the example shop
// counts, Dojang asks it, and the emulator's confirm process asks Dojang, for a hundred windows that are approved at the same time.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { CONFIRM_PATH, startShop } from "../../examples/shop/server.ts";
import { createStock } from "../../examples/shop/stock.ts";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { freePort } from "../process/server-process.ts";
import { startTestDojang, TEST_API_KEY } from "../support/dojang.ts";

const KEY = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
const BUYERS = 100;
const FORM = {
  product: "teacup",
  quantity: 1,
  pay_method: "card",
  buyer_name: "홍길동",
  buyer_tel: "010-1234-5678",
  buyer_email: "hong@example.com",
};

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
  dojangUrl: dojang.url,
  dojangApiKey: TEST_API_KEY,
  sdkUrl: `${emulator.url}/v1/iamport.js`,
  userCode: emulator.userCode,
  eventsSecret: KEY,
  confirms: true,
  stock: { teacup: 1 },
});
after(async () => {
  await shop.close();
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

/** What the shop hands to the page's IMP.request_pay, and the window that opens by it. */
async function openWindow(): Promise<{ imp_uid: string; merchant_uid: string }> {
  const response = await fetch(`${shop.url}/api/checkout`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(FORM),
  });
  const params = (await response.json()) as Record<string, unknown>;
  assert.equal(params["confirm_url"], `${dojang.url}/payments/confirm`);
  const opening = emulator.openWindow({ userCode: emulator.userCode, params });
  assert.ok(opening.ok);
  return opening.payment;
}

describe("the last teacup", () => {
  test(`R46-b is paid for by one of ${BUYERS} buyers; the others' payments fail before any money moves`, async () => {
    const windows = await Promise.all(Array.from({ length: BUYERS }, openWindow));
    const settled = await Promise.all(
      windows.map(({ imp_uid }) => emulator.settleWindow(imp_uid, { kind: "card" })),
    );
    const paid = settled.flatMap((one) => (one?.payment.status === "paid" ? [one.payment] : []));
    assert.equal(paid.length, 1);
    const reasons = new Set(settled.map((one) => one?.payment.fail_reason ?? null));
    assert.deepEqual(
      reasons,
      new Set([null, "고객사 요청에 의해 결제를 중단합니다. (상세사유 : 재고 부족)"]),
    );
    const [winner] = paid;
    assert.ok(winner);
    const { imp_uid, merchant_uid } = winner;
    assert.equal((await dojang.complete({ imp_uid, merchant_uid })).body.status, "success");
    const late = await openWindow();
    assert.equal((await emulator.settleWindow(late.imp_uid, { kind: "card" }))?.payment.status, "failed");
  });
});

describe("createStock()", () => {
  const MINUTE_MS = 60_000;
  const one = { product: "teacup", quantity: 1 };

  test("createStock() keeps a piece for an order for ten minutes, and again when it is asked again", () => {
    const stock = createStock({ teacup: 1 });
    assert.ok(stock.keep("a", one, 0));
    assert.ok(!stock.keep("b", one, MINUTE_MS));
    assert.ok(stock.keep("a", one, 9 * MINUTE_MS));
    assert.ok(!stock.keep("b", one, 18 * MINUTE_MS));
    assert.ok(stock.keep("b", one, 19 * MINUTE_MS));
    assert.ok(!stock.keep("a", one, 20 * MINUTE_MS));
  });

  test("createStock() never gives back what was sold, and has nothing of what it does not know", () => {
    const stock = createStock({ teacup: 3 });
    assert.ok(!stock.keep("a", { product: "teacup", quantity: 4 }, 0));
    assert.ok(stock.keep("a", { product: "teacup", quantity: 2 }, 0));
    stock.sell("a");
    assert.ok(!stock.keep("b", { product: "teacup", quantity: 2 }, 1e12));
    assert.ok(stock.keep("b", one, 1e12));
    assert.ok(!stock.keep("c", { product: "brush", quantity: 1 }, 0));
    stock.sell("nobody");
  });
});
