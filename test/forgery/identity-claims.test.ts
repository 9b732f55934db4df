// R21 and R22: the page says, the gateway knows. Goal: nothing that a browser claims about a result, and nothing that a
// page wrote into a payment, decides; and a payment that belongs to a billing key is no one-off payment. Method: every
// claim that the SDK and the redirect carry, beside payments that say otherwise.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { expectNothingHappens } from "../support/forgery-refused.ts";
import { assertUnchanged, brokenClauses } from "../support/forgery-rows.ts";
import { assertOneAnswer, type Word } from "../support/forgery-wire.ts";

/** Time stands still: no look of the server's own falls between the expected ones. */
const clock = new ManualClock(Date.now());
const worlds = { sandbox: await openWorld({ clock }), live: await openWorld({ mode: "live", clock }) };
const world = worlds.sandbox;
after(async () => {
  for (const each of Object.values(worlds)) await each.close();
});

/** Comes back from a payment as a phone does. Returns where the buyer is sent. */
async function comeBack(scene: Scene, query: Record<string, string>): Promise<URL> {
  const answer = await scene.dojang.request("GET", `/payments/redirect?${new URLSearchParams(query)}`);
  assert.equal(answer.status, 303, answer.text);
  const location = new URL(answer.headers.get("location") ?? "");
  assert.deepEqual([...location.searchParams.keys()].toSorted(), ["merchant_uid", "status"]);
  return location;
}

const WORDS: readonly { id: string; what: string; fields: NewPayment; word: string }[] = [
  { id: "R21-a1", what: "an opened window", fields: { status: "ready" }, word: "pending" },
  { id: "R21-a2", what: "a failed payment", fields: { status: "failed" }, word: "failed" },
  { id: "R21-a3", what: "a cheaper payment", fields: { amount: 100 }, word: "forgery" },
  {
    id: "R21-a4",
    what: "a cancelled payment",
    fields: { status: "cancelled", cancel_amount: PRICE },
    word: "closed",
  },
  {
    id: "R21-a5",
    what: "an issued account",
    fields: { pay_method: "vbank", status: "ready" },
    word: "vbankIssued",
  },
];
const CLAIMS = {
  imp_success: "true",
  success: "true",
  status: "success",
  paid_amount: String(PRICE),
  error_msg: "",
};

describe("GET /payments/redirect with claims of success", () => {
  for (const { id, what, fields, word } of WORDS) {
    test(`${id} ${what} is called ${word} all the same`, async () => {
      const scene = await world.scene();
      const order = await scene.order({ return_url: "http://127.0.0.1:9/done?status=paid&amount=1" });
      const payment = scene.pay(order, fields);
      const answer = await scene.dojang.request(
        "GET",
        `/payments/redirect?${new URLSearchParams({ imp_uid: payment.imp_uid, merchant_uid: order, ...CLAIMS })}`,
      );
      assert.equal(answer.status, 303);
      const { searchParams } = new URL(answer.headers.get("location") ?? "");
      assert.deepEqual(searchParams.getAll("status"), [word], "one word, ours");
      assert.deepEqual([...searchParams.keys()].toSorted(), ["amount", "merchant_uid", "status"]);
      const { order: row } = await scene.stored(order);
      assert.equal(`${row.imp_uid} ${row.paid_at}`, "null null");
      const honest = await scene.expectHonestPaymentPays(order);
      // The account is not wanted any more: it is closed, and looked at once.
      const closing =
        word === "vbankIssued" ? [`DELETE /vbanks/${payment.imp_uid}`, scene.lookLine(payment)] : [];
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest), ...closing]);
    });
  }

  test("R21-a6 success without any payment is pending, and an unknown payment is too", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    await expectNothingHappens(scene, order, async () => {
      const target = await comeBack(scene, { merchant_uid: order, ...CLAIMS });
      assert.equal(target.searchParams.get("status"), "pending");
    });
    const unknown = await comeBack(scene, { imp_uid: "imp_000000000000", merchant_uid: order, ...CLAIMS });
    assert.equal(unknown.searchParams.get("status"), "pending");
    await scene.expectStored(order, { status: "pending" });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine("imp_000000000000"), scene.lookLine(honest)]);
  });

  test("R21-a7 a claim of failure does not fail a paid payment", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const claim = { imp_success: "false", success: "false", error_code: "F400", error_msg: "결제 실패" };
    const target = await comeBack(scene, { imp_uid: payment.imp_uid, merchant_uid: order, ...claim });
    assert.equal(target.searchParams.get("status"), "success");
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R21-a8 the buyer is sent to the order's address, whatever the query names", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const evil = "https://evil.test/";
    const names = { return_url: evil, redirect: evil, m_redirect_url: evil, next: evil };
    const target = await comeBack(scene, { imp_uid: payment.imp_uid, merchant_uid: order, ...names });
    assert.equal(`${target.origin}${target.pathname}`, `${scene.dojang.url}/checkout/${order}`);
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});

const CALLBACKS: Readonly<Record<string, Record<string, unknown>>> = {
  "R21-b1": { success: true },
  "R21-b2": { imp_success: true },
  "R21-b3": { status: "paid", paid_amount: PRICE, paid_at: 1_764_000_000 },
  "R21-b4": { error_code: null, error_msg: null },
  "R21-b5": { pg_tid: "t", apply_num: "1", receipt_url: "https://receipt.test", pay_method: "card" },
  "R21-b6": { custom_data: { merchant_uid: "x", amount: PRICE } },
  "R21-b7": { vbank_num: "56211105948400", vbank_name: "우리은행", vbank_date: "2099-01-01" },
};

