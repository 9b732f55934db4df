import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { FrameLocator, Page } from "playwright-core";
import { startShop } from "../../examples/shop/server.ts";
import { changePrepared } from "../support/hosted.ts";
import { type Buyer, type OpenShop, openShop } from "../support/open-shop.ts";
import { until } from "../support/until.ts";

let shop: OpenShop;
before(async () => {
  shop = await openShop();
});
after(async () => {
  await shop[Symbol.asyncDispose]();
});

/** Fills the checkout page for one product and presses pay. */
async function checkOut(
  page: Page,
  { product = "inkstone", method = "card", at = shop.sandbox.shopUrl } = {},
): Promise<void> {
  await page.goto(`${at}/checkout?product=${product}`);
  await page.getByLabel("이름 Name").fill("홍길동");
  await page.getByLabel("휴대폰").fill("010-1234-5678");
  await page.getByLabel("이메일").fill("hong@example.com");
  await page.locator(`[name=pay_method][value=${method}]`).check();
  await page.locator("#pay").click();
}

const overlay = (page: Page): FrameLocator => page.frameLocator("iframe");

/** The result page once it shows this view; the order's number. */
async function resultOf(page: Page, view: string): Promise<string> {
  await page.locator(`#result[data-view=${view}]`).waitFor();
  return new URL(page.url()).searchParams.get("merchant_uid") ?? "";
}

function assertNoFaults({ faults }: Buyer): void {
  assert.deepEqual(faults, []);
}

describe("A buyer at the shop", () => {
  test("pays by card and sees the order verified", async () => {
    const buyer = await shop.buyer();
    const { page } = buyer;
    await page.goto(shop.sandbox.shopUrl);
    await page
      .getByRole("link", { name: /구매하기/ })
      .nth(2)
      .click();
    await page.waitForURL(/checkout\?product=inkstone/);
    await checkOut(page);
    const payWindow = overlay(page);
    await payWindow.getByText("실제로 돈이 움직이지 않습니다").waitFor();
    assert.equal(await payWindow.locator("#amount").textContent(), "48,000원");
    const verified = page.waitForResponse(
      (answer) => answer.url().endsWith("/payments/complete") && answer.request().method() === "POST",
    );
    await payWindow.locator("#pay").click();
    assert.equal((await verified).status(), 200);

    const merchantUid = await resultOf(page, "paid");
    assert.equal(await page.locator("#stamp").isVisible(), true);
    const order = await shop.order(merchantUid);
    assert.equal(order.status, "paid");
    assert.equal(order.payments.length, 1);
    assert.equal(order.payments[0].verdict, "applied");

    await page.goto(`${shop.sandbox.shopUrl}/orders`);
    await page.getByText("결제 완료 · Paid").waitFor();
    assertNoFaults(buyer);
  });

  test("gets a virtual account, deposits, and sees the order paid", async () => {
    const buyer = await shop.buyer();
    const { page } = buyer;
    await checkOut(page, { product: "teacup", method: "vbank" });
    await overlay(page).getByRole("radio", { name: "우리은행" }).check();
    await overlay(page).locator("#pay").click();

    const merchantUid = await resultOf(page, "awaiting");
    const order = await shop.order(merchantUid);
    assert.equal(order.status, "awaiting_deposit");
    const shown = (await page.locator("#account").textContent()) ?? "";
    for (const part of [
      "우리은행",
      order.virtual_account.vbank_num,
      order.virtual_account.vbank_holder,
      "24,000원",
    ]) {
      assert.ok(shown.includes(part), `the account card names ${part}: ${shown}`);
    }

    const admin = await buyer.context.newPage();
    await admin.goto(`${shop.sandbox.emulatorUrl}/admin`);
    await admin.getByRole("row").filter({ hasText: merchantUid }).getByRole("button").click();
    await admin.getByRole("button", { name: "입금하기" }).click();
    await resultOf(page, "paid");
    assert.equal((await shop.order(merchantUid)).status, "paid");
    assertNoFaults(buyer);
  });

  test("is declined, tries again, and pays the same order", async () => {
    const buyer = await shop.buyer();
    const { page } = buyer;
    await checkOut(page);
    await overlay(page).locator("#fail").click();
    await page.locator("#problem").getByText("한도초과").waitFor();
    await page.locator("#pay").click();
    await overlay(page).locator("#pay").click();
    const order = await shop.order(await resultOf(page, "paid"));
    assert.equal(order.status, "paid");
    await page.goto(`${shop.sandbox.shopUrl}/orders`);
    await page.locator(".orders > li").waitFor();
    assert.equal(await page.locator(".orders > li").count(), 1);
    assertNoFaults(buyer);
  });

  test("changes the amount in the page's own script, pays less, and gets nothing", async () => {
    const { page } = await shop.buyer();
    await page.goto(`${shop.sandbox.shopUrl}/checkout?product=inkstone`);
    // The shop's policy lets no page evaluate text, so the wait asks from outside.
    await until("the SDK has loaded", () => page.evaluate("Boolean(window.IMP)"));
    await page.evaluate(`{
      const honest = window.IMP.request_pay;
      window.IMP.request_pay = (params, callback) => honest({ ...params, amount: 100, confirm_url: undefined }, callback);
    }`);
    let merchantUid = "";
    await page.route("**/api/checkout", async (route) => {
      const response = await route.fetch();
      merchantUid = (await response.json()).merchant_uid;
      await until("it is prepared", async () => {
        const tasks = await shop.sandbox.dojang.deps.store.readTasks({ orderId: merchantUid, limit: 100 });
        return tasks.some(({ kind, state }) => kind === "prepare" && state === "done");
      });
      await route.fulfill({ response });
    });
    await page.getByLabel("이름 Name").fill("임꺽정");
    await page.getByLabel("휴대폰").fill("010-1234-5678");
    await page.getByLabel("이메일").fill("lim@example.com");
    await page.locator("#pay").click();
    await page.locator("#problem").getByText("일치하지 않습니다").waitFor();
    assert.deepEqual((await shop.order(merchantUid)).payments, []);
    // Where the gateway was told of no amount, as by a shop that turned that off, the window opens.
    await changePrepared(shop, { merchantUid, amount: 100 });
    await page.locator("#pay").click();
    await overlay(page).locator("#amount").getByText("100원", { exact: true }).waitFor();
    await overlay(page).locator("#pay").click();
    const order = await shop.order(await resultOf(page, "forgery"));
    assert.equal(order.status, "pending");
    assert.equal(order.payments[0].verdict, "rejected");
    assert.equal(await page.locator("#stamp").isVisible(), false);
  });

  test("is verified by a callback that carries four fields only", async () => {
    const { page } = await shop.buyer();
    await page.route("**/api/shop", async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { ...answer, sdkUrl: `${answer.sdkUrl}?callback=four` } });
    });
    await checkOut(page);
    await overlay(page).locator("#pay").click();
    await resultOf(page, "paid");
  });
});

