// Goal: on a phone the whole page leaves for the payment window; wherever it comes back from, and with whatever, the buyer sees what is true.
// Method: the whole sandbox, a real browser that says it is a phone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { changeSdk, newOrder, openForm, pressPay, screenIs } from "../support/hosted.ts";
import { type OpenShop, openShop } from "../support/open-shop.ts";

let shop: OpenShop;
before(async () => {
  shop = await openShop();
});
after(() => shop[Symbol.asyncDispose]());

describe("A buyer on a phone", { concurrency: 3 }, () => {
  test("leaves for the window and comes back to the seal", async () => {
    const { page, url, merchantUid, faults } = await openForm(shop, { isOnPhone: true });
    await pressPay(page);
    await page.waitForURL(/\/window/);
    await page.locator("#pay").click();
    await screenIs(page, "paid");
    assert.equal(page.url(), url, "the word of the address has been read and is gone");
    assert.equal((await shop.order(merchantUid)).status, "paid");
    assert.deepEqual(faults, []);
  });

  test("goes back from the window without paying, finds what they typed, and pays", async () => {
    const { page, merchantUid } = await openForm(shop, { isOnPhone: true });
    await pressPay(page);
    await page.waitForURL(/\/window/);
    await page.locator("#pay").waitFor();
    await page.goBack();
    await page.locator("#pay:enabled").waitFor();
    assert.equal(await page.locator("[name=tel]").inputValue(), "010-1234-5678");
    await page.locator("#pay").click();
    await page.waitForURL(/\/window/);
    await page.locator("#pay").click();
    await screenIs(page, "paid");
    assert.equal((await shop.order(merchantUid)).payments.length, 1);
  });

  test("is declined there, tries again from the result, and pays", async () => {
    const { page } = await openForm(shop, { isOnPhone: true });
    await pressPay(page);
    await page.locator("#fail").click();
    await screenIs(page, "failed");
    await page.locator("#again").click();
    await page.locator("#pay").click();
    await page.waitForURL(/\/window/);
    await page.locator("#pay").click();
    await screenIs(page, "paid");
  });

  test("comes back without the payment's id, as from some PGs, and is shown the account", async () => {
    const { url, merchantUid } = await newOrder(shop);
    const { page } = await shop.buyer({ isOnPhone: true });
    await changeSdk(page, "redirect=no_imp_uid");
    await page.goto(url);
    await pressPay(page, { method: "vbank" });
    await page.waitForURL(/\/window/);
    const back = page.waitForRequest(/\/payments\/redirect\?/);
    await page.locator("#pay").click();
    assert.equal(new URL((await back).url()).search, `?merchant_uid=${merchantUid}`);
    await screenIs(page, "account");
  });

  test("goes on to the shop's own page where the order names one", async () => {
    const { page, merchantUid } = await openForm(shop, {
      return_url: `${shop.sandbox.shopUrl}/result`,
      isOnPhone: true,
    });
    await pressPay(page);
    await page.waitForURL(/\/window/);
    await page.locator("#pay").click();
    await page.waitForURL(/\/result\?/);
    const { searchParams } = new URL(page.url());
    assert.deepEqual(Object.fromEntries(searchParams), { merchant_uid: merchantUid, status: "success" });
  });
});
