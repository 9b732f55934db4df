// Goal: a person of the shop cancels an order, refunds a part and then the rest, with the browser alone; nobody else can. Method: the
// whole sandbox as `npm start` starts it, the emulator's ledger as the judge of what went back.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { type OpenShop, openShop } from "../support/open-shop.ts";
import { until } from "../support/until.ts";

const COOKIE = `customer=c_${"b".repeat(32)}`;

describe("the shop's staff page", () => {
  let shop: OpenShop;
  let page: Page;
  before(async () => {
    shop = await openShop();
    const context = await shop.browser.newContext({
      locale: "ko-KR",
      httpCredentials: { username: "staff", password: shop.sandbox.staffPassword },
    });
    page = await context.newPage();
  });
  after(() => shop[Symbol.asyncDispose]());

  async function order(payMethod = "card"): Promise<{ merchant_uid: string; amount: number }> {
    const response = await fetch(`${shop.sandbox.shopUrl}/api/checkout`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie: COOKIE },
      body: JSON.stringify({
        product: "inkstone",
        quantity: 1,
        pay_method: payMethod,
        buyer_name: "홍길동",
        buyer_tel: "010-1234-5678",
        buyer_email: "hong@example.com",
      }),
    });
    const { merchant_uid, amount } = (await response.json()) as { merchant_uid: string; amount: number };
    return { merchant_uid, amount };
  }

  /** A payment at the emulator, told of by webhook. */
  async function pay(of: { merchant_uid: string; amount: number }, fields: object = {}): Promise<void> {
    const response = await fetch(`${shop.sandbox.emulatorUrl}/admin/api/payments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...of, sandbox: true, notify: true, ...fields }),
    });
    assert.equal(response.status, 201);
    await until("the order is paid", async () => (await shop.order(of.merchant_uid)).status === "paid");
  }

  const card = (merchantUid: string) => page.locator(`li[data-order="${merchantUid}"]`);
  const sawRefunds = (merchantUid: string, count: number) =>
    until(`${count} refunds are done`, async () => {
      const { refunds } = await shop.order(merchantUid);
      return (
        refunds.length === count && refunds.every(({ state }: { state: string }) => state === "succeeded")
      );
    });

  test("refunds a part and then the rest", async () => {
    const bought = await order();
    await pay(bought);
    await page.goto(`${shop.sandbox.shopUrl}/staff`);
    const item = card(bought.merchant_uid);
    await item.locator('.money [name="amount"]').fill("18000");
    await item.locator('.money [name="reason"]').fill("한 개 파손");
    await item.locator('.money [value="part"]').dblclick();
    await sawRefunds(bought.merchant_uid, 1);
    await item.locator(".refunds li[data-state=succeeded]").waitFor();
    assert.match((await item.locator(".state").textContent()) ?? "", /부분 환불/);
    await item.locator('.money [name="reason"]').fill("나머지");
    await item.locator('.money [value="all"]').click();
    await sawRefunds(bought.merchant_uid, 2);
    const after = await shop.order(bought.merchant_uid);
    assert.equal(after.status, "refunded");
    assert.equal(after.refunded_amount, bought.amount);
    assert.deepEqual(
      after.refunds.map(({ amount }: { amount: number }) => amount),
      [18_000, 30_000],
    );
    assert.deepEqual(after.discrepancies, []);
    await until("the page says so", async () =>
      /환불 완료/.test((await item.locator(".state").textContent()) ?? ""),
    );
    assert.equal(await item.locator(".money").isVisible(), false);
  });

  test("says why more than the rest is not given back", async () => {
    const bought = await order();
    await pay(bought);
    await page.goto(`${shop.sandbox.shopUrl}/staff`);
    const item = card(bought.merchant_uid);
    await item.locator('.money [name="amount"]').fill(String(bought.amount + 1));
    await item.locator('.money [name="reason"]').fill("too much");
    await item.locator('.money [value="part"]').click();
    await page.locator("#problem", { hasText: "남은 결제 금액보다 큽니다" }).waitFor();
    assert.deepEqual((await shop.order(bought.merchant_uid)).refunds, []);
  });

  test("cancels an order that nobody paid", async () => {
    const bought = await order();
    await page.goto(`${shop.sandbox.shopUrl}/staff`);
    const item = card(bought.merchant_uid);
    await item.locator('.unpaid [name="reason"]').fill("buyer called");
    await item.locator(".unpaid button").click();
    await until(
      "it is cancelled",
      async () => (await shop.order(bought.merchant_uid)).status === "cancelled",
    );
    await until("the page says so", async () =>
      /취소됨/.test((await item.locator(".state").textContent()) ?? ""),
    );
  });

  test("is closed to everybody without the password", async () => {
    const bought = await order();
    const { shopUrl, staffPassword } = shop.sandbox;
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    const refused = [
      {},
      { authorization: basic("staff:") },
      { authorization: basic(`staff:${staffPassword}x`) },
    ];
    for (const headers of refused) {
      for (const path of ["/staff", "/api/staff/orders"])
        assert.equal((await fetch(shopUrl + path, { headers })).status, 401);
      const cancelled = await fetch(`${shopUrl}/api/staff/orders/${bought.merchant_uid}/cancel`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify({ reason: "mine" }),
      });
      assert.equal(cancelled.status, 401);
    }
    assert.equal((await shop.order(bought.merchant_uid)).status, "pending");
  });
});
