import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import type { StoredDiscrepancy, TaskRecord } from "../../src/storage/store.ts";
import { openReceiver, type Receiver } from "../emulator/open-receiver.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { type Answer, startTestDojang, type TestDojang } from "./dojang.ts";
import { removeDatabaseIn } from "./test-engine.ts";
import { until } from "./until.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** The default of DOJANG_RETURN_AFTER. */
export const AFTER_MS = 24 * HOUR_MS;
export const PRICE = 50_000;

/** A payment and the order that it names. */
export interface Stray {
  readonly order: string;
  readonly impUid: string;
}

/** What the gateway gave back of a payment: how much, and in how many parts. */
export interface Back {
  readonly amount: number;
  readonly parts: number;
}

/** A server that gives stray money back by itself, the gateway with the true books, and a shop that hears events. Time stands still. */
export interface ReturnStage extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly emulator: Emulator;
  readonly shop: Receiver;
  /** The server that runs now. */
  readonly dojang: TestDojang;
  /** Ends the server and starts another on the same data, with these settings instead of those from before. */
  restart(env?: Record<string, string>): Promise<void>;
  /** Moves time on in steps, waiting after each until all that came due is done. */
  pass(...steps: readonly number[]): Promise<void>;
  order(fields?: Record<string, unknown>): Promise<string>;
  pay(order: string, fields?: NewPayment): Stray;
  complete(stray: Stray, order?: string): Promise<Answer>;
  /** A paid order and a second payment of it that is known as surplus, with the one that paid. */
  surplus(fields?: NewPayment): Promise<{ stray: Stray; payer: Stray }>;
  /** By the gateway's books. */
  back(stray: Stray): Back;
  /** The bodies of all cancellations that were sent for this payment. */
  sent(stray: Stray): readonly Readonly<Record<string, unknown>>[];
  discrepancies(order: string): Promise<readonly StoredDiscrepancy[]>;
  task(stray: Stray): Promise<TaskRecord | undefined>;
  /** Names and reasons of all alarms about this payment. */
  alarms(stray: Stray): readonly string[];
  /** Types of all events about this payment that the shop was told of, in order. */
  told(stray: Stray): readonly string[];
}

export async function openReturnStage(env: Record<string, string> = {}): Promise<ReturnStage> {
  const clock = new ManualClock();
  const emulator = await startEmulator({ seed: 4711, now: () => clock.now() });
  const shop = await openReceiver();
  const folder = mkdtempSync(join(tmpdir(), "dojang-return-"));
  const start = (more: Record<string, string>) => {
    emulator.webhooks.auto = false;
    const events = {
      DOJANG_EVENTS_URL: shop.url,
      DOJANG_EVENTS_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
    };
    return startTestDojang({
      emulator,
      clock,
      folder,
      env: { ...events, DOJANG_RETURN_MONEY: "refund", ...more },
    });
  };
  let dojang = await start(env);
  const pastLines: string[] = [];
  const store = () => dojang.dojang.deps.store;
  const quiet = () =>
    until("no task can run", async () => {
      // A timer that was set for a moment that has just passed runs when the clock is touched.
      clock.advance(0);
      const tasks = await store().readTasks({ limit: 1000 });
      return tasks.every(
        ({ state, dueAt }) => state !== "leased" && (state !== "due" || dueAt > clock.now()),
      );
    });
  const stage: ReturnStage = {
    clock,
    emulator,
    shop,
    get dojang() {
      return dojang;
    },
    async restart(more = env) {
      await dojang.close();
      pastLines.push(...dojang.logLines);
      dojang = await start(more);
    },
    async pass(...steps) {
      // What is under way would meet its deadline.
      await quiet();
      for (const step of steps) {
        clock.advance(step);
        await quiet();
      }
    },
    order: async (fields = {}) => (await dojang.order({ amount: PRICE, ...fields })).body.merchant_uid,
    pay: (order, fields = {}) => {
      const { imp_uid } = emulator.pay({ merchant_uid: order, amount: PRICE, sandbox: true, ...fields });
      return { order, impUid: imp_uid };
    },
    async complete({ order, impUid }, claimed = order) {
      const answer = await dojang.complete({ imp_uid: impUid, merchant_uid: claimed });
      await quiet();
      return answer;
    },
    async surplus(fields = {}) {
      const order = await stage.order(fields.amount === undefined ? {} : { amount: fields.amount });
      const payer = stage.pay(order, fields.amount === undefined ? {} : { amount: fields.amount });
      assert.equal((await stage.complete(payer)).body.status, "success");
      const stray = stage.pay(order, fields);
      assert.equal((await stage.complete(stray)).body.status, "closed");
      return { stray, payer };
    },
    back({ impUid }) {
      const payment = emulator.model.payment(impUid);
      return { amount: Number(payment?.cancel_amount), parts: payment?.cancel_history.length ?? 0 };
    },
    sent: ({ impUid }) =>
      [...emulator.requests]
        .filter(({ path, body }) => path === "/payments/cancel" && body?.["imp_uid"] === impUid)
        .map(({ body }) => body ?? {}),
    discrepancies: async (order) => (await store().readOrder(order))?.discrepancies ?? [],
    async task({ order, impUid }) {
      const tasks = await store().readTasks({ orderId: order, limit: 1000 });
      return tasks.find(({ key }) => key === `return_money:${impUid}`);
    },
    alarms: ({ impUid }) =>
      [...pastLines, ...dojang.logLines]
        .map((line) => JSON.parse(line))
        .filter(({ alarm, imp_uid }) => alarm === true && imp_uid === impUid)
        .map(({ msg, reason }) => `${msg} ${reason}`),
    told: ({ impUid }) =>
      shop.received
        .map(({ body }) => JSON.parse(body))
        .filter(({ data }) => data.imp_uid === impUid)
        .map(({ type, data }) => (data.action === undefined ? type : `${type} ${data.action}`)),
    async [Symbol.asyncDispose]() {
      await dojang.close();
      await removeDatabaseIn(folder);
      await shop[Symbol.asyncDispose]();
      await emulator.close();
    },
  };
  return stage;
}
