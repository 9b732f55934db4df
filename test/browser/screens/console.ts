import { openConsoleStage } from "../../support/console-stage.ts";
import type { Stage } from "./stage.ts";

const GOODS = ["벼루 세트", "먹 (소나무 그을음)", "다기 한 벌", "한지 묶음", "붓 다섯 자루"];

/** The operators' console, with a day's orders in it. */
export async function shootConsole({ shoot }: Pick<Stage, "shoot">): Promise<void> {
  await using stage = await openConsoleStage();
  for (const [index, name] of GOODS.entries())
    await stage.paid({ name, amount: 10_000 * (index + 2) }, { amount: 10_000 * (index + 2) });
  const cheap = await stage.paid({ name: "찻잔 네 개", amount: 64_000 }, { amount: 640 });
  const { merchant_uid } = await stage.paid({ name: "인주와 도장집", amount: 38_000 }, { amount: 38_000 });
  await stage.paid(
    { name: "화선지 100장", amount: 21_000 },
    {
      amount: 21_000,
      pay_method: "vbank",
      status: "ready",
      vbank_num: "110987654321",
      vbank_name: "신한은행",
      vbank_holder: "도장",
    },
  );
  const { page, go } = await stage.operator("admin", {
    name: "김대리",
    viewport: { width: 1360, height: 900 },
  });
  await page.locator(".u-over").first().waitFor();
  await shoot(page, "console-home");
  await go("/orders");
  await page.locator("#orders tr").first().waitFor();
  await shoot(page, "console-orders");
  await go(`/orders/${merchant_uid}`);
  await page.locator("#timeline li").first().waitFor();
  await page.locator("details").first().click();
  await shoot(page, "console-order");
  await go("/discrepancies");
  await page.locator(".evidence").waitFor();
  await shoot(page, "console-discrepancies");
  await go(`/orders/${cheap.merchant_uid}`);
  await page.locator("#timeline li").first().waitFor();
  await shoot(page, "console-rejected");
  await go("/settings/operators");
  await page.locator("#operators tr").first().waitFor();
  await shoot(page, "console-operators");
  for (const name of [
    "work/deliveries",
    "work/tasks",
    "settings/keys",
    "settings/events",
    "settings/audit",
    "settings/account",
  ]) {
    await go(`/${name}`);
    await page.locator("main h1").waitFor();
    await shoot(page, `console-${name.split("/")[1]}`);
  }
  const door = await stage.visitor({ viewport: { width: 1360, height: 900 } });
  await door.page.locator("[name=name]").waitFor();
  await shoot(door.page, "console-sign-in", false);
}
