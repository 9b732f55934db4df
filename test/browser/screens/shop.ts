import type { Stage } from "./stage.ts";

/** The example shop, from its shelf to a refund, and the payment window over its page. */
export async function shootShop({ shop, shoot }: Stage): Promise<void> {
  const { shopUrl } = shop.sandbox;
  const { context, page } = await shop.buyer();
  await page.setViewportSize({ width: 1080, height: 800 });
  const payWindow = page.frameLocator("iframe");
  const fillCheckout = async (product: string, method: string) => {
    await page.goto(`${shopUrl}/checkout?product=${product}`);
    await page.getByLabel("이름 Name").fill("홍길동");
    await page.getByLabel("휴대폰").fill("010-1234-5678");
    await page.getByLabel("이메일").fill("hong@example.com");
    await page.locator(`[name=pay_method][value=${method}]`).check();
  };

  await page.goto(shopUrl);
  await page.locator(".product").last().waitFor();
  await shoot(page, "shop");

  await fillCheckout("inkstone", "card");
  await shoot(page, "checkout");
  await page.locator("#pay").click();
  await payWindow.locator("#pay").waitFor();
  await shoot(page, "window-card", false);
  await payWindow.locator("#fail").click();
  await page.locator("#problem").waitFor();
  await page.locator("#pay").click();
  await payWindow.locator("#pay").click();
  await page.locator("#stamp").waitFor();
  await shoot(page, "result-paid");

  await fillCheckout("teacup", "vbank");
  await page.locator("#pay").click();
  await payWindow.getByRole("radio", { name: "우리은행" }).check();
  await shoot(page, "window-account", false);
  await payWindow.locator("#pay").click();
  await page.locator("#account").waitFor();
  await shoot(page, "result-account");
  await page.goto(`${shopUrl}/orders`);
  await page.getByText("발송 · Shipped").waitFor();
  await shoot(page, "orders");

  const staffContext = await shop.browser.newContext({
    locale: "ko-KR",
    httpCredentials: { username: "staff", password: shop.sandbox.staffPassword },
  });
  const staff = await staffContext.newPage();
  await staff.setViewportSize({ width: 1080, height: 800 });
  await staff.goto(`${shopUrl}/staff`);
  const paid = staff.locator(".staff > li", { has: staff.locator(".money:visible") }).first();
  await paid.locator(".money [name=amount]").fill("18000");
  await paid.locator(".money [name=reason]").fill("한 개 파손");
  await paid.locator('.money [value="part"]').click();
  await staff.locator(".refunds li[data-state=succeeded]").waitFor();
  await shoot(staff, "staff");

  await context.close();
}