describe("A buyer on a phone", () => {
  test("leaves for the payment window and comes back to a verified order", async () => {
    const buyer = await shop.buyer({ isOnPhone: true });
    const { page } = buyer;
    await checkOut(page);
    await page.waitForURL(/\/window/);
    await page.locator("#pay").click();
    const merchantUid = await resultOf(page, "paid");
    assert.deepEqual([...new URL(page.url()).searchParams.keys()].sort(), ["merchant_uid", "status"]);
    assert.equal((await shop.order(merchantUid)).status, "paid");
    assertNoFaults(buyer);
  });

  test("is declined there, tries again from the result page, and pays the same order", async () => {
    const buyer = await shop.buyer({ isOnPhone: true });
    const { page } = buyer;
    await checkOut(page, { product: "brush" });
    await page.locator("#fail").click();
    const merchantUid = await resultOf(page, "failed");
    await page.locator("#retry").click();
    await page.locator("#pay").click();
    await page.waitForURL(/\/window/);
    await page.locator("#pay").click();
    assert.equal(await resultOf(page, "paid"), merchantUid);
    assertNoFaults(buyer);
  });
});

test("The shop says so when Dojang is not there", async () => {
  const lonely = await startShop({
    host: "127.0.0.1",
    port: 0,
    dojangUrl: "http://127.0.0.1:9",
    dojangApiKey: "no-key",
    sdkUrl: `${shop.sandbox.emulatorUrl}/v1/iamport.js`,
    userCode: "imp00000001",
  });
  try {
    const { page } = await shop.buyer();
    await checkOut(page, { at: lonely.url });
    await page.locator("#problem").getByText("cannot be reached").waitFor();
    assert.equal(await page.locator("#pay").isEnabled(), true);
    await page.goto(`${lonely.url}/result?merchant_uid=dj_0000000000`);
    await page.locator("#message-en").getByText("If you have paid, that is not lost").waitFor();
    await page.goto(`${lonely.url}/orders`);
    await page.locator("#problem").getByText("cannot be reached").waitFor();
  } finally {
    await lonely.close();
  }
});
