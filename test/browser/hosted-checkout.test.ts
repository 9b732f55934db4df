// Goal: a buyer whom the example shop sent to checkout_url ends on the page that is true, whatever they, their browser or the network do meanwhile.
// Method: the whole sandbox, a real browser, the order of record read beside the page.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import {
  askShopSide,
  buyAtShop,
  changePrepared,
  changeSdk,
  emulatorPayments,
  newOrder,
  openForm,
  payWindow,
  pressPay,
  pullLever,
  screenIs,
  wrapRequestPay,
} from "../support/hosted.ts";
import { type OpenShop, openShop } from "../support/open-shop.ts";
import { until } from "../support/until.ts";

let shop: OpenShop;
before(async () => {
  // Long enough for this machine, short enough to be waited for.
  shop = await openShop({
    env: { DOJANG_COMPLETE_BUDGET_MS: "400", IMP_CHANNEL_KEY: "channel-key-test-inicis-dojang0" },
  });
});
after(() => shop[Symbol.asyncDispose]());

const statusOf = async (merchantUid: string) => (await shop.order(merchantUid)).status;
/** The page's own name for its heading: it takes the focus where a screen follows the buyer's own act. */
const focused = (page: Page) => page.evaluate("document.activeElement?.textContent");

// At the same time: each has a browser window, an order and a buyer of its own, and most of their time is waiting.
const TOGETHER = { concurrency: 3 };

