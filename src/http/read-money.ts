import type { Currency } from "../domain/currency.ts";
import { type Money, readAmount } from "../domain/money.ts";
import { JsonNumber, type JsonObject } from "../domain/strict-json.ts";
import { DojangError } from "../errors.ts";

/** Reads an amount from the text of the request. @throws {DojangError} `invalid_amount` for one that the currency cannot hold */
export function readMoney(tree: JsonObject, field: string, currency: Currency): Money {
  const value = tree[field];
  const text = value instanceof JsonNumber ? value.numberText : "";
  const reading = readAmount(text, currency);
  if (reading.ok) return reading.money;
  // The text is a JSON number, so at most long, never personal.
  throw new DojangError(
    "invalid_amount",
    `Cannot read ${field}: expected an amount of ${currency}, got ${text.slice(0, 40)}`,
  );
}
