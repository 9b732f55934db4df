// Goal: whoever types `npm start` gets from a shop to money given back with a browser alone: each page leads to the next, and what must be
// typed is printed. And on a phone, where the whole page leaves for the payment window, the buyer sees what is true wherever they come back
// from, and with whatever. Method: the whole sandbox, a real browser, the order of record read beside the page.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { sandboxPanel } from "../../src/cli/panel.ts";
import { violations } from "../support/axe.ts";
import {
  buyAtShop,
  changeSdk,
  newOrder,
  openForm,
  payWindow,
  pressPay,
  screenIs,
} from "../support/hosted.ts";
import { type OpenShop, openShop } from "../support/open-shop.ts";

let shop: OpenShop;
before(async () => {
  shop = await openShop();
});
after(() => shop[Symbol.asyncDispose]());

/** What the terminal shows after `npm start`. */
function printed() {
  const panel = sandboxPanel(shop.sandbox, { apiKey: "", isApiKeyGenerated: false });
  const after = (label: RegExp) =>
    new RegExp(`${label.source}\\s+(\\S+)`).exec(panel)?.[1] ?? assert.fail(panel);
  return {
    shopUrl: after(/Buy something [^\n]+:/),
    consoleUrl: after(/Give the money back [^\n]+:/),
    name: after(/name/),
    password: after(/password/),
  };
}

const heading = (page: Page, text: string) =>
  page.getByRole("heading", { level: 1 }).getByText(text).waitFor();
const linkTo = (page: Page, name: RegExp | string) => page.getByRole("link", { name });

describe("The story of npm start", () => {
  test("goes from the shop to the money given back, with nothing but a browser and what was printed", async () => {
    const { shopUrl, consoleUrl, name, password } = printed();
    const { page, context, faults } = await shop.buyer({ reducedMotion: "reduce" });
    await page.goto(shopUrl);
    assert.deepEqual(await violations(page), [], "the shelf");
    await page
      .getByRole("button", { name: /구매하기/ })
      .nth(1)
      .click();
    await page.waitForURL(/\/checkout\//);
    await page.goBack();
    await linkTo(page, "남포 벼루").click();
    await heading(page, "아직 결제하지 않았습니다");
    assert.deepEqual(await violations(page), [], "the order, unpaid");
    await linkTo(page, /결제하기/).click();
    await pressPay(page);
    await payWindow(page).getByText("실제로 돈이 움직이지 않습니다").waitFor();
    await payWindow(page).locator("#pay").click();
    await screenIs(page, "paid");
    await linkTo(page, "상점으로 돌아가기").click();
    await heading(page, "결제가 확인되었습니다");
    // The page looks again by itself until the shop was told.
    await page.locator("dt", { hasText: "발송" }).locator("xpath=..").locator("time").waitFor();
    assert.deepEqual(await violations(page), [], "the order, shipped");
    const merchantUid = new URL(page.url()).searchParams.get("merchant_uid") ?? "";
    assert.deepEqual(faults, []);

    const staff = await context.newPage();
    await staff.goto((await linkTo(page, /콘솔/).getAttribute("href")) ?? "");
    assert.equal(staff.url(), consoleUrl);
    await staff.getByLabel("이름").fill(name);
    await staff.getByLabel("비밀번호").fill(password);
    await staff.getByRole("button", { name: "로그인" }).click();
    await staff.getByRole("link", { name: "주문", exact: true }).click();
    await linkTo(staff, merchantUid).click();
    await staff.getByRole("button", { name: "환불", exact: true }).click();
    await staff.getByLabel("사유").fill("마음이 바뀜");
    await staff.getByRole("button", { name: "48,000원 환불하기" }).click();
    await staff.locator("#refunds").getByText("끝남").waitFor();

    await page.bringToFront();
    await page.reload();
    await heading(page, "환불되었습니다");
    await page.locator("dt", { hasText: "환불" }).locator("xpath=..").getByText("48,000원").waitFor();
    const { status, refunded_amount, payments } = await shop.order(merchantUid);
    assert.deepEqual(
      [status, refunded_amount, payments.map(({ verdict }: { verdict: string }) => verdict)],
      ["refunded", 48_000, ["reversed"]],
    );
    await context.close();
  });
});

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

  test("is declined, goes back to the shop, is sent to the checkout again, and pays the same order", async () => {
    const { page, merchantUid, url, faults } = await buyAtShop(shop, { isOnPhone: true });
    await pressPay(page);
    await page.locator("#fail").click();
    await page.waitForURL(/\/order\?/);
    const { searchParams } = new URL(page.url());
    assert.deepEqual(Object.fromEntries(searchParams), { merchant_uid: merchantUid, status: "failed" });
    await heading(page, "아직 결제하지 않았습니다");
    await linkTo(page, /결제하기/).click();
    assert.equal(page.url(), url);
    await pressPay(page);
    await page.locator("#pay").click();
    await page.waitForURL(/\/order\?.*status=success/);
    await heading(page, "결제가 확인되었습니다");
    assert.equal((await shop.order(merchantUid)).status, "paid");
    assert.deepEqual(faults, []);
  });
});
