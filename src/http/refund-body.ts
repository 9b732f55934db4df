import type { Currency } from "../domain/currency.ts";
import type { Money } from "../domain/money.ts";
import type { RefundAccount } from "../domain/refund.ts";
import type { JsonObject } from "../domain/strict-json.ts";
import { DojangError } from "../errors.ts";
import type { RefundWanted } from "../usecases/request-refund.ts";
import { readMoney } from "./read-money.ts";
import type { RefundBody } from "./refund-schemas.ts";

/**
 * Turns a checked body into a wish. Amounts are read from the text of the request in the order's currency, never from a float. No
 * amount is implied: 0 would be "all of it" to i'mport, and is refused here.
 *
 * @throws {DojangError} `invalid_amount`
 */
export function readRefund(
  body: RefundBody,
  tree: JsonObject,
  currency: Currency,
): Omit<RefundWanted, "orderId" | "idempotency"> {
  const amount = body.amount === "all" ? "all" : readMoney(tree, "amount", currency);
  if (amount !== "all" && amount.amountMinor <= 0)
    throw new DojangError("invalid_amount", 'Cannot read amount: expected more than 0, or "all"');
  const taxFree = readPart(tree, "tax_free", currency);
  const vatAmount = readPart(tree, "vat_amount", currency);
  const { reason, retain_promotion: retainsPromotion = false, requester, refund_account: account } = body;
  return {
    amount,
    reason,
    retainsPromotion,
    ...(taxFree === undefined ? {} : { taxFree }),
    ...(vatAmount === undefined ? {} : { vatAmount }),
    ...(requester === undefined ? {} : { requester }),
    ...(account === undefined ? {} : { account: readRefundAccount(account) }),
  };
}

export function readRefundAccount({
  bank,
  account,
  holder,
  tel,
}: NonNullable<RefundBody["refund_account"]>): RefundAccount {
  return { bank, number: account, holder, ...(tel === undefined ? {} : { tel }) };
}

function readPart(tree: JsonObject, field: string, currency: Currency): Money | undefined {
  if (!Object.hasOwn(tree, field)) return undefined;
  const part = readMoney(tree, field, currency);
  if (part.amountMinor >= 0) return part;
  throw new DojangError("invalid_amount", `Cannot read ${field}: expected 0 or more`);
}
