import type { FrameLocator, Page } from "playwright-core";
import { EMULATOR_KEYS } from "../../src/config.ts";
import type { OpenShop } from "./open-shop.ts";
import { SHOP_API_KEY } from "./open-shop.ts";

export interface HostedOrder {
  readonly merchantUid: string;
  /** Its `checkout_url`. */
  readonly url: string;
}

/** The example shop is asked before any payment of the sandbox is approved: it looks there for what was sold. */
const IN_STOCK = { product: "teacup", quantity: 1 };

/** Registers an order as a shop without any page of its own would: all that it does next is to send the buyer there. */
export async function newOrder(
  shop: OpenShop,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<HostedOrder> {
  const order = await askShopSide(shop, "/v1/orders", {
    name: "벼루",
    amount: 48_000,
    metadata: IN_STOCK,
    ...fields,
  });
  return { merchantUid: String(order["merchant_uid"]), url: String(order["checkout_url"]) };
}

/** Asks `/v1` with the shop's key. @throws when it refuses */
export async function askShopSide(
  { sandbox }: OpenShop,
  path: string,
  body: object,
): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${SHOP_API_KEY}` };
  return posted(`${sandbox.dojang.privateUrl}${path}`, { headers, body });
}

/** Pulls a lever of the emulator, as its admin page does. @throws when it refuses */
export async function pullLever({ sandbox }: OpenShop, path: string, body: object = {}): Promise<void> {
  const headers = { "content-type": "application/json" };
  await posted(`${sandbox.emulatorUrl}/admin/api${path}`, { headers, body });
}

/** Changes what the gateway holds for an order, with the merchant's own key. */
export async function changePrepared(
  { sandbox }: OpenShop,
  { merchantUid, amount }: { readonly merchantUid: string; readonly amount: number },
): Promise<void> {
  const { impKey: imp_key, impSecret: imp_secret } = EMULATOR_KEYS;
  const headers = { "content-type": "application/json" };
  const got = await posted(`${sandbox.emulatorUrl}/users/getToken`, {
    headers,
    body: { imp_key, imp_secret },
  });
  const { access_token } = got["response"] as { access_token: string };
  await posted(`${sandbox.emulatorUrl}/payments/prepare`, {
    method: "PUT",
    headers: { ...headers, authorization: access_token },
    body: { merchant_uid: merchantUid, amount, currency: "KRW" },
  });
}

async function posted(
  url: string,
  {
    method = "POST",
    headers,
    body,
  }: { method?: string; headers: Readonly<Record<string, string>>; body: object },
): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok || (answer["code"] ?? 0) !== 0)
    throw new Error(`${url} refused: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** The payment window over the page. */
export const payWindow = (page: Page): FrameLocator => page.frameLocator("iframe");

/** Waits until the page shows this screen. */
export const screenIs = (page: Page, name: string): Promise<void> =>
  page.locator(`[data-screen=${name}]`).waitFor();

/** Fills the form and presses pay. */
export async function pressPay(page: Page, { method = "card" } = {}): Promise<void> {
  await page.locator("[name=name]").fill("홍길동");
  await page.locator("[name=tel]").fill("010-1234-5678");
  await page.locator(`[name=pay_method][value=${method}]`).check();
  await page.locator("#pay").click();
}
