import { PRODUCTS, type Product } from "./products.ts";
import { ShopError } from "./web.ts";

const QUANTITY_MAX = 20;
const PAY_METHODS = ["card", "vbank"];
type Field = "product" | "quantity" | "pay_method" | "buyer_name" | "buyer_tel" | "buyer_email";

export interface Checkout {
  product: Product;
  quantity: number;
  payMethod: string;
  buyer: { name: string; tel: string; email: string };
}

/** Reads what the checkout page sent. It names a product and a quantity; it has no say in the price. */
export function readCheckout(body: unknown): Checkout {
  if (typeof body !== "object" || body === null) throw new ShopError(400, "json_expected");
  const fields = body as Partial<Record<Field, unknown>>;
  const product = PRODUCTS.find(({ id }) => id === fields.product);
  if (!product) throw new ShopError(400, "product_unknown");
  const quantity = Number(fields.quantity);
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > QUANTITY_MAX)
    throw new ShopError(400, "quantity_invalid");
  const payMethod = PAY_METHODS.find((method) => method === fields.pay_method);
  if (!payMethod) throw new ShopError(400, "pay_method_invalid");
  // i'mport's columns hold 16, 16 and 64 characters.
  const name = textOf(fields.buyer_name, /^\S.{0,15}$/u) ?? refuse("buyer_name_invalid");
  const tel = textOf(fields.buyer_tel, /^\+?[0-9][0-9 -]{7,14}$/) ?? refuse("buyer_tel_invalid");
  const email =
    textOf(fields.buyer_email, /^(?=.{3,64}$)[^\s@]+@[^\s@]+\.[^\s@]+$/) ?? refuse("buyer_email_invalid");
  return { product, quantity, payMethod, buyer: { name, tel, email } };
}

function textOf(value: unknown, pattern: RegExp): string | undefined {
  const text = typeof value === "string" ? value.trim() : "";
  return pattern.test(text) ? text : undefined;
}

function refuse(code: string): never {
  throw new ShopError(400, code);
}