describe("A buyer at the hosted checkout", TOGETHER, () => {
  test("pays by card and gets the seal, the receipt and the way back", async () => {
    const { page, merchantUid, faults } = await buyAtShop(shop);
    await pressPay(page);
    assert.equal(await payWindow(page).locator("#amount").textContent(), "48,000원");
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "paid");
    await page.getByRole("img", { name: "결제 확인 도장" }).waitFor();
    assert.equal(await focused(page), "결제가 완료되었습니다");
    const receipt = page.getByRole("link", { name: /영수증 보기/ });
    assert.equal(await receipt.getAttribute("rel"), "noopener noreferrer");
    const opened = page.waitForEvent("popup");
    await receipt.click();
    await (await opened).locator("#receipt").getByText("48,000원").waitFor();
    assert.equal(
      await page.getByRole("link", { name: "상점으로 돌아가기" }).getAttribute("href"),
      `${shop.sandbox.shopUrl}/order?merchant_uid=${merchantUid}&status=success`,
    );
    const order = await shop.order(merchantUid);
    assert.equal(order.status, "paid");
    assert.deepEqual(
      order.payments.map(({ verdict }: { verdict: string }) => verdict),
      ["applied"],
    );
    assert.deepEqual(faults, []);
  });

  test("gets an account, copies its number, and sees the deposit arrive", async () => {
    const { page, context, merchantUid, faults } = await buyAtShop(shop);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await pressPay(page, { method: "vbank" });
    await payWindow(page).getByRole("radio", { name: "우리은행" }).check();
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "account");
    const order = await shop.order(merchantUid);
    const { vbank_num, vbank_holder } = order.virtual_account;
    const shown = await page.getByRole("region", { name: "입금 계좌" }).textContent();
    for (const part of ["우리은행", vbank_num, vbank_holder, "48,000원", "한국\u00a0시간"])
      assert.ok(shown?.includes(part), `the account names ${part}: ${shown}`);
    await page.getByRole("button", { name: /복사/ }).click();
    await page.getByText("복사했습니다").waitFor();
    assert.equal(await page.evaluate("navigator.clipboard.readText()"), vbank_num);

    await page.evaluate("window.isTheSamePage = true");
    await pullLever(shop, `/payments/${order.payments[0].imp_uid}/deposit`);
    await screenIs(page, "paid");
    assert.equal(await page.evaluate("window.isTheSamePage"), true);
    assert.equal(await page.locator("[role=status]").last().textContent(), "결제가 완료되었습니다");
    assert.deepEqual(faults, []);
  });

  test("is declined, reads why, tries again and pays the same order", async () => {
    const { page, merchantUid, faults } = await buyAtShop(shop);
    await pressPay(page);
    await payWindow(page).locator("#fail").click();
    await screenIs(page, "failed");
    assert.equal(await page.locator("#reason").textContent(), "사유: 한도초과");
    await page.getByRole("button", { name: "다시 결제하기" }).click();
    assert.equal(await page.locator("[name=name]").inputValue(), "홍길동");
    await page.locator("#pay").click();
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "paid");
    const order = await shop.order(merchantUid);
    assert.deepEqual(order.payments.map(({ status }: { status: string }) => status).sort(), [
      "failed",
      "paid",
    ]);
    assert.deepEqual(faults, []);
  });

  test("changes the amount in the page's own script, pays less, and it is a forgery", async () => {
    const { page, merchantUid } = await buyAtShop(shop);
    await until("the gateway holds the amount", async () => {
      const tasks = await shop.sandbox.dojang.deps.store.readTasks({ orderId: merchantUid, limit: 100 });
      return tasks.some(({ kind, state }) => kind === "prepare" && state === "done");
    });
    // The page's own request, at the last moment before the vendor's script gets it.
    await wrapRequestPay(page, "honest({ ...params, amount: 100, confirm_url: undefined }, callback)");
    await pressPay(page);
    await screenIs(page, "failed"); // the gateway holds the amount, and opens no window for another one
    assert.deepEqual(await emulatorPayments(shop, merchantUid), []);
    await changePrepared(shop, { merchantUid, amount: 100 });
    await page.locator("#again").click();
    await page.locator("#pay").click();
    await payWindow(page).locator("#amount").getByText("100원", { exact: true }).waitFor();
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "forgery");
    const order = await shop.order(merchantUid);
    assert.equal(order.status, "pending");
    assert.equal(order.payments[0].verdict, "rejected");
    assert.equal(await page.getByRole("img", { name: "결제 확인 도장" }).count(), 0);
    await page.reload();
    await page.locator("#pay").waitFor();
  });

  test("pays through the order's own channel, with its tax", async () => {
    const { page, merchantUid } = await openForm(shop, {
      tax_free: 8000,
      vat_amount: 3636,
      allowed: { pay_methods: ["card"], channels: ["tosspayments"] },
    });
    await page.locator("#pay:enabled").waitFor();
    assert.equal(await page.locator("[name=pay_method]").count(), 1);
    await pressPay(page);
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "paid");
    const [payment] = await emulatorPayments(shop, merchantUid);
    assert.equal(payment?.pg_provider, "tosspayments");
    assert.deepEqual([payment?.meta?.taxFree, payment?.meta?.vatAmount], ["8000", "3636"]);
  });

  test("presses pay twice, and one window opens", async () => {
    const { page, merchantUid } = await buyAtShop(shop);
    await wrapRequestPay(page, "(window.calls = (window.calls ?? 0) + 1, honest(params, callback))");
    await page.locator("[name=name]").fill("홍길동");
    await page.locator("[name=tel]").fill("010-1234-5678");
    await page.locator("#pay").dblclick();
    await payWindow(page).locator("#pay").waitFor();
    assert.equal(await page.evaluate("window.calls"), 1);
    assert.equal(await page.locator("iframe").count(), 1);
    await payWindow(page).locator("#pay").dblclick();
    await screenIs(page, "paid");
    assert.equal((await emulatorPayments(shop, merchantUid)).length, 1);
  });

  test("closes the browser right after paying, and the order is paid", async () => {
    const { page, context, merchantUid, url } = await buyAtShop(shop);
    const called = Promise.withResolvers<void>();
    await page.route("**/payments/complete", async (route) => {
      called.resolve();
      await route.abort();
    });
    await pressPay(page);
    await payWindow(page).locator("#pay").click();
    await called.promise;
    await context.close();
    await until("the order is paid", async () => (await statusOf(merchantUid)) === "paid");
    const later = await shop.buyer();
    await later.page.goto(url);
    await screenIs(later.page, "paid");
  });

  test("pays an order that the shop has cancelled meanwhile, and no money moves", async () => {
    const { page, merchantUid } = await buyAtShop(shop);
    await page.locator("#pay:enabled").waitFor();
    await askShopSide(shop, `/v1/orders/${merchantUid}/cancel`, { reason: "품절" });
    await pressPay(page);
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "cancelled");
    assert.equal(await page.locator("#again").count(), 0);
  });

  test("without the vendor's script is told so, and can press again", async () => {
    const { page } = await buyAtShop(shop);
    await page.route("**/v1/iamport.js", (route) => route.abort());
    await pressPay(page);
    await page.getByRole("alert").getByText("결제창을 불러오지 못했습니다").waitFor();
    await page.unroute("**/v1/iamport.js");
    await page.locator("#pay").click();
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "paid");
  });

  test("cannot see the window, opens it again, and pays", async () => {
    const { url } = await newOrder(shop);
    const { page } = await shop.buyer();
    await page.clock.install();
    await page.route("**/window", (route) => route.abort());
    await page.goto(url);
    await pressPay(page);
    await page.locator("iframe").waitFor({ state: "attached" });
    await page.unroute("**/window");
    await page.clock.fastForward(7000);
    await page.getByRole("button", { name: "다시 열기" }).press("Enter");
    await payWindow(page).locator("#pay").click();
    await page.clock.fastForward(7000);
    await screenIs(page, "paid");
  });

  test("loses the connection while waiting for the deposit, is told, and has it back", async () => {
    const { page, context } = await buyAtShop(shop);
    await page.clock.install();
    await page.reload();
    await pressPay(page, { method: "vbank" });
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "account");
    const lost = page.locator(".message", { hasText: "연결이 끊겼습니다" });
    await context.setOffline(true);
    await page.clock.fastForward(4000);
    await lost.waitFor();
    await screenIs(page, "account");
    await context.setOffline(false);
    await page.clock.fastForward(4000);
    await lost.waitFor({ state: "detached" });
    await context.close();
  });

  test("goes away after paying and comes back by the back button to what is true", async () => {
    const { page, url } = await buyAtShop(shop);
    await pressPay(page);
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "paid");
    await page.goto(`${shop.sandbox.shopUrl}/`);
    await page.goBack();
    assert.equal(page.url(), url);
    await screenIs(page, "paid");
  });

  test("is verified by a callback that carries four fields only", async () => {
    const { url } = await newOrder(shop);
    const { page } = await shop.buyer();
    await changeSdk(page, "callback=four");
    await page.goto(url);
    await pressPay(page);
    await page.locator('script[src$="callback=four"]').waitFor({ state: "attached" });
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "paid");
  });
});

