import assert from "node:assert/strict";
import type { NewPayment, PaymentRecord } from "../../src/emulator/payment-record.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import type { Answer } from "./dojang.ts";
import { openWorld, type Scene, type World } from "./forgery.ts";

export const CANCEL = { method: "POST", path: "/payments/cancel" } as const;
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A refund as the wire shows it. */
export interface WireRefund {
  readonly id: string;
  readonly imp_uid: string;
  readonly amount: number;
  readonly state: string;
  readonly reason: string;
  readonly finished_at: string | null;
  readonly failure?: { readonly code: string; readonly message: string };
}

/** One paid order with what a test of refunds asks about it. */
export interface PaidOrder {
  readonly scene: Scene;
  readonly order: string;
  readonly payment: PaymentRecord;
  /** `POST refunds`; the key differs from call to call unless given. */
  refund(body: Record<string, unknown>, key?: string): Promise<Answer>;
  /** As `refund`, accepted, and all that follows at once has ended. */
  refunded(body?: Record<string, unknown>, key?: string): Promise<WireRefund>;
  read(): Promise<{ order: Answer["body"]; refunds: readonly WireRefund[] }>;
  /** Lets time pass in small steps, so that each task runs when it falls due. */
  pass(ms: number, stepMs?: number): Promise<void>;
  /** What went back in truth. */
  moneyBack(): number;
  /** The bodies of all cancellations that were sent in this scene. */
  sent(): readonly Record<string, unknown>[];
  /** Events of the order's timeline that begin with `refund.` or end an order's money. */
  events(): Promise<readonly string[]>;
  alarms(): readonly string[];
}

export interface RefundStage {
  readonly world: World;
  readonly clock: ManualClock;
  paid(fields?: { order?: Record<string, unknown>; payment?: NewPayment }): Promise<PaidOrder>;
  close(): Promise<void>;
}

/** The server and the emulator on one clock that stands still. */
export async function openRefundStage(): Promise<RefundStage> {
  const clock = new ManualClock(Date.now());
  const world = await openWorld({ clock });
  return {
    world,
    clock,
    async paid({ order: fields = {}, payment: with_ = {} } = {}) {
      const scene = await world.scene();
      const order = await scene.order(fields);
      const { amount, currency } = (await scene.dojang.read(order)).body;
      const payment = scene.pay(order, { amount, currency, ...with_ });
      await scene.expectAnswer("success", { payment, order });
      await scene.quiet();
      return paidOrder({ scene, order, payment, clock });
    },
    close: () => world.close(),
  };
}

let lastKey = 0;

export function paidOrder(parts: {
  scene: Scene;
  order: string;
  payment: PaymentRecord;
  clock: ManualClock;
}): PaidOrder {
  const { scene, order, payment, clock } = parts;
  const { emulator, dojang } = scene;
  const linesBefore = dojang.logLines.length;
  const subject: PaidOrder = {
    scene,
    order,
    payment,
    refund(body, key = `key-${++lastKey}`) {
      const headers = { "idempotency-key": key };
      const wanted = { reason: "the buyer sent it back", ...body };
      return dojang.request("POST", `/v1/orders/${order}/refunds`, { body: wanted, headers });
    },
    async refunded(body = { amount: "all" }, key) {
      const answer = await subject.refund(body, key);
      assert.equal(answer.status, 202, answer.text);
      await scene.quiet();
      const { refunds } = await subject.read();
      const refund = refunds.find(({ id }) => id === answer.body.id);
      assert.ok(refund, "the order shows its refund");
      return refund;
    },
    async read() {
      const { body } = await dojang.read(order);
      return { order: body, refunds: body.refunds };
    },
    async pass(ms, stepMs = SECOND_MS) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock.advance(Math.min(stepMs, ms - passed));
        await scene.quiet();
      }
    },
    moneyBack: () => Number(emulator.model.payment(payment.imp_uid)?.cancel_amount),
    sent: () =>
      [...emulator.requests]
        .filter(({ path, body }) => path === CANCEL.path && body?.["imp_uid"] === payment.imp_uid)
        .map(({ body }) => body ?? {}),
    async events() {
      const events = await dojang.dojang.deps.store.readTimeline(order);
      return events.map(({ type }) => type).filter((type) => /refund/.test(type));
    },
    alarms: () =>
      dojang.logLines
        .slice(linesBefore)
        .map((line) => JSON.parse(line))
        .filter((line) => line.alarm === true && line.merchant_uid === order)
        .map(({ msg }) => msg),
  };
  return subject;
}
