import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openBrowser } from "../support/browser.ts";
import { until } from "../support/until.ts";

let emulator: Emulator;
let browser: Browser;
let receiver: Server;
/** What the shop's webhook address has received. */
const received: { type: string | undefined; body: string }[] = [];

before(async () => {
  receiver = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ type: request.headers["content-type"], body });
    response.end("ok");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  const webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  emulator = await startEmulator({ webhookUrl });
  browser = await openBrowser();
});

after(async () => {
  await browser.close();
  await emulator.close();
  receiver.closeAllConnections();
  receiver.close();
});

/** The admin page with this payment chosen. */
async function openAdmin(impUid: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${emulator.url}/admin`);
  await page.getByRole("button", { name: impUid }).click();
  received.length = 0;
  return page;
}

const press = (page: Page, name: string) => page.locator(`[data-action=${name}]`).click();
const webhooks = (count: number) => until(`${count} webhooks came`, () => received.length === count);

describe("The admin page", () => {
  test("deposits into an account and tells the shop", async () => {
    const { imp_uid } = emulator.pay({ status: "ready", pay_method: "vbank" });
    const page = await openAdmin(imp_uid);
    await press(page, "deposit");
    await webhooks(1);
    assert.equal(emulator.model.payment(imp_uid)?.status, "paid");
    assert.equal(JSON.parse(received[0]?.body ?? "").status, "paid");
  });

  test("cancels a part, then all that is left", async () => {
    const { imp_uid } = emulator.pay({ status: "paid", amount: 1000 });
    const page = await openAdmin(imp_uid);
    await page.locator("[name=cancel_amount]").fill("300");
    await press(page, "cancel");
    await webhooks(1);
    assert.equal(emulator.model.payment(imp_uid)?.cancel_amount, "300");
    await page.locator("[name=cancel_amount]").fill("");
    await press(page, "cancel");
    await webhooks(2);
    assert.equal(emulator.model.payment(imp_uid)?.cancel_amount, "1000");
  });

  test("sends webhooks twice, as a form and forged", async () => {
    const { imp_uid } = emulator.pay({ status: "ready", pay_method: "vbank" });
    const page = await openAdmin(imp_uid);
    await press(page, "twice");
    await webhooks(2);
    await press(page, "form");
    await webhooks(3);
    assert.equal(received[2]?.type, "application/x-www-form-urlencoded");
    await press(page, "forged");
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
