import { isJsonObject, JsonNumber, type JsonValue, readJson } from "../../domain/strict-json.ts";

/** One value of the gateway's answer, by its path, as it was written. */
interface RawField {
  readonly name: string;
  readonly value: string;
  readonly masked: boolean;
}

/**
 * What says nothing of a person. All other values are masked, also those that i'mport may add one day. Source: docs/iamport-v1.md,
 * PaymentAnnotation.
 */
const IMPERSONAL: ReadonlySet<string> = new Set([
  ..."imp_uid merchant_uid pay_method channel pg_provider emb_pg_provider pg_tid pg_id escrow apply_num".split(
    " ",
  ),
  ..."bank_code bank_name card_code card_name card_issuer_code card_issuer_name card_publisher_code".split(
    " ",
  ),
  ..."card_publisher_name card_quota card_type vbank_code vbank_name vbank_date vbank_issued_at".split(" "),
  ..."name amount cancel_amount currency status started_at paid_at failed_at cancelled_at sandbox".split(" "),
  ..."fail_reason cash_receipt_issued customer_uid_usage cancellation_id promotion discount".split(" "),
]);
/** The lists and objects that are known: inside of any other, a `name` may be a person's. */
const PARENTS: ReadonlySet<string> = new Set(["cancel_history", "deposit_history", "promotion"]);
const STARS = "**";

/** The answer as a table of its values. With `isWhole` nothing is masked. */
export function rawFields(raw: string, { isWhole }: { readonly isWhole: boolean }): readonly RawField[] {
  const reading = readJson(raw);
  if (!reading.ok) return [{ name: "", value: isWhole ? raw : STARS, masked: !isWhole }];
  const fields: RawField[] = [];
  const walk = (value: JsonValue, path: readonly string[]) => {
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) walk(item, [...path, String(index + 1)]);
    else if (isJsonObject(value))
      for (const key of Object.keys(value)) walk(value[key] ?? null, [...path, key]);
    else fields.push(fieldOf(path, value, isWhole));
  };
  const { value } = reading;
  // The envelope around it says nothing more.
  walk(isJsonObject(value) ? (value["response"] ?? value) : value, []);
  return fields;
}

function fieldOf(path: readonly string[], value: JsonValue, isWhole: boolean): RawField {
  const text = value instanceof JsonNumber ? value.numberText : String(value);
  const isEmpty = value === null || text === "";
  const masked = !isWhole && !isEmpty && !isImpersonal(path);
  return { name: path.join("."), value: masked ? STARS : text, masked };
}

/** `amount`, or `cancel_history.1.amount`. */
function isImpersonal(path: readonly string[]): boolean {
  const [first = "", place = ""] = path;
  if (path.length === 1) return IMPERSONAL.has(first);
  const [name = "", ...more] = path.slice(/^[0-9]+$/.test(place) ? 2 : 1);
  return PARENTS.has(first) && IMPERSONAL.has(name) && more.length === 0;
}