describe("POST /payments/complete with the SDK's callback", () => {
  for (const [id, fields] of Object.entries(CALLBACKS)) {
    test(`${id} ${Object.keys(fields).join(", ")} beside the ids is refused, and pays nothing`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { status: "ready" });
      await expectNothingHappens(scene, order, async () => {
        const body = { imp_uid: payment.imp_uid, merchant_uid: order, ...fields };
        const answer = await scene.dojang.request("POST", "/payments/complete", { body });
        assertOneAnswer(answer, { word: "invalidRequest" });
      });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(honest)]);
    });
  }

  test("R21-c1 what the page wrote about another order into the payment does not move it there", async () => {
    const scene = await world.scene();
    const [order, elsewhere] = [await scene.order(), await scene.order()];
    const claims = JSON.stringify({
      merchant_uid: elsewhere,
      imp_uid: "imp_1",
      status: "paid",
      amount: PRICE,
    });
    const payment = scene.pay(order, { custom_data: claims, name: elsewhere, buyer_name: elsewhere });
    await scene.expectAnswer("notFound", { payment, order: elsewhere });
    await scene.expectStored(elsewhere, { status: "pending" });
    await scene.expectAnswer("success", { payment, order });
    await scene.expectNothingElse([payment, payment].map(scene.lookLine));
  });

  test("R21-c2 another buyer's name, mail and phone are neither compared nor taken", async () => {
    const scene = await world.scene();
    const customer = { id: "c-21", name: "김도장", email: "kim@shop.test", tel: "010-1234-5678" };
    const order = await scene.order({ customer });
    const others = { buyer_name: "남의이름", buyer_email: "other@shop.test", buyer_tel: "010-9999-9999" };
    const payment = scene.pay(order, { ...others, buyer_addr: "x", custom_data: "{}" });
    await scene.expectAnswer("success", { payment, order });
    const { order: row } = await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    assert.deepEqual(row.customer, customer);
    assert.ok(!JSON.stringify(row).includes("남의이름"));
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});

interface Billing {
  readonly id: string;
  readonly what: string;
  readonly fields: NewPayment;
  readonly word?: Word;
  readonly broken?: readonly string[];
  readonly discrepancies?: readonly string[];
}
const KEY = "customer-of-a-billing-key";
const BILLING: readonly Billing[] = [
  {
    id: "R22-a1",
    what: "an issued billing key, amount 0",
    fields: { amount: 0, customer_uid: KEY, customer_uid_usage: "issue" },
    broken: ["amount", "customer_uid"],
    discrepancies: [],
  },
  {
    id: "R22-a2",
    what: "an issued billing key at the order's price",
    fields: { customer_uid: KEY, customer_uid_usage: "issue" },
  },
  {
    id: "R22-b1",
    what: "a scheduled charge",
    fields: { customer_uid: KEY, customer_uid_usage: "payment.scheduled" },
  },
  { id: "R22-b2", what: "a repeated charge", fields: { customer_uid: KEY, customer_uid_usage: "payment" } },
  {
    id: "R22-b3",
    what: "a usage that nobody documents",
    fields: { customer_uid: KEY, customer_uid_usage: "x" },
  },
  { id: "R22-c1", what: "a foreign key without a usage", fields: { customer_uid: KEY } },
  { id: "R22-c2", what: "a usage without a key", fields: { customer_uid_usage: "payment" } },
  { id: "R22-c3", what: "a key called like the order's customer", fields: { customer_uid: "c-22" } },
  { id: "R22-c4", what: "a key of one space", fields: { customer_uid: " " } },
];

for (const [mode, each] of Object.entries(worlds)) {
  describe(`a payment by billing key, in ${mode}`, () => {
    for (const {
      id,
      what,
      fields,
      broken = ["customer_uid"],
      discrepancies = ["channel_mismatch"],
    } of BILLING) {
      test(`${id} ${what} does not pay a one-off order`, async () => {
        const scene = await each.scene();
        const order = await scene.order({ customer: { id: "c-22" } });
        const payment = scene.pay(order, fields);
        await scene.expectAnswer("forgery", { payment, order });
        const payments = { [payment.imp_uid]: "rejected" };
        const stored = await scene.expectStored(order, { status: "pending", payments, discrepancies });
        assert.deepEqual(brokenClauses(stored, payment), broken);
        await scene.webhook(payment);
        assertUnchanged({ ...stored, tasks: [] }, { ...(await scene.stored(order)), tasks: [] });
        const honest = await scene.expectHonestPaymentPays(order);
        await scene.expectNothingElse([payment, payment, honest].map(scene.lookLine));
      });
    }

    test("R22-d a key that is no text is not guessed: pending with an alarm", async () => {
      const scene = await each.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { raw: { customer_uid: '{"id":"x"}' } });
      await scene.expectAnswer("pending", { payment, order });
      await scene.expectStored(order, { status: "pending" });
      assert.ok(scene.hasAlarm(payment));
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([payment, honest].map(scene.lookLine));
    });

    test("R22-e an empty key and usage are none", async () => {
      const scene = await each.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { customer_uid: "", customer_uid_usage: "" });
      await scene.expectAnswer("success", { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  });
}
