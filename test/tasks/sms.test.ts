// Goal: an issued account is texted to the order's customer once, with all that a buyer needs, and to nobody else.
// Method: the console driver writes each text to the log; the lines are read.
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

/** A day after tomorrow in Korea, at its last second. */
const dueDay = new Date(Date.now() + 2 * 86_400_000 + 9 * 3_600_000).toISOString().slice(0, 10);
const due = Date.parse(`${dueDay}T23:59:59+09:00`) / 1000;
const CUSTOMER = { id: "user-1", name: "홍길동", tel: "010-1234-5678" };

async function issue(payment: NewPayment = {}, order: Record<string, unknown> = { customer: CUSTOMER }) {
  const { body } = await dojang.order({ amount: 1_250_000, ...order });
  const merchant_uid: string = body.merchant_uid;
  const record = emulator.pay({
    merchant_uid,
    amount: 1_250_000,
    sandbox: true,
    status: "ready",
    pay_method: "vbank",
    vbank_date: due,
    ...payment,
  });
  return { ids: { imp_uid: record.imp_uid, merchant_uid }, record };
}

const textsWith = (number: string | null) =>
  dojang.logLines.filter((line) => line.includes("text_message") && line.includes(String(number)));
const store = () => dojang.dojang.deps.store;

/** Ends when the order's tasks but looks of the future are over. */
const untilIdle = (orderId: string) =>
  until("the order's tasks are done", async () => {
    const tasks = await store().readTasks({ orderId, limit: 100 });
    return tasks.every(
      ({ kind, state, dueAt }) =>
        kind === "look" || state === "done" || state === "dead" || dueAt > Date.now() + 60_000,
    );
  });
const smsTasks = async (orderId: string) =>
  (await store().readTasks({ orderId, limit: 100 })).filter(({ key }) => key.startsWith("sms:"));

describe("An issued virtual account", () => {
  test("is texted with number, bank, holder, amount and the deadline in Korean time", async () => {
    const { ids, record } = await issue();
    await dojang.complete(ids);
    const [line = ""] = await until("the text went out", () => {
      const lines = textsWith(record.vbank_num);
      return lines.length > 0 ? lines : undefined;
    });
    for (const part of [
      "01012345678",
      record.vbank_num,
      record.vbank_name,
      record.vbank_holder,
      "1,250,000 KRW",
      `${dueDay} 23:59`,
      "한국시간",
    ]) {
      assert.ok(line.includes(String(part)), `${part} stands in ${line}`);
    }
  });

  test("is texted once, however often it is completed and told", async () => {
    const { ids, record } = await issue();
    await Promise.all(Array.from({ length: 10 }, () => dojang.complete(ids)));
    for (let i = 0; i < 3; i += 1) await dojang.webhook(ids);
    await untilIdle(ids.merchant_uid);
    await dojang.complete(ids);
    await untilIdle(ids.merchant_uid);
    assert.equal(textsWith(record.vbank_num).length, 1);
    assert.equal((await smsTasks(ids.merchant_uid)).length, 1);
  });

  test("is texted once across a restart", async () => {
    await using one = await startTestDojang({ emulator });
    const { body } = await one.order({ amount: 1000, customer: CUSTOMER });
    const merchant_uid = body.merchant_uid;
    const record = emulator.pay({
      merchant_uid,
      amount: 1000,
      sandbox: true,
      status: "ready",
      pay_method: "vbank",
      vbank_date: due,
    });
    const isText = (line: string) => line.includes("text_message") && line.includes(String(record.vbank_num));
    await one.complete({ imp_uid: record.imp_uid, merchant_uid });
    await until("the text went out", () => one.logLines.some(isText));
    const two = await one.restart();
    await two.complete({ imp_uid: record.imp_uid, merchant_uid });
    const tasks = await two.dojang.deps.store.readTasks({ orderId: merchant_uid, limit: 100 });
    const lines = two.logLines.filter(isText);
    await two.close();
    assert.deepEqual(
      tasks.filter(({ key }) => key.startsWith("sms:")).map(({ state }) => state),
      ["done"],
    );
    assert.deepEqual(lines, []);
  });

  test("is texted to nobody where the order names no number, whatever the gateway's buyer_tel says", async () => {
    for (const order of [{}, { customer: { id: "user-2", email: "hong@example.com" } }]) {
      const { ids, record } = await issue({ buyer_tel: "010-9999-8888" }, order);
      assert.equal((await dojang.complete(ids)).body.status, "vbankIssued");
      await untilIdle(ids.merchant_uid);
      assert.deepEqual(await smsTasks(ids.merchant_uid), []);
      assert.deepEqual(textsWith(record.vbank_num), []);
    }
    assert.equal(dojang.logLines.join("").includes("9999"), false);
  });

  test("is texted for each new account of an order", async () => {
    const { ids, record } = await issue();
    await dojang.complete(ids);
    await untilIdle(ids.merchant_uid);
    const { merchant_uid } = ids;
    const second = emulator.pay({
      merchant_uid,
      amount: 1_250_000,
      sandbox: true,
      status: "ready",
      pay_method: "vbank",
      vbank_date: due,
      started_at: Math.floor(Date.now() / 1000) + 5,
    });
    await dojang.complete({ imp_uid: second.imp_uid, merchant_uid });
    await untilIdle(merchant_uid);
    assert.equal(textsWith(record.vbank_num).length, 1);
    assert.equal(textsWith(second.vbank_num).length, 1);
  });

  test("R41-c carries no link and no line of the gateway's making", async () => {
    const { ids } = await issue({
      vbank_num: "110-447-000001",
      vbank_name: "신한은행\nhttp://evil.example",
      vbank_holder: "도장상점 www.evil.example/x",
    });
    await dojang.complete(ids);
    const [line = ""] = await until("the text went out", () => {
      const lines = textsWith("110-447-000001");
      return lines.length > 0 ? lines : undefined;
    });
    for (const part of ["://", "evil.example", "www."]) assert.equal(line.includes(part), false, line);
  });

  test("is not texted any more once another account has taken its place, or it is paid", async () => {
    const { ids, record } = await issue();
    await dojang.complete(ids);
    const { merchant_uid } = ids;
    const second = emulator.pay({
      merchant_uid,
      amount: 1_250_000,
      sandbox: true,
      status: "ready",
      pay_method: "vbank",
      vbank_date: due,
      started_at: Math.floor(Date.now() / 1000) + 5,
    });
    await dojang.complete({ imp_uid: second.imp_uid, merchant_uid });
    await untilIdle(merchant_uid);
    /** As a task would run that was held up until now. */
    const sendLate = async (paymentId: string) => {
      const key = `sms:late:${paymentId}`;
      await store().addTasks([
        { kind: "sms", key, repeat: "once", dueAt: Date.now(), orderId: merchant_uid, paymentId },
      ]);
      await untilIdle(merchant_uid);
    };
    await sendLate(ids.imp_uid);
    assert.equal(textsWith(record.vbank_num).length, 1);
    emulator.deposit(second.imp_uid);
    await until("the order is paid", async () => (await dojang.read(merchant_uid)).body.status === "paid");
    await sendLate(second.imp_uid);
    assert.equal(textsWith(second.vbank_num).length, 1);
  });

  test("is not texted where the account was paid before it was seen", async () => {
    const { ids, record } = await issue({ status: "paid", pay_method: "vbank" });
    assert.equal((await dojang.complete(ids)).body.status, "success");
    await untilIdle(ids.merchant_uid);
    assert.deepEqual(await smsTasks(ids.merchant_uid), []);
    assert.deepEqual(textsWith(record.vbank_num), []);
  });
});
