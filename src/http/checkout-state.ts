import { koreanRfc3339 } from "../domain/korean-time.ts";
import { amountMajor } from "../domain/money.ts";
import type { Order } from "../domain/order.ts";
import { isWithheld, type PreparePolicy } from "../domain/preparation.ts";
import { isLoopback } from "../env.ts";
import type { OrderView } from "../storage/store.ts";
import type { CheckoutState, WindowOrder } from "./checkout-schemas.ts";
import { maskCustomer } from "./mask-customer.ts";
import { accountAnswer } from "./order-answer.ts";

/** What nearly every Korean contract takes. A shop that takes less says so with `allowed.pay_methods`. */
const KOREAN_METHODS = ["card", "trans", "vbank", "phone"];
/** Money of KakaoPay and its like is recorded under this word, and no window opens by it. Source: docs/iamport-v1.md 4. */
const RECORDED_ONLY = ["point"];

/** An order as its hosted page may know it. */
export function checkoutState(
  view: OrderView,
  { prepare, isSandbox }: { readonly prepare: PreparePolicy; readonly isSandbox: boolean },
): CheckoutState {
  const { order } = view;
  const { account, customer } = order;
  const paidBy = view.payments.find(({ paymentId }) => paymentId === order.paidBy);
  const isWaiting = isWithheld(order, prepare) && order.preparation !== "confirmed";
  return {
    merchant_uid: order.orderId,
    status: order.status,
    name: order.name,
    amount: amountMajor(order.amount),
    currency: order.amount.currency,
    pay_by: koreanRfc3339(order.payBy),
    pay_methods: offeredMethods(order),
    preparation: isWaiting ? (order.preparation as "wanted" | "refused") : null,
    customer: (customer && maskCustomer(customer)) ?? null,
    virtual_account: account && order.status === "awaiting_deposit" ? accountAnswer(account, order) : null,
    paid_at: order.paidAt === undefined ? null : koreanRfc3339(order.paidAt),
    refunded_amount: amountMajor(order.refunded),
    receipt_url: receiptLink(paidBy?.receiptUrl, isSandbox) ?? null,
    return_url: returnUrl(order) ?? null,
  };
}

/** What the window is told of an order beside its state: a PG that hears nothing of tax taxes all of it, and one that is not allowed is refused later. */
export function windowOrder({ taxFree, vatAmount, allowed }: Order): WindowOrder {
  const [channel] = allowed?.channels ?? [];
  return {
    ...(taxFree === undefined ? {} : { tax_free: amountMajor(taxFree) }),
    ...(vatAmount === undefined ? {} : { vat_amount: amountMajor(vatAmount) }),
    ...(channel === undefined ? {} : { pg: channel.replace(":", ".") }),
  };
}

function offeredMethods({ allowed, amount }: Order): string[] {
  const offered = allowed?.payMethods?.filter((method) => !RECORDED_ONLY.includes(method)) ?? [];
  if (offered.length > 0) return offered;
  return amount.currency === "KRW" && allowed?.payMethods === undefined ? [...KOREAN_METHODS] : ["card"];
}

/** The gateway's text becomes a link: only one that a browser may follow. The emulator's receipts stand on this machine. */
function receiptLink(text: string | undefined, isSandbox: boolean): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  if (url === null || url.username + url.password !== "") return undefined;
  const isOwn = isSandbox && url.protocol === "http:" && isLoopback(url.hostname);
  return url.protocol === "https:" || isOwn ? url.href : undefined;
}

/** As a mobile payment goes back there: the order's id, and the word of its state. */
function returnUrl({ returnUrl: text, orderId, paidBy, status }: Order): string | undefined {
  if (text === undefined) return undefined;
  const url = new URL(text);
  url.searchParams.set("merchant_uid", orderId);
  if (paidBy !== undefined) url.searchParams.set("status", "success");
  else if (status === "awaiting_deposit") url.searchParams.set("status", "vbankIssued");
  return url.href;
}
