// Goal: what no webhook and no browser told of is found in the gateway's lists: at once, late, or taken back long after.
// Method: a standing clock that gateway and server share; no webhook is ever sent; the calls at the gateway are read.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { type SweepPosition, sweepWindow } from "../../src/usecases/sweep-window.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

const SECOND_MS = 1000;

let clock: ManualClock;
let emulator: Emulator;
let dojang: TestDojang;
beforeEach(async () => {
  clock = new ManualClock();
  emulator = await startEmulator({ now: () => clock.now(), switches: { partialCancelStatus: "paid" } });
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator, clock });
});
afterEach(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const deps = () => dojang.dojang.deps;
const now = () => Math.floor(clock.now() / SECOND_MS);
const order = async (fields = {}): Promise<string> => (await dojang.order(fields)).body.merchant_uid;
const pay = (merchant_uid: string, fields: NewPayment = {}) =>
  emulator.pay({ merchant_uid, amount: 50_000, sandbox: true, ...fields });
const statusOf = async (orderId: string) => (await dojang.read(orderId)).body.status;
const kindsOf = async (orderId: string) =>
  (await deps().store.readOrder(orderId))?.discrepancies.map(({ kind }) => kind);
const looks = () => emulator.requests.lines().filter((line) => /^GET \/payments\/imps?_/.test(line));
const lists = () => emulator.requests.lines().filter((line) => line.startsWith("GET /payments/status/"));

/** All that the last half hour held. */
async function sweep(options: Partial<Parameters<typeof sweepWindow>[1]> = {}) {
  const window = { from: now() - 1800, to: now() };
  const result = await sweepWindow(deps(), { window, ...options });
  assert.ok(result.kind === "swept", JSON.stringify(result));
  return result;
}

describe("sweepWindow()", () => {
  test("finds a payment, an account and a cancellation, and then knows them", async () => {
    const [paid, waiting, cancelled, open] = [await order(), await order(), await order(), await order()];
    pay(paid);
    pay(waiting, { status: "ready", pay_method: "vbank", vbank_date: now() + 3600 });
    pay(open, { status: "ready" });
    const back = pay(cancelled);
    await dojang.complete({ imp_uid: back.imp_uid, merchant_uid: cancelled });
    emulator.cancelFromConsole(back.imp_uid);
    const { counts } = await sweep();
    assert.deepEqual(await Promise.all([paid, waiting, cancelled, open].map(statusOf)), [
      "paid",
      "awaiting_deposit",
      "refunded",
      "pending",
    ]);
    assert.deepEqual(
      [counts.seen, counts.news, counts.applied, counts.accounts, counts.refunded, counts.discrepancies],
      [4, 3, 1, 1, 1, 1],
    );
    emulator.requests.clear();
    const again = await sweep();
    assert.deepEqual([again.counts.seen, again.counts.news], [4, 0]);
    assert.deepEqual(looks(), [], "what is stored as the list shows it is not asked for");
  });

  test("never believes a list: the payment is what it is by its id", async () => {
    const merchant_uid = await order();
    const { imp_uid } = pay(merchant_uid, { amount: 100 });
    const ready = pay(await order(), { status: "ready", pay_method: "vbank" });
    emulator.override(
      { path: /^\/payments\/status\/paid/ },
      {
        body: JSON.stringify({
          code: 0,
          message: null,
          response: {
            total: 2,
            previous: 0,
            next: 0,
            list: [
              { imp_uid, merchant_uid, status: "paid", amount: 50_000, cancel_amount: 0 },
              {
                imp_uid: ready.imp_uid,
                merchant_uid: ready.merchant_uid,
                status: "paid",
                amount: 50_000,
                cancel_amount: 0,
              },
            ],
          },
        }),
      },
    );
    await sweep({ lists: ["paid"] });
    assert.equal(await statusOf(merchant_uid), "pending");
    assert.deepEqual(await kindsOf(merchant_uid), ["amount_mismatch"]);
    assert.notEqual(await statusOf(ready.merchant_uid), "paid");
  });

  test("reads 2,500 payments of one window in windows of one page each, every payment once", async () => {
    const ours: string[] = [];
    for (let n = 0; n < 10; n += 1) ours.push(await order());
    const start = clock.now();
    for (let n = 0; n < 2500; n += 1) {
      clock.jump(400);
      pay(n % 250 === 0 ? (ours[n / 250] ?? "") : `another-system-${n}`);
    }
    const window = { from: Math.floor(start / SECOND_MS), to: now() };
    const result = await sweepWindow(deps(), { window, lists: ["paid"] });
    assert.ok(result.kind === "swept");
    assert.deepEqual([result.counts.seen, result.counts.foreign, result.counts.applied], [2500, 2490, 10]);
    for (const merchantUid of ours) assert.equal(await statusOf(merchantUid), "paid");
    assert.ok(lists().length > 3 && lists().length < 20, `${lists().length} lists`);
  });

  test("counts payments of other systems, and leaves no trace and no call for them", async () => {
    for (let n = 0; n < 5; n += 1) pay(`another-system-${n}`);
    const { counts } = await sweep();
    assert.deepEqual([counts.seen, counts.foreign, counts.news], [5, 5, 0]);
    assert.deepEqual(looks(), []);
    assert.deepEqual(await deps().store.readTasks({ limit: 10 }), []);
    assert.equal(await deps().store.hasOrder("another-system-0"), false);
  });

  test("shows a payment for an order of ours that is not here", async () => {
    const lost = deps().orderIds.mint();
    const { imp_uid } = pay(lost);
    assert.equal((await sweep()).counts.discrepancies, 1);
    const { discrepancies } = await deps().store.listDiscrepancies({ limit: 10 });
    assert.deepEqual(
      discrepancies.map(({ kind, paymentId, orderId }) => ({ kind, paymentId, orderId })),
      [{ kind: "orphan", paymentId: imp_uid, orderId: lost }],
    );
    assert.equal((await sweep()).counts.news, 0);
  });

  test("hands one payment that cannot be had to a task, and decides the others", async () => {
    const [held, fine] = [await order(), await order()];
    const bad = pay(held);
    pay(fine);
    const end = emulator.override(
      { path: new RegExp(`^/payments/${bad.imp_uid}`) },
      { status: 500, body: "" },
    );
    const { counts } = await sweep();
    assert.deepEqual([counts.news, counts.applied, counts.handedOver], [2, 1, 1]);
    assert.equal(await statusOf(fine), "paid");
    end();
    await until("the task has found it", async () => {
      clock.advance(SECOND_MS);
      return (await statusOf(held)) === "paid";
    });
  });

  test("decides nothing in a dry run, and tells what it would", async () => {
    const merchant_uid = await order();
    const { imp_uid } = pay(merchant_uid);
    const findings: unknown[] = [];
    const { counts } = await sweep({ isDryRun: true, onFinding: (finding) => findings.push(finding) });
    assert.deepEqual([counts.news, counts.applied], [1, 0]);
    assert.deepEqual(findings, [
      { orderId: merchant_uid, paymentId: imp_uid, what: "paid at the gateway, not so here" },
    ]);
    assert.equal(await statusOf(merchant_uid), "pending");
    assert.deepEqual(looks(), []);
  });

  test("goes on from a position as if it had never stopped", async () => {
    for (let n = 0; n < 1200; n += 1) {
      clock.jump(SECOND_MS);
      pay(`another-system-${n}`);
    }
    const merchantUid = await order();
    pay(merchantUid);
    let seen = 0;
    let position: SweepPosition | undefined;
    let isWhole = false;
    for (let runs = 0; !isWhole; runs += 1) {
      assert.ok(runs < 20);
      const onPiece = async (reached: SweepPosition) => {
        position = reached;
        return false;
      };
      const result = await sweep({ onPiece, ...(position === undefined ? {} : { position }) });
      seen += result.counts.seen;
      isWhole = result.isWhole;
    }
    assert.equal(seen, 1201, "the second between two pieces counts once");
    assert.equal(await statusOf(merchantUid), "paid");
  });
});
