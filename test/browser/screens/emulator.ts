import { buyAtShop, pressPay } from "../../support/hosted.ts";
import type { Stage } from "./stage.ts";

/** The emulator's admin page, and its window as a phone sees it. */
export async function shootEmulator({ shop, shoot }: Stage): Promise<void> {
  const { emulatorUrl } = shop.sandbox;
  const { context } = await shop.buyer();
  const admin = await context.newPage();
  await admin.setViewportSize({ width: 1320, height: 900 });
  await admin.goto(`${emulatorUrl}/admin`);
  await admin.locator("#payment-rows button").first().click();
  await admin.locator("#switch-rows label").last().waitFor();
  await shoot(admin, "admin");

  const phone = await buyAtShop(shop, { isOnPhone: true });
  await pressPay(phone.page);
  await phone.page.waitForURL(/\/window/);
  await phone.page.locator("#pay").waitFor();
  await shoot(phone.page, "window-phone");
}