describe("A buyer at the hosted checkout, with the gateway in trouble", () => {
  test("waits while the gateway is slow, and sees the result come", async () => {
    const { page, merchantUid } = await buyAtShop(shop);
    await pullLever(shop, "/webhooks/settings", { auto: false });
    await pullLever(shop, "/delay", { ms: 1500 });
    try {
      await pressPay(page);
      await payWindow(page).locator("#pay").click();
      await screenIs(page, "checking");
      assert.equal(await page.locator("[data-screen]").getAttribute("aria-busy"), "true");
      assert.equal(await statusOf(merchantUid), "pending");
      await pullLever(shop, "/delay", { ms: 0 });
      await screenIs(page, "paid");
    } finally {
      await pullLever(shop, "/delay", { ms: 0 });
      await pullLever(shop, "/webhooks/settings", { auto: true });
    }
  });

  test("pays what is cancelled before Dojang sees it, and is told that it does not count", async () => {
    const { page, merchantUid } = await buyAtShop(shop);
    await pullLever(shop, "/webhooks/settings", { auto: false });
    try {
      await page.route("**/payments/complete", async (route) => {
        await pullLever(shop, `/payments/${route.request().postDataJSON().imp_uid}/cancel`);
        await route.continue();
      });
      await pressPay(page);
      await payWindow(page).locator("#pay").click();
      await screenIs(page, "closed");
      assert.equal(await statusOf(merchantUid), "pending");
    } finally {
      await pullLever(shop, "/webhooks/settings", { auto: true });
    }
  });
});
