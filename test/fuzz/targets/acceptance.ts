import fc from "fast-check";
import { type Finding as Answer, acceptPayment } from "../../../src/domain/accept-payment.ts";
import { CURRENCY_EXPONENTS, type Currency } from "../../../src/domain/currency.ts";
import type { Order } from "../../../src/domain/order.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { isJsonObject } from "../../../src/domain/strict-json.ts";
import { readEnvelope } from "../../../src/gateway/iamport/envelope.ts";
import { readPayment } from "../../../src/gateway/iamport/read-payment.ts";
import { Choices } from "../engine/choices.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";
import { minorUnits } from "../oracles/decimal.ts";
import { readSecond } from "../oracles/second-json.ts";
import { WirePayment } from "../oracles/wire-payment.ts";
import { wireFields } from "./payment-answers.ts";

const PAYMENT_ID = "imp_123456789012";
const PAID_AT_MS = 1764000000 * 1000;
/** So many make a case. */
const CHOICES = 30;
const DAY_MS = 86_400_000;
const KOREA_MS = 9 * 3_600_000;

interface Case {
  /** The gateway's answer, as text. */
  readonly answer: string;
  readonly order: Order;
  readonly policy: Policy;
}

/**
 * The acceptance rule, from the gateway's bytes to its finding, against a second reading that knows none of its code: a payment pays only where
 * each clause holds, and always where each does.
 */
export const acceptance: FuzzTarget = {
  name: "acceptance",
  sources: [
    "/src/domain/accept-payment.ts",
    "/src/domain/deadline.ts",
    "/src/gateway/iamport/read-payment.ts",
  ],
  seeds: [
    "",
    "\u0001\u0002\u0003\u0004",
    "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0009\u0003\u0001",
  ],
  dictionary: ["\u0000\u0000\u0000\u0000", "\u0001", "\u0002", "\u0003", "\u007f"],
  // A payment that pays, but for a few fields: what is wrong in two ways at once hides neither.
  grammar: fc
    .uniqueArray(fc.tuple(fc.nat(CHOICES - 1), fc.nat(13)), { maxLength: 4, selector: ([at]) => at })
    .map((changes) => {
      const bytes = Buffer.alloc(CHOICES);
      for (const [at, choice] of changes) bytes[at] = choice;
      return bytes.toString("latin1");
    }),
  grammarShare: 0.5,
  bytesMax: 96,
  show: (input) =>
    JSON.stringify(readCase(input), (_key, value) => (value instanceof Set ? [...value] : value), 1),
  run(input) {
    const { answer, order, policy } = readCase(input);
    const envelope = readEnvelope({ status: 200, date: undefined, body: { ok: true, text: answer } });
    const wire = readSecond(answer)?.value;
    const response = wire instanceof Map ? wire.get("response") : undefined;
    if (!envelope.ok || !isJsonObject(envelope.response) || !(response instanceof Map)) return "no payment";
    const ids = { paymentId: PAYMENT_ID, orderId: order.orderId };
    const snapshot = readPayment(envelope.response, ids, { raw: answer, fetchStartedAt: 1, fetchEndedAt: 2 });
    const { finding, clauses } = acceptPayment(order, snapshot, policy);
    const expected = findAgain(order, new WirePayment(response), policy);
    if (finding === "pays") {
      expect(expected === "pays", "acceptPayment() takes a payment that does not pay", () => expected);
      expect(
        clauses.every(({ holds }) => holds),
        "acceptPayment() takes a payment with a broken clause",
        () => clauses,
      );
    } else expect(expected !== "pays", "acceptPayment() refuses a payment that pays", () => finding);
    expect(finding === expected, "acceptPayment() finds another thing", () => [finding, expected]);
    return `${finding} ${clauses.map(({ holds }) => (holds ? 1 : 0)).join("")}`;
  },
};

