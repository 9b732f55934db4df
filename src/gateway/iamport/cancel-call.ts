import { amountText } from "../../domain/money.ts";
import { isJsonObject } from "../../domain/strict-json.ts";
import type { CancelRequest, CancelResult } from "../gateway.ts";
import { readEnvelope } from "./envelope.ts";
import type { Answer } from "./exchange.ts";
import { isPaymentId } from "./request-line.ts";
import { outcomeUnknown, unavailable } from "./trouble.ts";

/** Documented in the older English reference; nothing says that longer ones are refused or cut. */
const REASON_CHARACTERS_MAX = 256;
const MESSAGE_CHARACTERS_MAX = 500;

/**
 * The body of a cancellation, its amounts as exact JSON numbers. `enable_webhook` is left out: what we start we look for ourselves.
 *
 * Source: v1 API, POST /payments/cancel; docs/iamport-v1.md 6.
 * @throws {Error} for an amount that is not positive or more than the checksum: a bug of ours, and 0 would cancel all of it
 */
export function cancelBody(request: CancelRequest): string {
  const { paymentId, amount, checksum, reason, taxFree, vatAmount, requester, account } = request;
  const isWhole = amount.amountMinor > 0 && amount.amountMinor <= checksum.amountMinor;
  if (!isPaymentId(paymentId) || !isWhole || amount.currency !== checksum.currency)
    throw new Error("Invariant violated: a cancellation names a payment and a part of its balance");
  const fields: Record<string, string> = {
    imp_uid: JSON.stringify(paymentId),
    amount: amountText(amount),
    checksum: amountText(checksum),
    reason: JSON.stringify(cut(reason, REASON_CHARACTERS_MAX)),
  };
  if (taxFree !== undefined) fields["tax_free"] = amountText(taxFree);
  if (vatAmount !== undefined) fields["vat_amount"] = amountText(vatAmount);
  if (request.retainsPromotion) fields["retain_promotion"] = "true";
  if (requester !== undefined) fields["extra"] = JSON.stringify({ requester });
  if (account !== undefined) {
    fields["refund_bank"] = JSON.stringify(account.bank);
    fields["refund_account"] = JSON.stringify(account.number);
    fields["refund_holder"] = JSON.stringify(account.holder);
    if (account.tel !== undefined) fields["refund_tel"] = JSON.stringify(account.tel);
  }
  const pairs = Object.entries(fields).map(([name, value]) => `"${name}":${value}`);
  return `{${pairs.join(",")}}`;
}

/**
 * What the answer means for the money. Only the gateway's own frame is a yes or a no: anything else came from somebody on the way
 * who may or may not have passed the request on.
 */
export function readCancelled(answer: Answer, paymentId: string): CancelResult {
  const { status } = answer;
  if (status === 429) return unavailable("http_429");
  if (status !== 200 && (status < 400 || status >= 500)) return outcomeUnknown(`http_${status}`);
  const envelope = readEnvelope(answer);
  if (!envelope.ok) return outcomeUnknown(envelope.reason);
  if (!envelope.isSuccess) return { kind: "refused", message: plainText(envelope.message) };
  if (status !== 200) return outcomeUnknown(`http_${status}`);
  const { response } = envelope;
  if (!isJsonObject(response)) return outcomeUnknown("bad_envelope");
  return response["imp_uid"] === paymentId ? { kind: "accepted" } : outcomeUnknown("other_payment");
}

function plainText(message: string): string {
  const spaced = message.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
  return cut(spaced, MESSAGE_CHARACTERS_MAX).trim();
}

/** Never in the middle of a character. */
function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return text.slice(0, charactersMax).replace(/[\ud800-\udbff]$/, "");
}
