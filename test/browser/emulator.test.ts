import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openBrowser } from "../support/browser.ts";
import { until } from "../support/until.ts";

const USER_CODE = "imp00000001";
let emulator: Emulator;
let browser: Browser;
let site: Server;
/** What the shop's webhook address has received. */
const received: { type: string | undefined; body: string }[] = [];

before(async () => {
  emulator = await startEmulator({ host: "127.0.0.1", port: 0 });
  browser = await openBrowser();
  // A shop's page at another origin than the emulator's; the query of the page goes on to the SDK. What is posted is a webhook.
  site = createServer(async (request, response) => {
    if (request.method === "POST") {
      received.push({ type: request.headers["content-type"], body: await text(request) });
      return void response.end("ok");
    }
    const { search } = new URL(request.url ?? "/", "http://site");
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(
      `<!doctype html><title>Shop</title><script src="${emulator.url}/v1/iamport.js${search}"></script>`,
    );
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => site.once("listening", resolve));
});

after(async () => {
  await browser.close();
  await emulator.close();
  site.closeAllConnections();
  site.close();
});

const siteUrl = () => `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
let orderNumber = 0;
const newOrder = () => ({
  merchant_uid: `order_${Date.now()}_${++orderNumber}`,
  amount: 1000,
  name: "먹",
  pay_method: "card",
});

/** A page with the SDK, initialised. `variants` go into the SDK's address. */
async function openPage(variants = "", init = true): Promise<Page> {
  const page = await (await browser.newContext({ locale: "ko-KR" })).newPage();
  await page.goto(`${siteUrl()}/${variants === "" ? "" : `?${variants}`}`);
  if (init) await page.evaluate(`IMP.init(${JSON.stringify(USER_CODE)})`);
  return page;
}

/** Calls request_pay; the callback's argument lands in `window.answer`. */
async function requestPay(page: Page, params: unknown): Promise<void> {
  await page.evaluate(
    `void IMP.request_pay(${JSON.stringify(params)}, (answer) => { window.answer = answer; })`,
  );
}

async function answerOf(page: Page): Promise<Record<string, unknown>> {
  return (await page.waitForFunction("window.answer")).jsonValue() as Promise<Record<string, unknown>>;
}

const press = (page: Page, id: string) => page.frameLocator("iframe").locator(id).click();

describe("IMP.request_pay()", () => {
  test("alerts the gateway's own words when init was not called", async () => {
    const page = await openPage("", false);
    const alerted = page.waitForEvent("dialog").then(async (dialog) => {
      await dialog.accept();
      return dialog.message();
    });
    await requestPay(page, newOrder());
    assert.equal(await alerted, "판매자 코드가 설정되지 않았습니다. IMP.init()함수를 먼저 호출하세요.");
  });

  test("refuses an amount that is no number, and opens nothing", async () => {
    const page = await openPage();
    const order = newOrder();
    await requestPay(page, { ...order, amount: "1000" });
    const answer = await answerOf(page);
    assert.equal(answer["success"], false);
    assert.equal(answer["imp_uid"], null);
    assert.equal(answer["merchant_uid"], order.merchant_uid);
    assert.equal(await page.locator("iframe").count(), 0);
  });

  test("gives the documented fields once the buyer has paid", async () => {
    const page = await openPage();
    const order = newOrder();
    await requestPay(page, order);
    await press(page, "#pay");
    const answer = await answerOf(page);
    assert.equal(answer["success"], true);
    assert.equal(answer["status"], "paid");
    assert.equal(answer["paid_amount"], 1000);
    assert.equal(answer["merchant_uid"], order.merchant_uid);
    assert.equal("request_id" in answer, false);
    assert.equal(emulator.model.payment(String(answer["imp_uid"]))?.status, "paid");
    assert.equal(await page.locator("iframe").count(), 0);
  });

  test("gives four fields only when the SDK's address says so", async () => {
    const page = await openPage("callback=four");
    await requestPay(page, newOrder());
    await press(page, "#fail");
    assert.deepEqual(Object.keys(await answerOf(page)).sort(), [
      "error_code",
      "error_msg",
      "imp_uid",
      "merchant_uid",
    ]);
  });

  test("leaves the record ready when the buyer closes the window", async () => {
    const page = await openPage();
    await requestPay(page, newOrder());
    await press(page, "#close");
    const answer = await answerOf(page);
    assert.equal(answer["error_code"], "F0003");
    assert.equal(emulator.model.payment(String(answer["imp_uid"]))?.status, "ready");
  });

  test("fails the record when the buyer cancels", async () => {
    const page = await openPage();
    await requestPay(page, newOrder());
    await press(page, "#cancel");
    const answer = await answerOf(page);
    assert.equal(answer["success"], false);
    assert.equal(emulator.model.payment(String(answer["imp_uid"]))?.status, "failed");
  });

  test("answers at once when the order is paid already", async () => {
    const page = await openPage();
    const order = newOrder();
    emulator.model.createPayment({ ...order, status: "paid" });
    await requestPay(page, order);
    const answer = await answerOf(page);
    assert.equal(answer["error_code"], "F1002");
    assert.equal(answer["imp_uid"], null);
  });

  // Goal: no script but the window's own can end a payment. Method: the page foresees the request's number and
  // posts, word for word, what the window would.
  test("hears nobody but its own window", async () => {
    const page = await openPage();
    await page.evaluate("Date.now = () => 1; Math.random = () => 0.5;");
    await requestPay(page, newOrder());
    await page.frameLocator("iframe").locator("#pay").waitFor();
    await page.evaluate(`{
      const data = { request_id: "req_1_i", imp_uid: "imp_forged", success: true };
      const done = JSON.stringify({ action: "done", data, from: "iamport-emulator" });
      window.postMessage(done, "*");
      window.frames[0].postMessage(done, "*");
    }`);
    await press(page, "#cancel");
    assert.notEqual((await answerOf(page))["imp_uid"], "imp_forged");
  });

  test("issues an account at the bank and with the deadline that the buyer chose", async () => {
    const page = await openPage();
    await requestPay(page, { ...newOrder(), pay_method: "vbank" });
    const payWindow = page.frameLocator("iframe");
    await payWindow.getByRole("radio", { name: "하나은행" }).check();
    await payWindow.locator("#due").fill("2031-02-03T04:05:06");
    await payWindow.locator("#pay").click();
    const answer = await answerOf(page);
    assert.equal(answer["success"], true);
    assert.equal(answer["status"], "ready");
    assert.equal(answer["vbank_name"], "하나은행");
    assert.equal(answer["vbank_date"], Date.parse("2031-02-03T04:05:06+09:00") / 1000);
  });

  test("records the easy pay that the buyer chose", async () => {
    const page = await openPage();
    await requestPay(page, newOrder());
    const payWindow = page.frameLocator("iframe");
    await payWindow.getByRole("radio", { name: "간편결제" }).check();
    await payWindow.getByRole("radio", { name: "네이버페이" }).check();
    await payWindow.locator("#pay").click();
    assert.equal((await answerOf(page))["emb_pg_provider"], "naverpay");
  });
});

const RETURNS = [
  ["flow=redirect", ["imp_success", "imp_uid", "merchant_uid"]],
  ["flow=redirect&redirect=success", ["imp_uid", "merchant_uid", "success"]],
  ["flow=redirect&redirect=none", ["imp_uid", "merchant_uid"]],
  ["flow=redirect&redirect=no_imp_uid", ["merchant_uid"]],
] as const;

for (const [variants, names] of RETURNS) {
  test(`The redirect flow comes back with ${names.join(", ")} under ${variants}`, async () => {
    const page = await openPage(variants);
    await requestPay(page, { ...newOrder(), m_redirect_url: `${siteUrl()}/back` });
    await page.locator("#pay").click();
    await page.waitForURL(/\/back\?/);
    assert.deepEqual([...new URL(page.url()).searchParams.keys()].sort(), [...names]);
  });
}

test("The redirect flow ends in the window when the shop gave no web address", async () => {
  const page = await openPage("flow=redirect");
  await requestPay(page, { ...newOrder(), m_redirect_url: "javascript:alert(1)" });
  await page.locator("#pay").click();
  await page.locator("#outcome").getByText("imp_uid").waitFor();
});

/** The admin page with this payment chosen. */
async function openAdmin(impUid: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${emulator.url}/admin`);
  await page.getByRole("button", { name: impUid }).click();
  received.length = 0;
  return page;
}

