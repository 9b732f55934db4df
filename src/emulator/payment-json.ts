import { readDecimal } from "./decimal-text.ts";
import { envelopeText } from "./envelope.ts";
import type { PaymentFields, PaymentRecord } from "./payment-record.ts";
import { phpJson, phpJsonString, RawJson } from "./php-json.ts";

/** How one answer shows a payment otherwise than it is. */
export interface PaymentLens {
  /** Raw JSON text instead of, or beside, the fields. */
  readonly raw?: Readonly<Record<string, string>>;
  readonly omit?: readonly string[];
}

/** Fields that only newer answers carry (docs/iamport-v1.md 4: "may be absent in older bodies"). */
const NEWER_FIELDS = [
  "card_issuer_code",
  "card_issuer_name",
  "card_publisher_code",
  "card_publisher_name",
  "promotion",
];

const rendered = new WeakMap<PaymentRecord, { revision: number; newerFields: boolean; body: Buffer }>();

/** The whole answer of a single lookup, rendered once per state of the payment and kept until it changes. */
export function paymentBody(payment: PaymentRecord, newerFields: boolean): Buffer {
  const known = rendered.get(payment);
  if (known && known.revision === payment.meta.revision && known.newerFields === newerFields)
    return known.body;
  const body = Buffer.from(envelopeText(paymentJson(payment, { newerFields })));
  rendered.set(payment, { revision: payment.meta.revision, newerFields, body });
  return body;
}

/** A payment as JSON text: sorted keys, amounts as the numbers they are, raw fields as given. */
export function paymentJson(
  payment: PaymentRecord,
  how: { newerFields: boolean; lens?: PaymentLens },
): string {
  const { meta } = payment;
  const isPlain = how.newerFields && !how.lens && meta.omit.length === 0 && isEmpty(meta.raw);
  return isPlain ? plainJson(payment) : alteredJson(payment, how);
}

function isEmpty(object: object): boolean {
  for (const _name in object) return false;
  return true;
}

/** The fields in the order they are written, each with its key as text. */
let fieldOrder: ReadonlyArray<readonly [name: keyof PaymentFields, key: string]> | undefined;

function fieldsInOrder(payment: PaymentRecord) {
  fieldOrder ??= (Object.keys(payment) as Array<keyof PaymentRecord>)
    .filter((name) => name !== "meta")
    .sort()
    .map((name) => [name, `${phpJsonString(name)}:`] as const);
  return fieldOrder;
}

function plainJson(payment: PaymentRecord): string {
  let text = "";
  for (const [name, key] of fieldsInOrder(payment)) {
    const value = payment[name];
    text += `${text === "" ? "{" : ","}${key}${value === null ? "null" : fieldJson(name, value)}`;
  }
  return `${text}}`;
}

function alteredJson(payment: PaymentRecord, how: { newerFields: boolean; lens?: PaymentLens }): string {
  const { meta } = payment;
  const omitted = new Set([
    ...meta.omit,
    ...(how.lens?.omit ?? []),
    ...(how.newerFields ? [] : NEWER_FIELDS),
  ]);
  const members = new Map<string, string>();
  for (const [name] of fieldsInOrder(payment)) members.set(name, fieldJson(name, payment[name]));
  for (const [name, text] of Object.entries({ ...meta.raw, ...how.lens?.raw })) members.set(name, text);
  for (const name of omitted) members.delete(name);
  const inOrder = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${inOrder.map(([name, text]) => `${phpJsonString(name)}:${text}`).join(",")}}`;
}

function fieldJson(name: keyof PaymentFields, value: unknown): string {
  if (name === "amount" || name === "cancel_amount") return decimalJson(value).text;
  if (name === "cancel_history" || name === "deposit_history") {
    return phpJson(
      (value as { amount: string }[]).map((item) => ({ ...item, amount: decimalJson(item.amount) })),
    );
  }
  if (name === "promotion" && value !== null) {
    const promotion = value as { id: string; discount: string };
    return phpJson({ ...promotion, discount: decimalJson(promotion.discount) });
  }
  return phpJson(value);
}

/** Decimal text as a JSON number; anything else as the JSON string it is. */
export function decimalJson(value: unknown): RawJson {
  const isDecimal = typeof value === "string" && readDecimal(value) !== undefined;
  return new RawJson(isDecimal ? value : phpJson(value));
}
