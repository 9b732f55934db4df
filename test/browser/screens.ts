// Takes the pictures in docs/screens: `node test/browser/screens.ts [set ...]`. Needs a Korean font on the machine.
import { openShop } from "../support/open-shop.ts";
import { shootCheckout } from "./screens/checkout.ts";
import { shootEmulator } from "./screens/emulator.ts";
import { shootShop } from "./screens/shop.ts";
import { openStage } from "./screens/stage.ts";

const SETS = { shop: shootShop, checkout: shootCheckout, emulator: shootEmulator };

await using shop = await openShop();
const stage = openStage(shop);
const wanted = process.argv.slice(2);
for (const [name, shootSet] of Object.entries(SETS)) {
  if (wanted.length === 0 || wanted.includes(name)) await shootSet(stage);
}
