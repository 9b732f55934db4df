import { isCurrency } from "../../domain/currency.ts";
import { readAmount } from "../../domain/money.ts";
import type {
  Cancellation,
  PaymentSnapshot,
  PaymentStatus,
  SeenAmount,
  VirtualAccount,
} from "../../domain/payment.ts";
import { REFUND_ID } from "../../domain/refund.ts";
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from "../../domain/strict-json.ts";
import { textAt } from "./envelope.ts";

/** The look that brought the answer. */
interface Look {
  readonly raw: string;
  readonly fetchStartedAt: number;
  readonly fetchEndedAt: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** i'mport's four statuses in our words. */
export const STATUSES: ReadonlyMap<string, PaymentStatus> = new Map([
  ["ready", "pending"],
  ["paid", "paid"],
  ["failed", "failed"],
  ["cancelled", "cancelled"],
] as const);

/** Texts that decide whether a payment is allowed: null and "" mean none, another type means nobody knows. */
const DECIDING_TEXTS = [
  ["pay_method", "payMethod"],
  ["pg_provider", "pgProvider"],
  ["pg_id", "pgMerchantId"],
  ["pg_tid", "pgTransactionId"],
  ["customer_uid", "customerUid"],
  ["customer_uid_usage", "customerUidUsage"],
] as const;

const TIMES = [
  ["started_at", "startedAt"],
  ["paid_at", "paidAt"],
  ["failed_at", "failedAt"],
  ["cancelled_at", "cancelledAt"],
] as const;

const SECONDS = /^(?:0|[1-9][0-9]{0,11})$/;
const RAW_CHARS_MAX = 64 * 1024;

/**
 * Turns i'mport's payment object into our words. What is missing or of the wrong type among the fields that decide
 * is named in `faults` and never guessed; keys that we do not know are ignored.
 *
 * Source: v1 API, PaymentAnnotation; 0 is "not yet" for times, null or "" is "none" for texts.
 */
export function readPayment(
  wire: JsonObject,
  ids: { readonly paymentId: string; readonly orderId: string },
  look: Look,
): PaymentSnapshot {
  const faults: string[] = [];
  const statusText = requiredText(wire, "status", faults);
  const currency = requiredText(wire, "currency", faults);
  const history = cancelHistory(wire, faults);
  const snapshot: Writable<PaymentSnapshot> = {
    ...ids,
    status: STATUSES.get(statusText) ?? "unknown",
    statusText,
    currency,
    amount: requiredAmount(wire, "amount", { currency, faults }),
    cancelled: requiredAmount(wire, "cancel_amount", { currency, faults }),
    cancelCount: history.length,
    cancellations: history.map((entry) => readCancellation(entry, currency)),
    faults,
    raw: look.raw.slice(0, RAW_CHARS_MAX),
    fetchStartedAt: look.fetchStartedAt,
    fetchEndedAt: look.fetchEndedAt,
  };
  addSandbox(snapshot, wire, faults);
  addTexts(snapshot, wire, faults);
  addTimes(snapshot, wire, faults);
  const promotionId = readPromotion(wire);
  if (promotionId !== undefined) snapshot.promotionId = promotionId;
  const account = readAccount(wire, faults);
  if (account !== undefined) snapshot.account = account;
  return snapshot;
}

function requiredText(wire: JsonObject, key: string, faults: string[]): string {
  const value = wire[key];
  if (typeof value === "string") return value;
  faults.push(key);
  return "";
}

function requiredAmount(
  wire: JsonObject,
  key: string,
  { currency, faults }: { readonly currency: string; readonly faults: string[] },
): SeenAmount {
  const value = wire[key];
  if (!(value instanceof JsonNumber)) {
    faults.push(key);
    return { text: "" };
  }
  const text = value.numberText;
  if (!isCurrency(currency)) return { text };
  const reading = readAmount(text, currency);
  return reading.ok ? { text, money: reading.money } : { text };
}

function cancelHistory(wire: JsonObject, faults: string[]): readonly JsonValue[] {
  const history = wire["cancel_history"];
  if (history === undefined) return [];
  if (Array.isArray(history)) return history;
  faults.push("cancel_history");
  return [];
}

/** One entry, as far as it can be read. Its reason is free text: only the id of a refund of ours is kept of it. */
function readCancellation(entry: JsonValue, currency: string): Cancellation {
  if (!isJsonObject(entry)) return { amount: { text: "" } };
  const cancellation: Writable<Cancellation> = {
    amount: requiredAmount(entry, "amount", { currency, faults: [] }),
  };
  const seconds = secondsAt(entry, "cancelled_at");
  if (typeof seconds === "number") cancellation.cancelledAt = seconds * 1000;
  const refundId = REFUND_ID.exec(textAt(entry, "reason") ?? "")?.[0];
  if (refundId !== undefined) cancellation.refundId = refundId;
  return cancellation;
}

/** A missing `sandbox` stays missing: it must never read as "live". */
function addSandbox(snapshot: Writable<PaymentSnapshot>, wire: JsonObject, faults: string[]): void {
  const { sandbox } = wire as { readonly sandbox?: JsonObject[string] };
  if (typeof sandbox === "boolean") snapshot.sandbox = sandbox;
  else if (sandbox !== undefined && sandbox !== null) faults.push("sandbox");
}

function addTexts(snapshot: Writable<PaymentSnapshot>, wire: JsonObject, faults: string[]): void {
  for (const [wireKey, key] of DECIDING_TEXTS) {
    const value = wire[wireKey];
    if (typeof value === "string") {
      if (value !== "") snapshot[key] = value;
    } else if (value !== undefined && value !== null) faults.push(wireKey);
  }
  const failReason = textAt(wire, "fail_reason");
  if (failReason !== undefined) snapshot.failReason = failReason;
  const receiptUrl = textAt(wire, "receipt_url");
  if (receiptUrl !== undefined) snapshot.receiptUrl = receiptUrl;
}

function addTimes(snapshot: Writable<PaymentSnapshot>, wire: JsonObject, faults: string[]): void {
  for (const [wireKey, key] of TIMES) {
    const seconds = secondsAt(wire, wireKey);
    if (typeof seconds === "number") snapshot[key] = seconds * 1000;
    else if (seconds === "unreadable" && wireKey === "paid_at") faults.push(wireKey);
  }
  const isPaidWithoutTime = snapshot.statusText === "paid" && snapshot.paidAt === undefined;
  if (isPaidWithoutTime && !faults.includes("paid_at")) faults.push("paid_at");
}

/** Seconds since the epoch; undefined for 0, null and absent. */
function secondsAt(wire: JsonObject, key: string): number | "unreadable" | undefined {
  const value = wire[key];
  if (value === undefined || value === null) return undefined;
  if (!(value instanceof JsonNumber) || !SECONDS.test(value.numberText)) return "unreadable";
  return Number(value.numberText) || undefined;
}

function readPromotion(wire: JsonObject): string | undefined {
  const { promotion } = wire as { readonly promotion?: JsonObject[string] };
  if (promotion === undefined || promotion === null) return undefined;
  const id = isJsonObject(promotion) ? promotion["id"] : undefined;
  if (id instanceof JsonNumber) return id.numberText;
  return typeof id === "string" && id !== "" ? id : "unreadable";
}

/** Only a `vbank` payment with a number and a bank has an account: a `ready` record alone is an opened window. */
function readAccount(wire: JsonObject, faults: string[]): VirtualAccount | undefined {
  const number = textAt(wire, "vbank_num");
  const bank = textAt(wire, "vbank_name");
  if (wire["pay_method"] !== "vbank" || number === undefined || bank === undefined) return undefined;
  const account: Writable<VirtualAccount> = { number, bank };
  const bankCode = textAt(wire, "vbank_code");
  if (bankCode !== undefined) account.bankCode = bankCode;
  const holder = textAt(wire, "vbank_holder");
  if (holder !== undefined) account.holder = holder;
  const due = secondsAt(wire, "vbank_date");
  if (typeof due === "number") account.dueAt = due * 1000;
  else if (due === "unreadable") faults.push("vbank_date");
  return account;
}
