import { amountText } from "../../src/domain/money.ts";
import type { PaymentSnapshot } from "../../src/domain/payment.ts";
import { isJsonObject, readJson } from "../../src/domain/strict-json.ts";
import { DEVELOPMENT_MERCHANT } from "../../src/emulator/merchant.ts";
import type { Model } from "../../src/emulator/model.ts";
import { paymentJson } from "../../src/emulator/payment-json.ts";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import type {
  Attempt,
  CancelRequest,
  CancelResult,
  FetchResult,
  Gateway,
  ListQuery,
  ListResult,
} from "../../src/gateway/gateway.ts";
import { readPayment, STATUSES } from "../../src/gateway/iamport/read-payment.ts";
import { SharedFetches } from "../../src/gateway/iamport/shared-fetches.ts";
import type { Scheduler } from "./scheduler.ts";

const VIEWER = { userCode: DEVELOPMENT_MERCHANT.userCode, tier: null };

export interface ModelGatewayOptions {
  /** The process that it belongs to. */
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly model: Model;
  /** Whether an answer may arrive later than it was made: two points instead of one. */
  readonly isSlow: boolean;
  /** Whether a read is a point at all: not where nothing that it could show ever changes. */
  readonly isReadAPoint: boolean;
  /** Whose time the times of a look are. Default: the scheduler's. */
  readonly clock?: { now(): number };
  /** A refund is about to take effect. */
  readonly onCancel: (request: CancelRequest) => Promise<void>;
}

/**
 * The gateway's port over the emulator's books, with the client's own reading of a payment and its own sharing of calls. One of these
 * is one process: its actors share calls. It is opened for each actor by name, for what the actor has seen.
 */
export function openModelGateway(options: ModelGatewayOptions): (actor: string) => Gateway {
  const { scheduler, model, name, clock = scheduler } = options;
  const counts = { asked: 0, sent: 0 };
  const shared = new SharedFetches<FetchResult>(async (paymentId, onSent) => {
    counts.asked += 1;
    let sentAt = 0;
    const text = await twoPoints(options, `${name} fetch ${paymentId}`, () => {
      counts.sent += 1;
      onSent();
      sentAt = clock.now();
      const record = model.payment(paymentId);
      return record === undefined ? undefined : paymentJson(record, { newerFields: true });
    });
    return text === undefined ? { kind: "not_found" } : found(text, sentAt, clock.now());
  });
  return (actor) => ({
    async fetchPayment(paymentId) {
      // Who shares which call is a part of where everybody stands.
      scheduler.note(actor, `asks ${counts.asked} ${counts.sent}`);
      const result = await shared.fetch(paymentId);
      scheduler.note(actor, result.kind === "found" ? briefly(result.payment) : result.kind);
      return result;
    },
    async findAttempts(orderId) {
      const attempts = await twoPoints(options, `${actor} findAttempts`, () =>
        recordsOf(model)
          .filter((record) => record.merchant_uid === orderId)
          .map(attemptOf),
      );
      scheduler.note(actor, attempts);
      return { kind: "found", attempts };
    },
    async listPayments(query) {
      const list = await twoPoints(options, `${actor} list ${query.status}`, () => listed(model, query));
      scheduler.note(actor, list);
      return list;
    },
    async cancelPayment(request) {
      const result = await twoPoints(
        { ...options, isReadAPoint: true },
        `${actor} cancelPayment`,
        async () => {
          await options.onCancel(request);
          return cancelled(model, request);
        },
      );
      scheduler.note(actor, result);
      return result;
    },
    listChannels: async () => ({ kind: "found", channels: [] }),
    prepareAmount: async () => ({ kind: "prepared" }),
    async closeAccount(paymentId) {
      const result = await twoPoints({ ...options, isReadAPoint: true }, `${actor} closeAccount`, () =>
        model.closeVbank(VIEWER, paymentId).ok
          ? ({ kind: "closed" } as const)
          : ({ kind: "refused", reason: "refused_by_code" } as const),
      );
      scheduler.note(actor, result);
      return result;
    },
    clockOffsetMs: () => 0,
    health: () => ({ isBreakerOpen: false, isMisconfigured: false, inFlight: 0 }),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  });
}

/** It takes effect, or is read, at the first; the caller hears of it at the second. */
async function twoPoints<T>(
  { scheduler, isSlow, isReadAPoint }: ModelGatewayOptions,
  label: string,
  work: () => T | Promise<T>,
): Promise<T> {
  if (!isReadAPoint) return work();
  const result = await scheduler.at(label, work);
  if (!isSlow) return result;
  // What is on its way is known to nobody yet, and is a part of the state all the same.
  scheduler.note(label, [scheduler.now(), result]);
  await scheduler.at(`${label}, the answer`, () => {});
  return result;
}

function found(text: string, fetchStartedAt: number, fetchEndedAt: number): FetchResult {
  const reading = readJson(text);
  if (!reading.ok || !isJsonObject(reading.value))
    throw new Error("Invariant violated: the emulator writes JSON objects");
  const ids = { paymentId: String(reading.value["imp_uid"]), orderId: String(reading.value["merchant_uid"]) };
  // What operators see of it decides nothing, and would have to be sealed each time.
  const look = { raw: "{}", fetchStartedAt, fetchEndedAt };
  return { kind: "found", payment: readPayment(reading.value, ids, look) };
}

/** What differs between two looks at one payment here. */
function briefly({
  paymentId,
  status,
  cancelled,
  cancelCount,
  fetchStartedAt,
  fetchEndedAt,
}: PaymentSnapshot) {
  return [paymentId, status, cancelled.text, cancelCount, fetchStartedAt, fetchEndedAt];
}

export function recordsOf(model: Model): readonly PaymentRecord[] {
  return [...model.state.payments.values()];
}

function attemptOf(record: PaymentRecord): Attempt {
  return {
    paymentId: record.imp_uid,
    status: STATUSES.get(record.status) ?? "unknown",
    hasAccount: record.pay_method === "vbank" && record.vbank_num !== null,
    cancelledText: record.cancel_amount,
  };
}

function listed(model: Model, { status, from, to }: ListQuery): ListResult {
  const timeOf = { ready: "started_at", paid: "paid_at", cancelled: "cancelled_at" } as const;
  const rows = recordsOf(model).filter((record) => {
    const at = record[timeOf[status]];
    return record.status === status && at >= from && at <= to;
  });
  const payments = rows.map((record) => ({ ...attemptOf(record), orderId: record.merchant_uid }));
  return { kind: "found", total: rows.length, rows: rows.length, payments };
}

function cancelled(model: Model, { paymentId, amount, checksum, reason }: CancelRequest): CancelResult {
  const request = { imp_uid: paymentId, amount: amountText(amount), checksum: amountText(checksum), reason };
  const result = model.cancel(VIEWER, request);
  return result.ok ? { kind: "accepted" } : { kind: "refused", message: result.message };
}
