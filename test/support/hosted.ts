import type { FrameLocator, Page } from "playwright-core";
import { EMULATOR_KEYS } from "../../src/config.ts";
import type { Buyer, OpenShop } from "./open-shop.ts";
import { SHOP_API_KEY } from "./open-shop.ts";

export interface HostedOrder {
  readonly merchantUid: string;
  /** Its `checkout_url`. */
  readonly url: string;
}

/** Registers an order as a shop without any page of its own would: all that it does next is to send the buyer there. */
export async function newOrder(
  shop: OpenShop,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<HostedOrder> {
  const order = await askShopSide(shop, "/v1/orders", {
    name: "벼루",
    amount: 48_000,
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

/** A buyer who pressed buy at the example shop, and stands in front of the form that it sent them to: 48,000 won for an inkstone. */
export async function buyAtShop(
  shop: OpenShop,
  { isOnPhone = false, product = "inkstone" } = {},
): Promise<Buyer & HostedOrder> {
  const buyer = await shop.buyer({ isOnPhone });
  const { page } = buyer;
  await page.goto(shop.sandbox.shopUrl);
  await page.locator(`button[value=${product}]`).click();
  await page.waitForURL(/\/checkout\//);
  const url = page.url();
  return { ...buyer, url, merchantUid: url.slice(url.lastIndexOf("/") + 1) };
}

/** A buyer in front of the form of a new order with these fields, registered by a shop without any page. */
export async function openForm(
  shop: OpenShop,
  { isOnPhone = false, ...fields }: Readonly<Record<string, unknown>> & { isOnPhone?: boolean } = {},
): Promise<Buyer & HostedOrder> {
  const order = await newOrder(shop, fields);
  const buyer = await shop.buyer({ isOnPhone });
  await buyer.page.goto(order.url);
  return { ...buyer, ...order };
}

interface EmulatorPayment {
  readonly merchant_uid: string;
  readonly pg_provider: string;
  readonly meta?: { readonly taxFree: string; readonly vatAmount: string | null };
}

/** What the emulator has on record for an order. */
export async function emulatorPayments(
  { sandbox }: OpenShop,
  merchantUid: string,
): Promise<readonly EmulatorPayment[]> {
  const response = await fetch(`${sandbox.emulatorUrl}/admin/api/payments`);
  const payments = (await response.json()) as EmulatorPayment[];
  return payments.filter(({ merchant_uid }) => merchant_uid === merchantUid);
}

/** Puts a script of the buyer's between the page and the vendor's. @param call what `request_pay(params, callback)` becomes */
export const wrapRequestPay = (page: Page, call: string) =>
  page.route("**/v1/iamport.js", async (route) => {
    const response = await route.fetch();
    const wrap = `;{ const honest = IMP.request_pay; IMP.request_pay = (params, callback) => ${call}; }`;
    const headers = { ...response.headers() };
    delete headers["content-length"];
    await route.fulfill({ headers, body: (await response.text()) + wrap });
  });

/** Has the page load another kind of the emulator's script. */
export const changeSdk = (page: Page, variants: string) =>
  page.addInitScript(`{
    const { set, ...rest } = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src");
    const setChanged = function (url) { set.call(this, url + "?${variants}"); };
    Object.defineProperty(HTMLScriptElement.prototype, "src", { ...rest, set: setChanged });
  }`);
