// R09: the gateway's document is read, never copied. Goal: no field of a payment, documented or not, becomes a field of
// the order. Method: payments full of fields that name columns, and of other people's names.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { openWorld } from "../support/forgery.ts";

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
