import { buyAtShop, payWindow, pressPay, screenIs } from "../../support/hosted.ts";
import type { Stage } from "./stage.ts";

const DESK = { width: 1080, height: 800 };

/** The example shop: its shelf, and an order on its way from unpaid to shipped. */
export async function shootShop({ shop, shoot }: Stage): Promise<void> {
  const { page, context, merchantUid } = await buyAtShop(shop, { product: "teacup" });
  await page.setViewportSize(DESK);
  const order = `${shop.sandbox.shopUrl}/order?merchant_uid=${merchantUid}`;
  await page.goto(order);
  await shoot(page, "shop-unpaid");
  await page.getByRole("link", { name: /결제하기/ }).click();
  await pressPay(page);
  await payWindow(page).locator("#pay").click();
  await screenIs(page, "paid");
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: /영수증/ }).click();
  const receipt = await opened;
  await receipt.setViewportSize(DESK);
  await receipt.locator("#receipt").waitFor();
  await shoot(receipt, "receipt");
  await receipt.close();
  await page.getByRole("link", { name: "상점으로 돌아가기" }).click();
  await page.locator("dd time").waitFor();
  await shoot(page, "shop-shipped");
  await page.goto(shop.sandbox.shopUrl);
  await shoot(page, "shop");
  await context.close();

  const phone = await buyAtShop(shop, { isOnPhone: true });
  await phone.page.goto(shop.sandbox.shopUrl);
  await shoot(phone.page, "shop-phone");
  await phone.context.close();
}
