import type { Page } from "playwright-core";
import { newOrder } from "../../support/hosted.ts";
import type { Stage } from "./stage.ts";

const ORDER = { name: "옥 찻잔 한 벌", amount: 24_000 };
const RETURNING = { ...ORDER, return_url: "http://127.0.0.1:3002/thanks" };
const DESK = { width: 1080, height: 800 };

/** Every screen of the hosted checkout. */
export async function shootCheckout(stage: Stage): Promise<void> {
  await shootDesk(stage);
  await shootPhone(stage);
}

async function shootDesk({ shop, shoot }: Stage): Promise<void> {
  const { page, context } = await shop.buyer();
  await page.setViewportSize(DESK);
  const payWindow = page.frameLocator("iframe");
  const order = await newOrder(shop, RETURNING);
  await page.goto(order.url);
  await fill(page);
  await shoot(page, "hosted-form");
  await page.locator("[name=tel]").fill("공일공");
  await page.locator("#pay").click();
  await shoot(page, "hosted-form-wrong");
  await fill(page);
  await page.locator("#pay").click();
  await payWindow.locator("#pay").waitFor();
  await shoot(page, "hosted-window", false);
  await payWindow.locator("#fail").click();
  await screen(page, "failed");
  await shoot(page, "hosted-failed");
  await page.locator("#again").click();
  await page.locator("#pay").click();
  await payWindow.locator("#pay").click();
  await screen(page, "paid");
  await shoot(page, "hosted-paid");

  const other = await newOrder(shop, RETURNING);
  for (const word of ["forgery", "closed", "pending"]) {
    await page.goto(`${other.url}?status=${word}`);
    await page.locator("[data-screen]").waitFor();
    await shoot(page, `hosted-${word}`);
  }
  await page.goto(other.url);
  await fill(page);
  await page.locator("[name=pay_method][value=vbank]").check();
  await page.locator("#pay").click();
  await payWindow.locator("#pay").click();
  await screen(page, "account");
  await shoot(page, "hosted-account");
  await page.goto(`${new URL(other.url).origin}/checkout/nothing-is-here`);
  await shoot(page, "hosted-not-found");
  await context.close();

  const english = await shop.buyer({ locale: "en-US", colorScheme: "dark" });
  await english.page.setViewportSize(DESK);
  await english.page.goto((await newOrder(shop, { ...ORDER, name: "A pair of jade teacups" })).url);
  await shoot(english.page, "hosted-form-en");
  await english.page.goto(order.url);
  await shoot(english.page, "hosted-paid-en");
  await english.context.close();
}

async function shootPhone({ shop, shoot }: Stage): Promise<void> {
  const { page, context } = await shop.buyer({ isOnPhone: true });
  const order = await newOrder(shop, ORDER);
  await page.goto(order.url);
  await fill(page);
  await shoot(page, "hosted-form-phone");
  await page.locator("[name=pay_method][value=vbank]").check();
  await page.locator("#pay").click();
  await page.waitForURL(/\/window/);
  await page.locator("#pay").click();
  await page.waitForURL(/\/checkout\//);
  await screen(page, "account");
  await shoot(page, "hosted-account-phone");
  await context.close();
}

async function fill(page: Page): Promise<void> {
  await page.locator("[name=name]").fill("홍길동");
  await page.locator("[name=tel]").fill("010-1234-5678");
}

const screen = (page: Page, name: string) => page.locator(`[data-screen=${name}]`).waitFor();
