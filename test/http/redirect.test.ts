import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { type Answer, startTestDojang, type TestDojang } from "../support/dojang.ts";

const RETURN_URL = "https://shop.example.com/done?step=2&status=unset";
let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator, env: { DOJANG_ALLOWED_ORIGINS: "https://shop.example.com" } });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

async function pay(payment: NewPayment = {}, order: Record<string, unknown> = { return_url: RETURN_URL }) {
  const { body } = await dojang.order(order);
  const merchant_uid: string = body.merchant_uid;
  const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true, ...payment });
  return { imp_uid, merchant_uid };
}

const comeBack = (query: Record<string, string> | string) =>
  dojang.request("GET", `/payments/redirect?${new URLSearchParams(query)}`);

function assertRedirect(
  answer: Answer,
  { to, uid, status }: { to: string; uid: string; status: string },
): void {
  assert.equal(answer.status, 303, answer.text);
  const target = new URL(answer.headers.get("location") ?? "");
  assert.equal(target.origin + target.pathname, to);
  assert.equal(target.searchParams.get("merchant_uid"), uid);
  assert.deepEqual(target.searchParams.getAll("status"), [status]);
  assert.equal(answer.text, "");
}

const SHOP_PAGE = "https://shop.example.com/done";

const WORDS: readonly (readonly [payment: NewPayment, word: string])[] = [
  [{}, "success"],
  [{ status: "ready", pay_method: "vbank" }, "vbankIssued"],
  [{ status: "ready" }, "pending"],
  [{ amount: 100 }, "forgery"],
  [{ status: "failed" }, "failed"],
  [{ status: "cancelled" }, "closed"],
];

describe("GET /payments/redirect", () => {
  for (const [payment, status] of WORDS) {
    test(`sends the buyer to the shop with the word ${status}`, async () => {
      const ids = await pay(payment);
      const answer = await comeBack(ids);
      assertRedirect(answer, { to: SHOP_PAGE, uid: ids.merchant_uid, status });
      const { searchParams } = new URL(answer.headers.get("location") ?? "");
      assert.deepEqual([...searchParams.keys()].sort(), ["merchant_uid", "status", "step"]);
      assert.equal((await dojang.complete(ids)).body.status, status);
    });
  }

  test("sends the buyer to the hosted page where the order has no return_url", async () => {
    const ids = await pay({}, {});
    const to = `${dojang.url}/checkout/${ids.merchant_uid}`;
    assertRedirect(await comeBack(ids), { to, uid: ids.merchant_uid, status: "success" });
  });

  test("passes on nothing else that stands in the address, and believes none of it", async () => {
    const ids = await pay({ status: "failed" });
    const more = {
      imp_success: "true",
      success: "true",
      error_msg: "<script>",
      return_url: "https://evil.example",
    };
    const answer = await comeBack({ ...ids, ...more });
    assertRedirect(answer, { to: SHOP_PAGE, uid: ids.merchant_uid, status: "failed" });
    const location = answer.headers.get("location") ?? "";
    for (const part of ["script", "evil", "imp_", "true"])
      assert.equal(location.includes(part), false, location);
  });

  test("answers by the order's state where the PG sends no imp_uid", async () => {
    const ids = await pay();
    const bare = { merchant_uid: ids.merchant_uid };
    assertRedirect(await comeBack(bare), { to: SHOP_PAGE, uid: ids.merchant_uid, status: "pending" });
    await dojang.complete(ids);
    assertRedirect(await comeBack(bare), { to: SHOP_PAGE, uid: ids.merchant_uid, status: "success" });
  });

  test("shows a plain 404 page to whoever knows no order, alike in every case", async () => {
    const [one, other] = [await pay(), await pay()];
    const pages = new Set<string>();
    const queries = [
      {},
      { imp_uid: one.imp_uid },
      { merchant_uid: "dj_no_such_order", imp_uid: one.imp_uid },
      { merchant_uid: "x", imp_uid: one.imp_uid },
      { merchant_uid: "<script>alert(1)</script>", imp_uid: one.imp_uid },
      { merchant_uid: other.merchant_uid, imp_uid: one.imp_uid },
      { merchant_uid: other.merchant_uid, imp_uid: "prepare/x" },
      `merchant_uid=${other.merchant_uid}&merchant_uid=${one.merchant_uid}&imp_uid=${one.imp_uid}`,
    ];
    for (const query of queries) {
      const answer = await comeBack(query);
      assert.equal(answer.status, 404, JSON.stringify(query));
      assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
      pages.add(answer.text);
    }
    assert.equal(pages.size, 1);
    for (const { merchant_uid } of [one, other]) {
      assert.equal((await dojang.read(merchant_uid)).body.status, "pending");
    }
  });
});

