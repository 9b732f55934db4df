// Goal: an order that is to be paid into a virtual account lives to its end without the buyer's browser: it is closed the moment the
// account is issued, before the page could tell Dojang of anything. Method: the whole sandbox under a clock that the test moves, a real
// browser, the deposit by the emulator's lever; in the second run the gateway sends no webhook at all.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { type Buyer, type OpenShop, openShop } from "../support/open-shop.ts";
import { until } from "../support/until.ts";

const clock = new ManualClock(Date.now()); // the shop checks the age of signatures by the machine's clock
let shop: OpenShop;
before(async () => {
  shop = await openShop({ clock });
});
after(() => shop[Symbol.asyncDispose]());

async function lever(path: string, body: unknown) {
  const response = await fetch(`${shop.sandbox.emulatorUrl}/admin/api${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${path}: ${response.status}`);
}

/** Orders by virtual account; the page is gone before its call to Dojang leaves. @returns the order's number */
async function orderAndLeave({ page }: Buyer, product: string): Promise<string> {
  const called = Promise.withResolvers<string>();
  await page.route("**/payments/complete", async (route) => {
    called.resolve(route.request().postDataJSON().merchant_uid);
    await route.abort();
  });
  await page.goto(`${shop.sandbox.shopUrl}/checkout?product=${product}`);
  await page.getByLabel("이름 Name").fill("홍길동");
  await page.getByLabel("휴대폰").fill("010-1234-5678");
  await page.getByLabel("이메일").fill("hong@example.com");
  await page.locator("[name=pay_method][value=vbank]").check();
  await page.locator("#pay").click();
  await page.frameLocator("iframe").getByRole("radio", { name: "우리은행" }).check();
  await page.frameLocator("iframe").locator("#pay").click();
  const merchantUid = await called.promise;
  await page.close();
  return merchantUid;
}

/** The order once it has this state; until then time moves on by steps, and what falls due meanwhile runs. */
const orderIn = (status: string, { merchantUid, stepMs }: { merchantUid: string; stepMs: number }) =>
  until(`the order is ${status}`, async () => {
    const order = await shop.order(merchantUid);
    if (order.status === status) return order;
    clock.advance(stepMs);
    return undefined;
  });

const textsAfter = (start: number) =>
  shop.logLines.slice(start).flatMap((line) => {
    const { msg, text } = JSON.parse(line);
    return msg === "text_message" ? [String(text)] : [];
  });

describe("A virtual account whose buyer closed the browser right after its issue", () => {
  for (const [what, { auto, stepMs, withinMs, product }] of [
    // Too soon for any look and any list.
    ["the gateway's webhooks", { auto: true, stepMs: 50, withinMs: 10_000, product: "teacup" }],
    [
      "lists and looks, every webhook lost",
      { auto: false, stepMs: 5000, withinMs: 120_000, product: "brush" },
    ],
  ] as const) {
    test(`is paid and shipped by ${what}`, async () => {
      await lever("/webhooks/settings", { auto });
      const buyer = await shop.buyer();
      const start = shop.logLines.length;
      const startedAt = clock.now();
      const merchantUid = await orderAndLeave(buyer, product);
      const issued = await orderIn("awaiting_deposit", { merchantUid, stepMs });
      await lever(`/payments/${issued.payments[0].imp_uid}/deposit`, {});
      await orderIn("paid", { merchantUid, stepMs });
      assert.ok(clock.now() - startedAt < withinMs, `after ${clock.now() - startedAt} ms`);
      await until("both texts went out", () => textsAfter(start).length === 2);
      const [first = "", second = ""] = textsAfter(start);
      assert.match(first, /SMS to 01012345678: \[가상계좌 안내\]/);
      assert.ok(first.includes(issued.virtual_account.vbank_num));
      assert.match(second, /SMS to 01012345678: \[입금 확인\]/);

      const page = await buyer.context.newPage();
      await page.goto(`${shop.sandbox.shopUrl}/orders`);
      await page.getByText("발송 · Shipped").waitFor();
      await page.getByText("결제 완료 · Paid").waitFor();
      const steps = await page.locator(".steps li span").allTextContents();
      assert.deepEqual(steps, [
        "주문 · Ordered",
        "계좌 발급 · Account issued",
        "결제 확인 · Payment verified",
        "발송 · Shipped",
      ]);
      assert.deepEqual(buyer.faults, []);
    });
  }
});
