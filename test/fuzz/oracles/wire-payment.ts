import type { SecondValue } from "./second-json.ts";

/** One payment of the gateway as a second reader sees it, straight from the wire's words. */
export class WirePayment {
  readonly #fields: ReadonlyMap<string, SecondValue>;

  constructor(fields: ReadonlyMap<string, SecondValue>) {
    this.#fields = fields;
  }

  at(key: string): SecondValue | undefined {
    return this.#fields.get(key);
  }

  /** null, "" and every other type are nothing. */
  text(key: string): string | undefined {
    const value = this.at(key);
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  numberText(key: string): string | undefined {
    const value = this.at(key);
    return isNumber(value) ? value.number : undefined;
  }

  /** Whole seconds above 0, in milliseconds; "wrong" for what is no such number. */
  time(key: string): number | "wrong" | undefined {
    const value = this.at(key);
    if (value === undefined || value === null) return undefined;
    const text = this.numberText(key);
    if (text === undefined || text.length > 12 || String(Number(text)) !== text || !/^[0-9]+$/.test(text))
      return "wrong";
    return text === "0" ? undefined : Number(text) * 1000;
  }

  /** Null or absent: nothing; a text: itself; else the field cannot be believed. */
  deciding(key: string): { readonly value?: string; readonly isWrong: boolean } {
    const value = this.at(key);
    if (value === undefined || value === null || value === "") return { isWrong: false };
    return typeof value === "string" ? { value, isWrong: false } : { isWrong: true };
  }

  get history(): readonly SecondValue[] | "wrong" {
    const value = this.at("cancel_history");
    if (value === undefined) return [];
    return isList(value) ? value : "wrong";
  }

  /** What lowers the card's charge: absent, its id, or something that cannot be read. */
  get promotion(): string | undefined {
    const value = this.at("promotion");
    if (value === undefined || value === null) return undefined;
    const id = value instanceof Map ? value.get("id") : undefined;
    if (typeof id === "string" && id !== "") return id;
    return isNumber(id) ? id.number : "unreadable";
  }

  /** A virtual account has a number and a bank, and the buyer chose one. */
  get hasAccount(): boolean {
    const isAccount = this.at("pay_method") === "vbank";
    return isAccount && this.text("vbank_num") !== undefined && this.text("vbank_name") !== undefined;
  }

  /** Whether a field that decides is missing or no such thing as the gateway documents. */
  get isUnreadable(): boolean {
    const deciding = ["pay_method", "pg_provider", "pg_id", "pg_tid", "customer_uid", "customer_uid_usage"];
    const sandbox = this.at("sandbox");
    const paidAt = this.time("paid_at");
    return (
      ["status", "currency"].some((key) => typeof this.at(key) !== "string") ||
      ["amount", "cancel_amount"].some((key) => this.numberText(key) === undefined) ||
      deciding.some((key) => this.deciding(key).isWrong) ||
      this.history === "wrong" ||
      (sandbox !== undefined && sandbox !== null && typeof sandbox !== "boolean") ||
      paidAt === "wrong" ||
      (this.at("status") === "paid" && paidAt === undefined) ||
      (this.hasAccount && this.time("vbank_date") === "wrong")
    );
  }
}

export function isNumber(value: SecondValue | undefined): value is { readonly number: string } {
  return typeof value === "object" && value !== null && "number" in value;
}

export function isList(value: SecondValue | undefined): value is readonly SecondValue[] {
  return Array.isArray(value);
}
