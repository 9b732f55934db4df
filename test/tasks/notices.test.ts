// Goal: the buyer hears of the deposit and of a due date that comes near, once each, only while it is true, and of no
// more than three things a day. Method: the console driver writes each text to the log; the clock stands still.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

const HOUR_MS = 3_600_000;
let clock: ManualClock;
let emulator: Emulator;
beforeEach(async () => {
  clock = new ManualClock();
  emulator = await startEmulator({ now: () => clock.now() });
  emulator.webhooks.auto = false;
});
afterEach(() => emulator.close());

const start = (notices?: string) =>
  startTestDojang({
    emulator,
    clock,
    ...(notices === undefined ? {} : { env: { DOJANG_NOTICES: notices } }),
  });
const order = async (dojang: TestDojang): Promise<string> =>
  (await dojang.order({ name: "감귤 5kg", customer: { tel: "010-1234-5678" } })).body.merchant_uid;
const titles = (dojang: TestDojang) =>
  dojang.logLines.flatMap((line) => {
    const { msg, text } = JSON.parse(line);
    return msg === "text_message" ? [/\[([^\]]+)\]/.exec(text)?.[1]] : [];
  });

function account(merchant_uid: string, startedAt = 0) {
  return emulator.pay({
    merchant_uid,
    amount: 50_000,
    sandbox: true,
    status: "ready",
    pay_method: "vbank",
    started_at: Math.floor(clock.now() / 1000) + startedAt,
    vbank_date: Math.floor((clock.now() + 48 * HOUR_MS) / 1000),
  });
}

async function quiet({ dojang }: TestDojang) {
  await until("no task is due", async () => {
    clock.advance(0);
    const tasks = await dojang.deps.store.readTasks({ limit: 1000 });
    return tasks.every(({ state, dueAt }) => state !== "leased" && (state !== "due" || dueAt > clock.now()));
  });
}

async function issue(dojang: TestDojang, merchant_uid: string, startedAt = 0) {
  const { imp_uid } = account(merchant_uid, startedAt);
  assert.equal((await dojang.complete({ imp_uid, merchant_uid })).body.status, "vbankIssued");
  await quiet(dojang);
  return imp_uid;
}

async function deposit(dojang: TestDojang, merchant_uid: string, imp_uid: string) {
  emulator.deposit(imp_uid);
  assert.equal((await dojang.complete({ imp_uid, merchant_uid })).body.status, "success");
  await quiet(dojang);
}

describe("A notice to the buyer", () => {
  test("goes out on issue, a day before the due date and on the deposit, once each", async () => {
    await using dojang = await start();
    const merchantUid = await order(dojang);
    const impUid = await issue(dojang, merchantUid);
    assert.deepEqual(titles(dojang), ["가상계좌 안내"]);
    clock.advance(24 * HOUR_MS - 1000);
    await quiet(dojang);
    assert.deepEqual(titles(dojang), ["가상계좌 안내"]);
    clock.advance(1000);
    await quiet(dojang);
    assert.deepEqual(titles(dojang), ["가상계좌 안내", "입금기한 임박"]);
    await deposit(dojang, merchantUid, impUid);
    await dojang.complete({ imp_uid: impUid, merchant_uid: merchantUid });
    await quiet(dojang);
    assert.deepEqual(titles(dojang), ["가상계좌 안내", "입금기한 임박", "입금 확인"]);
  });

  test("reminds of no account that was paid or replaced meanwhile", async () => {
    await using dojang = await start();
    const [paid, replaced] = [await order(dojang), await order(dojang)];
    await deposit(dojang, paid, await issue(dojang, paid));
    await issue(dojang, replaced);
    await issue(dojang, replaced, 5);
    clock.advance(25 * HOUR_MS);
    await quiet(dojang);
    assert.equal(
      titles(dojang).filter((title) => title === "입금기한 임박").length,
      1,
      "the newest account's",
    );
  });

  test("is not sent where its kind is turned off", async () => {
    for (const [notices, expected] of [
      ["issued", ["가상계좌 안내"]],
      ["deposited", ["입금 확인"]],
      ["none", []],
    ] as const) {
      await using dojang = await start(notices);
      const merchantUid = await order(dojang);
      await deposit(dojang, merchantUid, await issue(dojang, merchantUid));
      assert.deepEqual(titles(dojang), expected, notices);
    }
  });

  test("is sent at most three times a day for one order, across a restart, and again on the next day in Korea", async () => {
    await using dojang = await start("issued");
    const [merchantUid, other] = [await order(dojang), await order(dojang)];
    await issue(dojang, merchantUid, 0);
    await issue(dojang, merchantUid, 5);
    const again = await dojang.restart();
    await issue(again, merchantUid, 10);
    await issue(again, merchantUid, 15);
    assert.equal(titles(dojang).length + titles(again).length, 3);
    await issue(again, other);
    assert.equal(titles(dojang).length + titles(again).length, 4, "another order has its own three");
    clock.advance(24 * HOUR_MS);
    await quiet(again);
    await issue(again, merchantUid, 20);
    assert.equal(titles(dojang).length + titles(again).length, 5);
    await again.close();
  });
});
