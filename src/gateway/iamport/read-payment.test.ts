import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PaymentSnapshot } from "../../domain/payment.ts";
import { isJsonObject, readJson } from "../../domain/strict-json.ts";
import { readPayment } from "./read-payment.ts";

/** Reads a paid payment in which these fields are this raw text; `undefined` leaves the field out. */
function read(fields: Readonly<Record<string, string | undefined>>): PaymentSnapshot {
  const all: Record<string, string | undefined> = {
    amount: "1000",
    cancel_amount: "0",
    currency: '"KRW"',
    paid_at: "1709722069",
    sandbox: "false",
    status: '"paid"',
    ...fields,
  };
  const pairs = Object.entries(all).filter(([, value]) => value !== undefined);
  const reading = readJson(`{${pairs.map(([key, value]) => `"${key}":${value}`).join(",")}}`);
  assert.ok(reading.ok && isJsonObject(reading.value));
  const ids = { paymentId: "imp_1", orderId: "order-0001" };
  return readPayment(reading.value, ids, { raw: "", fetchStartedAt: 1, fetchEndedAt: 2 });
}

const won = (amountMinor: number) => ({ amountMinor, currency: "KRW" as const });

describe("readPayment()", () => {
  const AMOUNTS: ReadonlyArray<readonly [variant: string, text: string, money: number | undefined]> = [
    ["R04-a", "1000.0", 1000],
    ["R04-b", "1e3", undefined],
    ["R04-c", "1000.0000000000000001", undefined],
    ["R04-d", "9007199254740993", undefined],
    ["R04-e", "1e21", undefined],
    ["R04-f", "1e400", undefined],
    ["R04-g", "-1000", -1000],
    ["R04-k zero", "0", 0],
    ["R04-l half a won", "1000.5", undefined],
    ["R04-m fifteen digits", "999999999999999", 999_999_999_999_999],
  ];
  for (const [variant, text, money] of AMOUNTS) {
    test(`${variant} readPayment() keeps the text ${text} and reads it exactly or not at all`, () => {
      const { amount, cancelled, faults } = read({ amount: text, cancel_amount: text });
      const expected = money === undefined ? { text } : { text, money: won(money) };
      assert.deepEqual([amount, cancelled, faults], [expected, expected, []]);
    });
  }

  for (const [variant, text] of [
    ["R04-h", '"1000"'],
    ["R04-i", "[1000]"],
    ["R04-j", "null"],
    ["R04-n", "true"],
    ["R04-o", '{"total":1000}'],
    ["R05-a", undefined],
  ] as const) {
    test(`${variant} readPayment() names an amount that is ${text ?? "missing"} as a fault`, () => {
      const { amount, cancelled, faults } = read({ amount: text, cancel_amount: text });
      assert.deepEqual(amount, { text: "" });
      assert.deepEqual(cancelled, { text: "" });
      assert.deepEqual(faults, ["amount", "cancel_amount"]);
    });
  }

  test("R03 readPayment() gives no money in a currency that is none", () => {
    for (const code of ['"krw"', '" KRW"', '"XXX"', '""', '"__proto__"']) {
      const { amount, currency, faults } = read({ currency: code });
      assert.deepEqual([amount, currency, faults], [{ text: "1000" }, JSON.parse(code), []]);
    }
    assert.deepEqual(read({ currency: '"USD"', amount: "14.2" }).amount, {
      text: "14.2",
      money: { amountMinor: 1420, currency: "USD" },
    });
    for (const code of ["null", "410", undefined, '["KRW"]']) {
      const { currency, faults } = read({ currency: code });
      assert.deepEqual([currency, faults], ["", ["currency"]]);
    }
  });

  test("R05-c R16-b readPayment() never takes a missing sandbox for live", () => {
    for (const text of [undefined, "null"]) {
      const payment = read({ sandbox: text });
      assert.equal("sandbox" in payment, false);
      assert.deepEqual(payment.faults, []);
    }
    for (const text of ['"false"', "0", "[]"]) {
      const payment = read({ sandbox: text });
      assert.equal("sandbox" in payment, false);
      assert.deepEqual(payment.faults, ["sandbox"]);
    }
    assert.equal(read({ sandbox: "true" }).sandbox, true);
  });

  test("readPayment() knows four statuses by their exact spelling", () => {
    const statusOf = (text: string) => read({ status: `"${text}"` }).status;
    assert.deepEqual(["ready", "paid", "failed", "cancelled"].map(statusOf), [
      "pending",
      "paid",
      "failed",
      "cancelled",
    ]);
    for (const text of ["PAID", "canceled", "", "constructor"]) assert.equal(statusOf(text), "unknown");
    for (const text of [undefined, "null", "1"]) {
      const { status, statusText, faults } = read({ status: text });
      assert.deepEqual([status, statusText, faults], ["unknown", "", ["status"]]);
    }
  });

  test("readPayment() names a paid payment without a time as a fault, and a time that is none", () => {
    for (const text of ["0", "null", undefined, "-1", "1.5", "1e9", '"1709722069"', "true"]) {
      assert.deepEqual(read({ paid_at: text }).faults, ["paid_at"], text);
    }
    for (const text of ["0", "null", undefined]) {
      const payment = read({ paid_at: text, status: '"ready"' });
      assert.equal("paidAt" in payment, false);
      assert.deepEqual(payment.faults, []);
    }
    assert.deepEqual(read({ paid_at: "-1", status: '"ready"' }).faults, ["paid_at"]);
  });

  test("readPayment() counts cancellations and names a history that is no list as a fault", () => {
    assert.equal(read({ cancel_history: "[{},{}]" }).cancelCount, 2);
    assert.equal(read({ cancel_history: undefined }).cancelCount, 0);
    for (const text of ["null", "{}", "1", '"[]"']) {
      assert.deepEqual(read({ cancel_history: text }).faults, ["cancel_history"]);
    }
  });

  test("readPayment() gives an account only for a vbank with a number and a bank", () => {
    const account = {
      pay_method: '"vbank"',
      vbank_num: '"110-1"',
      vbank_name: '"신한은행"',
      status: '"ready"',
    };
    assert.deepEqual(read(account).account, { number: "110-1", bank: "신한은행" });
    const whole = { ...account, vbank_code: '"088"', vbank_holder: '"도장"', vbank_date: "1613141999" };
    assert.deepEqual(read(whole).account, {
      number: "110-1",
      bank: "신한은행",
      bankCode: "088",
      holder: "도장",
      dueAt: 1_613_141_999_000,
    });
    for (const date of ["0", "null", undefined]) {
      assert.equal("dueAt" in (read({ ...account, vbank_date: date }).account ?? { dueAt: 0 }), false);
    }
    assert.deepEqual(read({ ...whole, vbank_date: '"2021-02-12"' }).faults, ["vbank_date"]);
    for (const missing of ["pay_method", "vbank_num", "vbank_name"]) {
      for (const text of [undefined, '""', "null", "1"]) {
        assert.equal("account" in read({ ...account, [missing]: text }), false, `${missing} ${text}`);
      }
    }
    assert.equal("account" in read({ ...account, pay_method: '"card"' }), false);
  });

  test("readPayment() names a promotion by its id, and one without an id as unreadable", () => {
    for (const [text, id] of [
      ['{"id":"p1","discount":100}', "p1"],
      ['{"id":7}', "7"],
      ["{}", "unreadable"],
      ['{"id":""}', "unreadable"],
      ['{"id":null}', "unreadable"],
      ['"p1"', "unreadable"],
      ["false", "unreadable"],
      ["[]", "unreadable"],
      ["null", undefined],
      [undefined, undefined],
    ] as const) {
      assert.equal(read({ promotion: text }).promotionId, id, text);
    }
  });

  test("readPayment() leaves out empty texts and names deciding ones of another type as faults", () => {
    for (const key of [
      "pay_method",
      "pg_provider",
      "pg_id",
      "pg_tid",
      "customer_uid",
      "customer_uid_usage",
    ]) {
      assert.deepEqual(read({ [key]: "null" }), read({ [key]: undefined }));
      assert.deepEqual(read({ [key]: '""' }), read({ [key]: undefined }));
      assert.deepEqual(read({ [key]: "1" }).faults, [key]);
      assert.deepEqual(read({ [key]: "{}" }).faults, [key]);
    }
    assert.equal(read({ customer_uid: '"c1"' }).customerUid, "c1");
    assert.equal(read({ fail_reason: '""', receipt_url: "1" }).receiptUrl, undefined);
  });

  test("readPayment() ignores keys that it does not know", () => {
    assert.deepEqual(read({ new_field: '{"status":"paid"}', toString: "1" }), read({}));
  });
});
