import { isCurrency } from "../domain/currency.ts";
import type { Money } from "../domain/money.ts";
import type { Allowed, Metadata } from "../domain/order.ts";
import { readRfc3339 } from "../domain/rfc3339.ts";
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from "../domain/strict-json.ts";
import { DojangError } from "../errors.ts";
import type { Registration } from "../usecases/register-order.ts";
import { readMoney } from "./read-money.ts";
import type { OrderBody } from "./schemas.ts";

/** An order that stays payable longer than this would outlive every refund window. */
const PAY_BY_MS_MAX = 180 * 24 * 60 * 60 * 1000;
/** So many significant digits survive a double, unless it is smaller than this. */
const EXACT_DIGITS_MAX = 15;
const EXACT_MIN = 2 ** -1022;

export interface RegistrationRules {
  readonly now: number;
  readonly isReturnUrlAllowed: (url: URL) => boolean;
}

/**
 * Turns a checked body into a registration. Amounts are read from the text of the request, never from a float.
 *
 * @throws {DojangError} `invalid_currency`, `invalid_amount`, `invalid_pay_by`, `invalid_return_url`
 */
export function readRegistration(body: OrderBody, tree: JsonObject, rules: RegistrationRules): Registration {
  const currency = body.currency ?? "KRW";
  if (!isCurrency(currency)) {
    throw new DojangError("invalid_currency", "Cannot read currency: expected an ISO 4217 code such as KRW");
  }
  const amount = readMoney(tree, "amount", currency);
  if (amount.amountMinor <= 0)
    throw new DojangError("invalid_amount", "Cannot read amount: expected more than 0");
  const { taxFree, vatAmount } = {
    taxFree: readPart(tree, "tax_free", amount),
    vatAmount: readPart(tree, "vat_amount", amount),
  };
  if ((taxFree?.amountMinor ?? 0) + (vatAmount?.amountMinor ?? 0) > amount.amountMinor) {
    throw new DojangError(
      "invalid_amount",
      "Cannot read tax_free and vat_amount: expected at most the amount together",
    );
  }
  const { customer, metadata } = body;
  return {
    name: body.name,
    amount,
    ...(body.merchant_uid === undefined ? {} : { orderId: body.merchant_uid }),
    ...(taxFree === undefined ? {} : { taxFree }),
    ...(vatAmount === undefined ? {} : { vatAmount }),
    ...(customer === undefined || Object.keys(customer).length === 0 ? {} : { customer: { ...customer } }),
    ...(metadata === undefined ? {} : { metadata: readMetadata(metadata, tree) }),
    ...(body.pay_by === undefined ? {} : { payBy: readPayBy(body.pay_by, rules.now) }),
    ...(body.return_url === undefined ? {} : { returnUrl: readReturnUrl(body.return_url, rules) }),
    ...readAllowed(body.allowed),
  };
}

/** Numbers are kept as doubles: one that would come back as another is refused. */
function readMetadata(metadata: Metadata, tree: JsonObject): Metadata {
  const { metadata: written } = tree as { readonly metadata?: JsonValue };
  const values = isJsonObject(written) ? Object.values(written) : [];
  if (values.every((value) => !(value instanceof JsonNumber) || isKeptExactly(value.numberText)))
    return { ...metadata };
  throw new DojangError("invalid_request", "Cannot read metadata: expected numbers of at most 15 digits");
}

function isKeptExactly(numberText: string): boolean {
  if (/^-?[0-9]+$/.test(numberText) && Number.isSafeInteger(Number(numberText))) return true;
  const [mantissa = ""] = numberText.split(/[eE]/);
  const digits = mantissa.replace(/[^0-9]/g, "").replace(/^0+/, "");
  const isHeld = digits === "" || Math.abs(Number(numberText)) >= EXACT_MIN;
  return isHeld && digits.length <= EXACT_DIGITS_MAX;
}

function readPart(tree: JsonObject, field: string, whole: Money): Money | undefined {
  if (!Object.hasOwn(tree, field)) return undefined;
  const part = readMoney(tree, field, whole.currency);
  if (part.amountMinor >= 0 && part.amountMinor <= whole.amountMinor) return part;
  throw new DojangError("invalid_amount", `Cannot read ${field}: expected 0 to the order's amount`);
}

function readPayBy(text: string, now: number): number {
  const at = readRfc3339(text);
  if (at === undefined) {
    throw new DojangError(
      "invalid_pay_by",
      "Cannot read pay_by: expected RFC 3339 with a zone, such as 2026-12-01T00:00:00+09:00",
    );
  }
  if (at <= now || at > now + PAY_BY_MS_MAX) {
    throw new DojangError("invalid_pay_by", "Cannot read pay_by: expected a time in the next 180 days");
  }
  return at;
}

function readReturnUrl(text: string, { isReturnUrlAllowed }: RegistrationRules): string {
  // Parsers disagree about backslashes and control characters, and a browser is sent there: only plain addresses.
  const url = /^[!-[\]-~]+$/.test(text) ? URL.parse(text) : null;
  if (url === null || url.username !== "" || url.password !== "" || !isReturnUrlAllowed(url)) {
    throw new DojangError(
      "invalid_return_url",
      "Cannot read return_url: expected https and a host of DOJANG_ALLOWED_ORIGINS",
    );
  }
  return url.href;
}

function readAllowed(allowed: OrderBody["allowed"]): { allowed?: Allowed } {
  const { pay_methods: payMethods, channels } = allowed ?? {};
  if (payMethods === undefined && channels === undefined) return {};
  return {
    allowed: {
      ...(payMethods === undefined ? {} : { payMethods: [...payMethods] }),
      ...(channels === undefined ? {} : { channels: [...channels] }),
    },
  };
}
