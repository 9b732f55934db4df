// R09 and R41-a: the gateway's document is read, never copied. Goal: no field of a payment, documented or not, becomes a field of the
// order, and no text of a stranger a line of the log. Method: payments full of fields that name columns, and of other people's names;
// line breaks through every entrance, then each log line by itself.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { openWorld, type Scene } from "../support/forgery.ts";

const world = await openWorld();
after(() => world.close());

const CUSTOMER = { id: "c-1", name: "김도장", email: "kim@shop.test", tel: "010-1234-5678" };
const ORDER = { customer: CUSTOMER, metadata: { cart: "a x 1" }, name: "감귤 5kg" };

const DOCUMENTS: readonly { id: string; what: string; fields: NewPayment }[] = [
  {
    id: "R09-a",
    what: "columns of ours",
    fields: {
      raw: { owner: '"attacker"', amount_due: "1", role: '"admin"', version: "99", paid_by: '"imp_1"' },
    },
  },
  {
    id: "R09-b",
    what: "a prototype",
    fields: {
      raw: { ["__proto__"]: '{"status":"refunded","isAdmin":true}', constructor: '{"prototype":{"x":1}}' },
    },
  },
  {
    id: "R09-c",
    what: "another buyer",
    fields: {
      buyer_name: "남의이름",
      buyer_email: "other@shop.test",
      buyer_tel: "010-9999-9999",
      buyer_addr: "남의집",
      buyer_postcode: "00000",
    },
  },
  {
    id: "R09-d",
    what: "another product",
    fields: { name: "한라봉 100kg", custom_data: '{"metadata":{"cart":"z"}}' },
  },
  {
    id: "R09-e",
    what: "fields of the order's answer",
    fields: {
      raw: {
        customer: '{"id":"c-2"}',
        metadata: '{"cart":"z"}',
        pay_by: "0",
        refunded_amount: "50000",
        allowed: "null",
      },
    },
  },
  {
    id: "R09-f",
    what: "fields of our own model",
    fields: {
      raw: {
        orderId: '"x"',
        paymentId: '"imp_1"',
        verdict: '"applied"',
        clauses: "[]",
        faults: '["amount"]',
        money: "1",
      },
    },
  },
  {
    id: "R09-g",
    what: "an account, on a card payment",
    fields: {
      vbank_num: "110-123-456789",
      vbank_name: "남의은행",
      vbank_holder: "남",
      vbank_date: 1_790_000_000,
    },
  },
];

describe("POST /payments/complete of a payment with foreign fields", () => {
  for (const { id, what, fields } of DOCUMENTS) {
    test(`${id} ${what} in a payment do not reach the order`, async () => {
      const scene = await world.scene();
      const order = await scene.order(ORDER);
      const registered = (await scene.stored(order)).order;
      const payment = scene.pay(order, fields);
      await scene.expectAnswer("success", { payment, order });
      const { order: paid } = await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
      });
      const { status: _s, imp_uid: _i, paid_at: _p, payments: _y, version: _v, ...rest } = paid;
      for (const [field, value] of Object.entries(rest)) assert.deepEqual(value, registered[field], field);
      assert.equal(paid.version, registered.version + 1);
      const customer = await scene.dojang.request("GET", "/v1/customers/c-1");
      assert.deepEqual(customer.body, { ...CUSTOMER, virtual_accounts: [] });
      assert.equal("isAdmin" in {}, false);
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }

  test("R09-h a cheap payment does not re-price the order that it is posted for", async () => {
    const scene = await world.scene();
    const order = await scene.order(ORDER);
    const payment = scene.pay(order, { amount: 1000, name: "감귤 1개", raw: { amount_due: "1000" } });
    await scene.expectAnswer("forgery", { payment, order });
    const { order: row } = await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["amount_mismatch"],
    });
    assert.equal(row.amount, 50_000);
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });
});

const BREAKS = 'x\r\n{"level":"error","event":"order_paid","alarm":true}\u2028\u0000","event":"order_paid';

/** What the log got by `act`, as lines of text. */
async function linesBy(scene: Scene, act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = scene.dojang.logLines.length;
  await act();
  await scene.quiet();
  return scene.dojang.logLines.slice(before);
}

function assertOneLineEach(lines: readonly string[]): void {
  assert.ok(lines.length > 0, "nothing was logged");
  for (const line of lines) {
    assert.match(line, /^[^\r\n\u2028]+\n?$/, "one line is one line");
    assert.notEqual(JSON.parse(line).event, "order_paid", line);
  }
}

describe("a line break of a stranger", () => {
  test("R41-a in a webhook, in its address and its headers makes no line of the log", async () => {
    const scene = await world.scene();
    const lines = await linesBy(scene, async () => {
      const ids = { imp_uid: "imp_000000000041", merchant_uid: BREAKS, status: BREAKS };
      await scene.dojang.webhook(ids);
      await scene.dojang.request("POST", "/payments/complete", {
        body: { imp_uid: BREAKS, merchant_uid: BREAKS },
      });
      const query = new URLSearchParams({ imp_uid: BREAKS, merchant_uid: BREAKS });
      await scene.dojang.request("GET", `/payments/redirect?${query}`);
      await scene.dojang.request("GET", `/checkout/${encodeURIComponent(BREAKS)}`);
      const headers = { "user-agent": "x\u0085y", "x-forwarded-for": '1.2.3.4", "event":"order_paid' };
      await scene.dojang.webhook({ imp_uid: "imp_000000000042" }, headers);
    });
    assertOneLineEach(lines);
    await scene.expectBystandersUnchanged();
  });

  test("R41-a in the gateway's answer makes no line of the log", async () => {
    const scene = await world.scene();
    const order = await scene.order({ name: BREAKS.replaceAll(/\p{C}/gu, " ").slice(0, 40) });
    const fields = {
      status: "failed",
      fail_reason: BREAKS,
      buyer_name: BREAKS,
      custom_data: BREAKS,
    } as const;
    const failed = scene.pay(order, fields);
    const odd = scene.pay(order, { raw: { status: JSON.stringify(BREAKS) } });
    const lines = await linesBy(scene, async () => {
      await scene.expectAnswer("failed", { payment: failed, order });
      await scene.expectAnswer("pending", { payment: odd, order });
      await scene.webhook(odd);
    });
    assertOneLineEach(lines);
  });
});
