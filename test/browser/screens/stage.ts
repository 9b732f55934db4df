import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import type { OpenShop } from "../../support/open-shop.ts";

const FOLDER = fileURLToPath(new URL("../../../docs/screens/", import.meta.url));

/** What every set of pictures is taken of. */
export interface Stage {
  readonly shop: OpenShop;
  /** Takes one picture into docs/screens; of the whole page, or of what a screen shows of it. */
  shoot(page: Page, name: string, isWhole?: boolean): Promise<void>;
}

export function openStage(shop: OpenShop): Stage {
  mkdirSync(FOLDER, { recursive: true });
  return {
    shop,
    async shoot(page, name, isWhole = true) {
      // Fonts come after the page: a picture waits for them.
      await page.evaluate("document.fonts.ready");
      if (isWhole) await page.evaluate("scrollTo(0, 0)");
      await page.screenshot({ path: `${FOLDER}${name}.png`, fullPage: isWhole, animations: "disabled" });
    },
  };
}