describe("GET /checkout/{merchant_uid}", () => {
  test("shows the order's state and its account, escaped, and nothing of the customer", async () => {
    const order = {
      name: "<b>감귤</b> & 귤",
      customer: { name: "홍길동", tel: "010-1234-5678", email: "hong@example.com" },
    };
    const ids = await pay({ status: "ready", pay_method: "vbank", vbank_num: "9876543210" }, order);
    await dojang.complete(ids);
    const { status, text } = await dojang.request("GET", `/checkout/${ids.merchant_uid}`);
    assert.equal(status, 200);
    assert.ok(text.includes("&lt;b>감귤&lt;/b> &amp; 귤"), text);
    assert.ok(text.includes("9876543210"));
    assert.ok(text.includes("50,000"));
    for (const part of ["홍길동", "길동", "1234-5678", "12345678", "hong", "example", "<b>감"]) {
      assert.equal(text.includes(part), false, part);
    }
    assert.ok(text.includes("홍**") && text.includes("**5678") && text.includes("h**@e**"), text);
  });

  test("tells a page that waits the same, and a stranger nothing", async () => {
    const ids = await pay({ status: "paid" }, { name: "감귤", customer: { tel: "010-1234-5678" } });
    const state = () => dojang.request("GET", `/checkout/${ids.merchant_uid}/state`);
    const before = await state();
    assert.deepEqual(
      [before.status, before.body.status, before.body.customer],
      [200, "pending", { name: null, email: null, tel: "**5678" }],
    );
    await dojang.complete(ids);
    const { body } = await state();
    assert.equal(body.status, "paid");
    assert.deepEqual(Object.keys(body).sort(), Object.keys(before.body).sort());
    assert.equal("metadata" in body || "payments" in body || "allowed" in body, false);
    for (const id of ["dj_no_such_order", "x", "a".repeat(500), "..%2f.."]) {
      const { status, body: problem } = await dojang.request("GET", `/checkout/${id}/state`);
      assert.deepEqual([status, problem.code], [404, "not_found"], id);
    }
  });

  for (const [receipt_url, shown] of [
    ["https://receipt.example.com/1?a=b", "https://receipt.example.com/1?a=b"],
    ["http://127.0.0.1:4000/receipt?imp_uid=1", "http://127.0.0.1:4000/receipt?imp_uid=1"], // the sandbox's own
    ["http://127.0.0.1.evil.example/", null],
    ["javascript:alert(1)", null],
    ["http://receipt.example.com/1", null],
    ["https://shop.example.com@evil.example/", null],
    ["data:text/html,<script>", null],
    ["//evil.example", null],
    ["", null],
  ] as const) {
    test(`R41 links a receipt only where a browser may follow it: ${receipt_url}`, async () => {
      const ids = await pay({ status: "paid", receipt_url }, { name: "감귤" });
      assert.equal((await dojang.complete(ids)).status, 200);
      const { body } = await dojang.request("GET", `/checkout/${ids.merchant_uid}/state`);
      assert.equal(body.status, "paid");
      assert.equal(body.receipt_url, shown);
    });
  }

  test("shows a plain 404 page for an unknown order", async () => {
    for (const id of ["dj_no_such_order", "x", "%3Cscript%3E", "a".repeat(500)]) {
      const { status, text } = await dojang.request("GET", `/checkout/${id}`);
      assert.equal(status, 404, id);
      assert.equal(text.includes("script"), false);
    }
  });
});
