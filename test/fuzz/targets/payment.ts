import fc from "fast-check";
import { CURRENCY_EXPONENTS, isCurrency } from "../../../src/domain/currency.ts";
import type { PaymentSnapshot } from "../../../src/domain/payment.ts";
import { isJsonObject } from "../../../src/domain/strict-json.ts";
import { readEnvelope } from "../../../src/gateway/iamport/envelope.ts";
import { readPayment } from "../../../src/gateway/iamport/read-payment.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";
import { minorUnits, readDecimal } from "../oracles/decimal.ts";
import { readSecond, type SecondValue } from "../oracles/second-json.ts";
import { WirePayment } from "../oracles/wire-payment.ts";
import { PAID_ANSWER, PAYMENT_WORDS, paymentAnswer } from "./payment-answers.ts";

const IDS = { paymentId: "imp_123456789012", orderId: "dj_order_1" };
const LOOK = { fetchStartedAt: 1, fetchEndedAt: 2 };
const STATUSES: ReadonlyMap<SecondValue | undefined, string> = new Map([
  ["ready", "pending"],
  ["paid", "paid"],
  ["failed", "failed"],
  ["cancelled", "cancelled"],
]);

/** `readEnvelope` and `readPayment` say of any answer what a second reader of the wire says; what decides is never guessed. */
export const payment: FuzzTarget = {
  name: "payment",
  sources: ["/src/gateway/iamport/envelope.ts", "/src/gateway/iamport/read-payment.ts"],
  seeds: [
    PAID_ANSWER,
    PAID_ANSWER.replace('"status":"paid"', '"status":"ready"').replace('"card"', '"vbank"'),
    '{"code":-1,"message":"no","response":null}',
    '{"code":0,"response":{}}',
  ],
  dictionary: PAYMENT_WORDS,
  grammar: paymentAnswer(fc.constant({})),
  bytesMax: 4096,
  run(input) {
    const text = input.toString("utf8");
    const envelope = readEnvelope({ status: 200, date: undefined, body: { ok: true, text } });
    if (!envelope.ok) return envelope.reason;
    const second = readSecond(text)?.value;
    expect(second instanceof Map, "readEnvelope() accepts what is no object", () => text);
    const code = second.get("code");
    const isZero = typeof code === "object" && code !== null && "number" in code && isPlainZero(code.number);
    expect(envelope.isSuccess === isZero, "readEnvelope() takes another code for success", () => text);
    if (!isJsonObject(envelope.response)) return "no object";
    const wire = second.get("response");
    expect(wire instanceof Map, "readEnvelope() sees another response", () => text);
    const snapshot = readPayment(envelope.response, IDS, { ...LOOK, raw: text });
    compare(snapshot, new WirePayment(wire));
    return `${snapshot.status} ${snapshot.faults.join()} ${snapshot.account === undefined}`;
  },
};

function isPlainZero(text: string): boolean {
  const decimal = readDecimal(text);
  return decimal !== undefined && decimal.digits === 0n && !decimal.hasExponent;
}

function compare(seen: PaymentSnapshot, wire: WirePayment): void {
  const about = (what: string) => `readPayment() reads another ${what}`;
  expect(
    seen.status === (STATUSES.get(wire.at("status")) ?? "unknown"),
    about("status"),
    () => seen.statusText,
  );
  expect(
    seen.faults.length > 0 === wire.isUnreadable,
    "readPayment() misses or invents a fault",
    () => seen.faults,
  );
  for (const [key, amount] of [
    ["amount", seen.amount],
    ["cancel_amount", seen.cancelled],
  ] as const) {
    const { currency } = seen;
    const text = wire.numberText(key);
    const minor =
      text === undefined || !isCurrency(currency)
        ? undefined
        : minorUnits(text, CURRENCY_EXPONENTS[currency]);
    expect(amount.text === (text ?? ""), about("text of an amount"), () => [key, amount, text]);
    const isSame =
      minor === undefined ? amount.money === undefined : BigInt(amount.money?.amountMinor ?? -1) === minor;
    expect(isSame && (amount.money?.currency ?? currency) === currency, about("amount"), () => [
      key,
      amount,
      text,
    ]);
  }
  const sandbox = wire.at("sandbox");
  expect(seen.sandbox === (typeof sandbox === "boolean" ? sandbox : undefined), about("sandbox"), () => [
    seen.sandbox,
  ]);
  expect(seen.promotionId === wire.promotion, about("promotion"), () => [seen.promotionId, wire.promotion]);
  expect(seen.cancelCount === (wire.history === "wrong" ? 0 : wire.history.length), about("history"));
  expect((seen.account !== undefined) === wire.hasAccount, about("virtual account"), () => [seen.account]);
  for (const [key, value] of [
    ["pay_method", seen.payMethod],
    ["pg_provider", seen.pgProvider],
    ["pg_id", seen.pgMerchantId],
    ["customer_uid", seen.customerUid],
    ["customer_uid_usage", seen.customerUidUsage],
  ] as const)
    expect(value === wire.deciding(key).value, about(key), () => [key, value]);
  const due = wire.time("vbank_date");
  for (const [key, value, at] of [
    ["paid_at", seen.paidAt, wire.time("paid_at")],
    ["cancelled_at", seen.cancelledAt, wire.time("cancelled_at")],
    ["vbank_date", seen.account?.dueAt, wire.hasAccount ? due : undefined],
  ] as const)
    expect(value === (at === "wrong" ? undefined : at), about(key), () => [key, value, at]);
}