const act = (page: Page, name: string) => page.locator(`[data-action=${name}]`).click();
const webhooks = (count: number) => until(`${count} webhooks came`, () => received.length === count);

describe("The admin page", () => {
  before(() => {
    emulator.webhooks.url = `${siteUrl()}/hook`;
  });

  test("deposits into an account and tells the shop", async () => {
    const { imp_uid } = emulator.pay({ status: "ready", pay_method: "vbank" });
    const page = await openAdmin(imp_uid);
    await act(page, "deposit");
    await webhooks(1);
    assert.equal(emulator.model.payment(imp_uid)?.status, "paid");
    assert.equal(JSON.parse(received[0]?.body ?? "").status, "paid");
  });

  test("cancels a part, then all that is left", async () => {
    const { imp_uid } = emulator.pay({ status: "paid", amount: 1000 });
    const page = await openAdmin(imp_uid);
    await page.locator("[name=cancel_amount]").fill("300");
    await act(page, "cancel");
    await webhooks(1);
    assert.equal(emulator.model.payment(imp_uid)?.cancel_amount, "300");
    await page.locator("[name=cancel_amount]").fill("");
    await act(page, "cancel");
    await webhooks(2);
    assert.equal(emulator.model.payment(imp_uid)?.cancel_amount, "1000");
  });

  test("sends webhooks twice, as a form and forged", async () => {
    const { imp_uid } = emulator.pay({ status: "ready", pay_method: "vbank" });
    const page = await openAdmin(imp_uid);
    await act(page, "twice");
    await webhooks(2);
    await act(page, "form");
    await webhooks(3);
    assert.equal(received[2]?.type, "application/x-www-form-urlencoded");
    await act(page, "forged");
    await webhooks(4);
    assert.equal(JSON.parse(received[3]?.body ?? "").status, "paid");
    assert.equal(emulator.model.payment(imp_uid)?.status, "ready");
  });

  test("offers no deposit for a card payment", async () => {
    const page = await openAdmin(emulator.pay({ status: "paid" }).imp_uid);
    assert.equal(await page.locator("[data-action=deposit]").isDisabled(), true);
  });

  test("sets a switch and says so", async () => {
    const page = await openAdmin(emulator.pay({}).imp_uid);
    await page.getByLabel("expiredVbank").selectOption("failed");
    await page.locator("#notice").getByText("expiredVbank: failed").waitFor();
    assert.equal(emulator.model.switches.expiredVbank, "failed");
  });

  test("shows text from outside as text", async () => {
    const { imp_uid } = emulator.pay({ merchant_uid: "<img src=x onerror=alert(1)>" });
    const page = await openAdmin(imp_uid);
    await page.locator("#facts").getByText("<img src=x").waitFor();
    assert.equal(await page.locator("#facts img").count(), 0);
  });
});
