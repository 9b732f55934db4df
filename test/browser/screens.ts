// Takes the pictures in docs/screens: `node test/browser/screens.ts [set ...]`. Needs a Korean font on the machine.
import { openShop } from "../support/open-shop.ts";
import { shootCheckout } from "./screens/checkout.ts";
import { shootConsole } from "./screens/console.ts";
import { shootEmulator } from "./screens/emulator.ts";
import { shootShop } from "./screens/shop.ts";
import { openStage } from "./screens/stage.ts";

const SIGN = { DOJANG_SHOP_NAME: "문방사우", DOJANG_SHOP_CONTACT: "02-1234-5678" };
const SETS = { shop: shootShop, checkout: shootCheckout, emulator: shootEmulator, console: shootConsole };

await using shop = await openShop({ env: SIGN });
const stage = openStage(shop);
const wanted = process.argv.slice(2);
for (const [name, shootSet] of Object.entries(SETS)) {
  if (wanted.length === 0 || wanted.includes(name)) await shootSet(stage);
}