function readCase(input: Buffer): Case {
  const choices = new Choices(input);
  const currency = choices.pick<Currency>(["KRW", "KRW", "USD", "KWD"]);
  const fields = wireFields((count) => choices.int(count));
  const amountText = choices.pick([
    "",
    "",
    "",
    "1000.0",
    "1e3",
    "10.00",
    "10",
    "1000.01",
    "999.9999999999999999",
    "-1000",
  ]);
  const response = [...fields]
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(",");
  const text = amountText === "" ? response : response.replace(/"amount":[^,]*/, `"amount":${amountText}`);
  const statuses = [
    "pending",
    "pending",
    "awaiting_deposit",
    "paid",
    "partially_refunded",
    "refunded",
    "cancelled",
    "expired",
  ] as const;
  const payBy = PAID_AT_MS + choices.pick([DAY_MS, 0, -1, 1, 86_399_000, -DAY_MS, 5 * DAY_MS]);
  const paidBy = choices.pick([undefined, undefined, PAYMENT_ID, "imp_another"]);
  const payMethods = choices.pick([undefined, undefined, ["card", "vbank"], ["trans"], [""], ["none"]]);
  const channels = choices.pick([
    undefined,
    undefined,
    ["html5_inicis"],
    ["html5_inicis:INIpayTest"],
    ["kakaopay"],
    [":"],
    [""],
  ]);
  const order: Order = {
    orderId: "dj_order_1",
    name: "Soap",
    amount: { amountMinor: choices.pick([1000, 1000, 1, 999, 1_000_000, 0]), currency },
    payBy,
    isPayByGiven: true,
    createdAt: PAID_AT_MS - DAY_MS,
    status: choices.pick(statuses),
    refunded: { amountMinor: 0, currency },
    ...(paidBy === undefined ? {} : { paidBy }),
    ...(payMethods === undefined && channels === undefined
      ? {}
      : { allowed: { ...(payMethods && { payMethods }), ...(channels && { channels }) } }),
  };
  const policy: Policy = {
    isSandbox: choices.pick([true, true, false]),
    channels: choices.pick<ReadonlySet<string> | "any">([
      "any",
      new Set(["html5_inicis:INIpayTest"]),
      new Set([":"]),
      new Set(),
    ]),
    promotions: new Set(choices.pick([[], ["prm_1"], ["5", "unreadable"]])),
  };
  return { answer: `{"code":0,"response":{${text}}}`, order, policy };
}

/** The rule of docs/guarantees.md once more, from the wire's words alone. */
function findAgain(order: Order, wire: WirePayment, policy: Policy): Answer {
  if (isForged(order, wire, policy)) return "forgery";
  const status = wire.at("status");
  if (wire.isUnreadable || !["paid", "ready", "failed", "cancelled"].includes(String(status)))
    return "unreadable";
  if (status === "failed") return "failed";
  const cancelled = minorUnits(
    wire.numberText("cancel_amount") ?? "",
    CURRENCY_EXPONENTS[order.amount.currency],
  );
  if (status === "cancelled" || cancelled !== 0n || wire.history.length > 0) return "cancelled";
  if (order.paidBy !== undefined && order.paidBy !== PAYMENT_ID) return "paid_by_another";
  if (order.status !== "pending" && order.status !== "awaiting_deposit") return "order_closed";
  const due = wire.hasAccount ? wire.time("vbank_date") : undefined;
  const dayEnd = (Math.floor((order.payBy + KOREA_MS) / DAY_MS) + 1) * DAY_MS - KOREA_MS - 1;
  const isDueInTime = typeof due !== "number" || due <= dayEnd;
  if (status === "ready") {
    if (!wire.hasAccount) return "window_only";
    return isDueInTime ? "account" : "account_due_too_late";
  }
  const deadline = typeof due === "number" && isDueInTime ? Math.max(due, order.payBy) : order.payBy;
  return Number(wire.time("paid_at")) <= deadline ? "pays" : "paid_late";
}

/** What can be read is judged even where the rest cannot be. */
function isForged(order: Order, wire: WirePayment, policy: Policy): boolean {
  const { currency, amountMinor } = order.amount;
  const sandbox = wire.at("sandbox");
  const isSandboxRead = sandbox === undefined || sandbox === null || typeof sandbox === "boolean";
  if (isSandboxRead && sandbox !== policy.isSandbox) return true;
  const written = wire.at("currency");
  if (typeof written === "string") {
    if (written !== currency) return true;
    const text = wire.numberText("amount");
    const minor = text === undefined ? undefined : minorUnits(text, CURRENCY_EXPONENTS[currency]);
    if (text !== undefined && (minor === undefined || minor <= 0n || minor !== BigInt(amountMinor)))
      return true;
  }
  const [method, provider, merchant] = ["pay_method", "pg_provider", "pg_id"].map(
    (key) => wire.deciding(key).value,
  );
  const { payMethods, channels } = order.allowed ?? {};
  if (payMethods !== undefined && (method === undefined || !payMethods.includes(method))) return true;
  const channel = `${provider ?? ""}:${merchant ?? ""}`;
  if (policy.channels !== "any" && !policy.channels.has(channel)) return true;
  if (
    channels !== undefined &&
    (provider === undefined || !(channels.includes(provider) || channels.includes(channel)))
  )
    return true;
  if (wire.promotion !== undefined && !policy.promotions.has(wire.promotion)) return true;
  return ["customer_uid", "customer_uid_usage"].some((key) => wire.deciding(key).value !== undefined);
}
