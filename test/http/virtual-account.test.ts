import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const AMOUNT = 50_000;
/** 2026-12-24 23:59:59 in Korea, where the day has already ended when it is 15:00 in London. */
const DUE_S = Date.parse("2026-12-24T23:59:59+09:00") / 1000;
const PAY_BY = "2026-12-24T09:30:00.000Z";
/** The server's clock is the machine's: the dates above must lie ahead of it, by less than 180 days. */
const SHIFT_S = Math.ceil((Date.now() / 1000 + 7 * 86_400 - DUE_S) / 86_400) * 86_400;
const due = DUE_S + SHIFT_S;
const payBy = new Date(Date.parse(PAY_BY) + SHIFT_S * 1000).toISOString();
/** RFC 3339 in Korean time, by hand. */
const inKorea = (seconds: number) =>
  `${new Date((seconds + 9 * 3600) * 1000).toISOString().slice(0, 19)}+09:00`;

async function issue(payment: NewPayment = {}, order: Record<string, unknown> = {}) {
  const { body } = await dojang.order({ amount: AMOUNT, pay_by: payBy, ...order });
  const merchant_uid: string = body.merchant_uid;
  const account: NewPayment = { status: "ready", pay_method: "vbank", vbank_date: due };
  const record = emulator.pay({ merchant_uid, amount: AMOUNT, sandbox: true, ...account, ...payment });
  return { ids: { imp_uid: record.imp_uid, merchant_uid }, record };
}

describe("POST /payments/complete on a virtual account", () => {
  test("answers the account with its deadline in Korean time, and keeps it on the order", async () => {
    const { ids, record } = await issue();
    const account = {
      vbank_num: record.vbank_num,
      vbank_name: record.vbank_name,
      vbank_holder: record.vbank_holder,
      vbank_date: inKorea(due),
    };
    assert.match(account.vbank_date, /^\d{4}-\d\d-\d\dT23:59:59\+09:00$/);
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await dojang.complete(ids);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.body, {
        status: "vbankIssued",
        message: "Virtual account issued successfully",
        ...account,
        merchant_uid: ids.merchant_uid,
      });
    }
    const { body } = await dojang.read(ids.merchant_uid);
    assert.equal(body.status, "awaiting_deposit");
    assert.deepEqual(body.virtual_account, account);
    assert.equal(body.imp_uid, null);
    assert.equal(body.payments[0].verdict, "held");
    assert.equal(body.payments[0].status, "ready");
  });

  test("shows pay_by where the account has no deadline, and an empty holder where it names none", async () => {
    const { ids } = await issue({ vbank_date: 0, vbank_holder: null });
    const { body } = await dojang.complete(ids);
    assert.equal(body.status, "vbankIssued");
    assert.equal(body.vbank_date, inKorea(Date.parse(payBy) / 1000));
    assert.equal(body.vbank_holder, "");
  });

  test("becomes paid by the deposit that a webhook tells of", async () => {
    const { ids } = await issue();
    await dojang.complete(ids);
    emulator.deposit(ids.imp_uid);
    const order = await until("the order is paid", async () => {
      const { body } = await dojang.read(ids.merchant_uid);
      return body.status === "paid" ? body : undefined;
    });
    assert.equal(order.imp_uid, ids.imp_uid);
    const answer = await dojang.complete(ids);
    assert.deepEqual(answer.body, {
      status: "success",
      message: "General payment successful",
      merchant_uid: ids.merchant_uid,
    });
  });

  test("shows the newest of two accounts and closes the older one", async () => {
    const { ids: first } = await issue();
    await dojang.complete(first);
    const { merchant_uid } = first;
    const second = emulator.pay({
      merchant_uid,
      amount: AMOUNT,
      sandbox: true,
      status: "ready",
      pay_method: "vbank",
      vbank_date: due,
      started_at: Math.floor(Date.now() / 1000) + 5,
    });
    const { body } = await dojang.complete({ imp_uid: second.imp_uid, merchant_uid });
    assert.equal(body.vbank_num, second.vbank_num);
    await until("the older account is closed at the gateway", () =>
      emulator.requests.lines().includes(`DELETE /vbanks/${first.imp_uid}`),
    );
    assert.equal((await dojang.read(merchant_uid)).body.virtual_account.vbank_num, second.vbank_num);
  });

  test("is no account while it is only an opened window", async () => {
    const { ids } = await issue({ vbank_num: null, vbank_name: null, vbank_date: 0 });
    assert.equal((await dojang.complete(ids)).status, 202);
    const { body } = await dojang.read(ids.merchant_uid);
    assert.deepEqual([body.status, body.virtual_account], ["pending", null]);
  });
});

describe("GET /v1/customers/{id}", () => {
  test("shows the customer as the newest order names them, with their accounts, newest first", async () => {
    const customer = { id: "user-42", name: "홍길동", email: "hong@example.com", tel: "010-1234-5678" };
    const { ids: first, record: one } = await issue({}, { customer: { ...customer, name: "홍" } });
    await dojang.complete(first);
    await dojang.order({ customer: { id: "user-42" } });
    const { ids: second, record: two } = await issue({}, { customer });
    await dojang.complete(second);
    await issue({}, { customer: { id: "user-43" } });
    const { status, body } = await dojang.request("GET", "/v1/customers/user-42");
    assert.equal(status, 200);
    const { virtual_accounts, ...person } = body;
    assert.deepEqual(person, customer);
    const account = (ids: typeof first, record: typeof one) => ({
      merchant_uid: ids.merchant_uid,
      imp_uid: ids.imp_uid,
      order_status: "awaiting_deposit",
      amount: AMOUNT,
      currency: "KRW",
      vbank_num: record.vbank_num,
      vbank_name: record.vbank_name,
      vbank_holder: record.vbank_holder,
      vbank_date: inKorea(due),
    });
    assert.deepEqual(virtual_accounts, [account(second, two), account(first, one)]);
  });

  test("answers 404 to a customer without orders", async () => {
    const answer = await dojang.request("GET", "/v1/customers/nobody");
    assert.deepEqual([answer.status, answer.body.code], [404, "not_found"]);
  });

  test("finds a customer whose id needs escaping", async () => {
    const id = "가 나/다?x=1#%";
    await dojang.order({ customer: { id, name: "홍길동" } });
    const { body } = await dojang.request("GET", `/v1/customers/${encodeURIComponent(id)}`);
    assert.deepEqual(body, { id, name: "홍길동", email: null, tel: null, virtual_accounts: [] });
  });
});
