import type { Stage } from "./stage.ts";

/** The emulator's admin page, and its window as a phone sees it. */
export async function shootEmulator({ shop, shoot }: Stage): Promise<void> {
  const { shopUrl, emulatorUrl } = shop.sandbox;
  const { context } = await shop.buyer();
  const admin = await context.newPage();
  await admin.setViewportSize({ width: 1320, height: 900 });
  await admin.goto(`${emulatorUrl}/admin`);
  await admin.locator("#payment-rows button").first().click();
  await admin.locator("#switch-rows label").last().waitFor();
  await shoot(admin, "admin");

  const phone = await shop.buyer({ isOnPhone: true });
  await phone.page.goto(`${shopUrl}/checkout?product=brush`);
  await phone.page.getByLabel("이름 Name").fill("홍길동");
  await phone.page.getByLabel("휴대폰").fill("010-1234-5678");
  await phone.page.getByLabel("이메일").fill("hong@example.com");
  await phone.page.locator("#pay").click();
  await phone.page.waitForURL(/\/window/);
  await phone.page.locator("#pay").waitFor();
  await shoot(phone.page, "window-phone");
}
