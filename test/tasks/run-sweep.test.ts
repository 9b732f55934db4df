// Goal: the sweeps lose no time that they did not see, whatever gateway, process and clocks do, and find soon what was paid.
// Method: a standing clock; the gateway's runs apart from it where a test says so; no webhook is ever sent.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { runSweep, type SweepName } from "../../src/usecases/run-sweep.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

let clock: ManualClock;
/** The server's clock ahead of the gateway's. */
let aheadMs: number;
let emulator: Emulator;
let dojang: TestDojang;
beforeEach(async () => {
  clock = new ManualClock();
  aheadMs = 0;
  const now = () => clock.now() - aheadMs;
  emulator = await startEmulator({ now, switches: { partialCancelStatus: "paid" } });
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator, clock });
});
afterEach(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const deps = () => dojang.dojang.deps;
/** By the gateway's clock. */
const now = () => Math.floor((clock.now() - aheadMs) / SECOND_MS);
const order = async (fields = {}): Promise<string> => (await dojang.order(fields)).body.merchant_uid;
const pay = (merchant_uid: string, fields: NewPayment = {}) =>
  emulator.pay({ merchant_uid, amount: 50_000, sandbox: true, ...fields });
const statusOf = async (orderId: string) => (await dojang.read(orderId)).body.status;
const kindsOf = async (orderId: string) =>
  (await deps().store.readOrder(orderId))?.discrepancies.map(({ kind }) => kind);
const lists = () => emulator.requests.lines().filter((line) => line.startsWith("GET /payments/status/"));
const cursor = async (name: SweepName = "recent") => Number(await deps().store.readCursor(`sweep:${name}`));
/** The server's clock alone is set to another time. */
function setServerClock(ms: number): void {
  clock.jump(ms);
  aheadMs += ms;
}
async function swept(name: SweepName = "recent") {
  const result = await runSweep(deps(), name);
  assert.ok(result.kind === "swept", JSON.stringify(result));
  return result;
}
/** The gateway's lists lack what they would show. @returns a function that ends it */
function hideLists(): () => void {
  const response = { total: 0, previous: 0, next: 0, list: [] };
  const body = JSON.stringify({ code: 0, message: null, response });
  return emulator.override({ path: /^\/payments\/status/ }, { body });
}

describe("runSweep()", () => {
  test("keeps its cursor while the gateway has trouble, and then looks at all that it missed", async () => {
    const merchantUid = await order();
    clock.jump(60 * SECOND_MS);
    assert.equal((await runSweep(deps(), "recent")).kind, "swept");
    const before = await deps().store.readCursor("sweep:recent");
    pay(merchantUid);
    const end = emulator.override({ path: /^\/payments\/status/ }, { status: 503, body: "" });
    clock.jump(40 * SECOND_MS);
    const failed = await runSweep(deps(), "recent");
    assert.ok(failed.kind === "unavailable");
    assert.equal(failed.retryAt, clock.now() + 15 * SECOND_MS);
    assert.equal(await deps().store.readCursor("sweep:recent"), before);
    end();
    clock.jump(3 * DAY_MS);
    assert.equal((await runSweep(deps(), "recent")).kind, "swept");
    assert.equal(await statusOf(merchantUid), "paid");
    assert.equal(await deps().store.readCursor("sweep:recent"), String(now() - 30));
  });

  test("finds with the daily look what was taken back of a payment from long ago", async () => {
    const [part, all] = [await order(), await order()];
    const [first, second] = [pay(part), pay(all)];
    // The orders' own looks must not find it first.
    emulator.override({ path: /findAll/ }, { status: 503, body: "" });
    for (const { imp_uid, merchant_uid } of [first, second]) await dojang.complete({ imp_uid, merchant_uid });
    clock.jump(120 * DAY_MS);
    emulator.cancelFromConsole(first.imp_uid, 20_000);
    clock.jump(40 * SECOND_MS);
    // A part taken back moves no payment to another list, nor to a later place in its own.
    assert.equal((await runSweep(deps(), "day")).kind, "swept");
    assert.deepEqual(await Promise.all([part, all].map(statusOf)), ["paid", "paid"]);
    emulator.cancelFromConsole(second.imp_uid);
    clock.jump(40 * SECOND_MS);
    emulator.requests.clear();
    assert.equal((await runSweep(deps(), "refunds")).kind, "swept");
    assert.deepEqual(await Promise.all([part, all].map(statusOf)), ["partially_refunded", "refunded"]);
    assert.deepEqual(await kindsOf(part), ["cancelled_elsewhere"]);
    assert.deepEqual(await kindsOf(all), ["cancelled_elsewhere"]);
    assert.equal(lists().length, 4, "180 days in two windows, of two lists");
  });

  test("finds what was paid this second, and counts only what is older than 30 s as swept", async () => {
    const merchantUid = await order();
    pay(merchantUid);
    await swept();
    assert.equal(await statusOf(merchantUid), "paid");
    assert.equal(await cursor(), now() - 30);
  });

  test("meets again what the lists show two minutes late", async () => {
    const merchantUid = await order();
    pay(merchantUid);
    const end = hideLists();
    for (let seconds = 0; seconds < 120; seconds += 15) {
      await swept();
      clock.jump(15 * SECOND_MS);
    }
    end();
    await swept();
    assert.equal(await statusOf(merchantUid), "paid");
  });

  test("goes on with a window an hour later, and counts no more as swept than its first list saw", async () => {
    await swept();
    const [early, late] = [await order(), await order()];
    clock.jump(60 * SECOND_MS);
    const beginning = now();
    pay(early);
    const gate = Promise.withResolvers<void>();
    emulator.override({ path: /^\/payments\/status\/ready/, times: 1 }, { holdUntil: gate.promise });
    const cut = runSweep(deps(), "recent");
    const readies = () => lists().filter((line) => line.includes("ready")).length;
    await until("the first list is asked for again", () => readies() === 2);
    clock.jump(21 * SECOND_MS);
    gate.resolve();
    assert.equal((await cut).kind, "swept");
    assert.equal(await statusOf(early), "pending", "the run ended before its window did");
    pay(late);
    clock.jump(HOUR_MS);
    await swept();
    assert.deepEqual([await statusOf(early), await statusOf(late)], ["paid", "pending"]);
    assert.equal(await cursor(), beginning - 30);
    await swept();
    assert.equal(await statusOf(late), "paid");
  });
});

// A clock that was wrong and is right again: nothing that was paid meanwhile may lie before the cursor, unseen.
describe("X13 the recent sweep", () => {
  for (const [what, ms] of [
    ["an hour ahead", HOUR_MS],
    ["ten years ahead", 10 * YEAR_MS],
    ["an hour behind", -HOUR_MS],
  ] as const) {
    test(`misses nothing when the server's clock was ${what} and the server then was away`, async () => {
      await swept();
      const merchantUid = await order();
      setServerClock(ms);
      await swept();
      assert.ok((await cursor()) <= now() - 30, "swept at most up to the gateway's time");
      pay(merchantUid);
      setServerClock(-ms);
      clock.jump(HOUR_MS / 2);
      // The first list shows what time it is at the gateway: at the latest the next run reads up to that.
      for (let runs = 0; runs < 2; runs += 1) await swept();
      assert.equal(await statusOf(merchantUid), "paid");
    });
  }

  test("goes on by the gateway's time while the server's clock stands still", async () => {
    await swept();
    const merchantUid = await order();
    for (let minute = 0; minute < 10; minute += 1) {
      aheadMs -= 60 * SECOND_MS;
      await swept();
    }
    pay(merchantUid);
    await swept();
    assert.equal(await statusOf(merchantUid), "paid");
    assert.ok(Math.abs((await cursor()) - (now() - 30)) <= 1);
  });
});

describe("a running server", () => {
  test("finds within 15 s a payment made between two looks, with every webhook and browser lost", async () => {
    await using sweeping = await startTestDojang({ emulator, clock, sweeps: true });
    const { body } = await sweeping.order();
    const tick = async () => {
      clock.advance(SECOND_MS);
      await until("no task is due", async () => {
        clock.advance(0);
        const tasks = await sweeping.dojang.deps.store.readTasks({ limit: 100 });
        return tasks.every(({ state, dueAt }) => state !== "leased" && dueAt > clock.now());
      });
    };
    for (let second = 0; second < 65; second += 1) await tick();
    emulator.requests.clear();
    pay(body.merchant_uid);
    let seconds = 0;
    for (; (await sweeping.read(body.merchant_uid)).body.status !== "paid"; seconds += 1) {
      assert.ok(seconds <= 15, "not found in 15 s");
      await tick();
    }
    const lines = emulator.requests.lines();
    assert.equal(lines.filter((line) => line.includes("findAll")).length, 0, "no look at the order was due");
  });

  test("sends its first list 15 s after the start", async () => {
    await using sweeping = await startTestDojang({ emulator, clock, sweeps: true });
    const due = (await sweeping.dojang.deps.store.readTasks({ limit: 10 })).map(({ key, dueAt }) => [
      key,
      dueAt - clock.now(),
    ]);
    assert.deepEqual(due, [
      ["sweep:recent", 15_000],
      ["checkpoint", 3_600_000],
      ["sweep:day", 3_600_000],
      ["sweep:refunds", DAY_MS],
    ]);
    assert.deepEqual(lists(), []);
  });
});
