// Goal: an order that is to be paid into a virtual account lives to its end without the buyer's browser: it is closed the moment the
// account is issued, before the page could tell Dojang of anything. Method: the whole sandbox under a clock that the test moves, a real
// browser from the shop to the checkout, the deposit by the emulator's lever; in the second run the gateway sends no webhook at all.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { buyAtShop, payWindow, pressPay, pullLever } from "../support/hosted.ts";
import { type OpenShop, openShop } from "../support/open-shop.ts";
import { until } from "../support/until.ts";

const clock = new ManualClock(Date.now()); // the shop checks the age of signatures by the machine's clock
let shop: OpenShop;
before(async () => {
  shop = await openShop({ clock });
});
after(() => shop[Symbol.asyncDispose]());

/** Buys by virtual account; the page is gone before its call to Dojang leaves. */
async function buyAndLeave(product: string) {
  const { page, context, merchantUid, faults } = await buyAtShop(shop, { product });
  const called = Promise.withResolvers<void>();
  await page.route("**/payments/complete", async (route) => {
    called.resolve();
    await route.abort();
  });
  await pressPay(page, { method: "vbank" });
  await payWindow(page).getByRole("radio", { name: "우리은행" }).check();
  await payWindow(page).locator("#pay").click();
  await called.promise;
  await page.close();
  return { context, merchantUid, faults };
}

/** The order once it has this state; until then time moves on by steps, and what falls due meanwhile runs. */
const orderIn = (status: string, { merchantUid, stepMs }: { merchantUid: string; stepMs: number }) =>
  until(`the order is ${status}`, async () => {
    const order = await shop.order(merchantUid);
    if (order.status === status) return order;
    clock.advance(stepMs);
    return undefined;
  });

describe("A virtual account whose buyer closed the browser right after its issue", () => {
  for (const [what, { auto, stepMs, withinMs, product }] of [
    // Too soon for any look and any list.
    ["the gateway's webhooks", { auto: true, stepMs: 50, withinMs: 10_000, product: "teacup" }],
    [
      "lists and looks, every webhook lost",
      { auto: false, stepMs: 5000, withinMs: 120_000, product: "inkstone" },
    ],
  ] as const) {
    test(`is paid and shipped by ${what}`, async () => {
      await pullLever(shop, "/webhooks/settings", { auto });
      const startedAt = clock.now();
      const { context, merchantUid, faults } = await buyAndLeave(product);
      const issued = await orderIn("awaiting_deposit", { merchantUid, stepMs });
      const page = await context.newPage();
      await page.goto(`${shop.sandbox.shopUrl}/order?merchant_uid=${merchantUid}`);
      await page.getByText(`우리은행 ${issued.virtual_account.vbank_num}`).waitFor();
      await pullLever(shop, `/payments/${issued.payments[0].imp_uid}/deposit`);
      await orderIn("paid", { merchantUid, stepMs });
      assert.ok(clock.now() - startedAt < withinMs, `after ${clock.now() - startedAt} ms`);
      // The shop's page looks again by itself.
      await page.getByText("결제가 확인되었습니다").waitFor();
      await page.locator("dd time").waitFor();
      assert.deepEqual(faults, []);
      await context.close();
    });
  }
});
