import { koreanDateTime } from "../domain/korean-time.ts";
import { amountText } from "../domain/money.ts";
import type { Order } from "../domain/order.ts";
import type { VirtualAccount } from "../domain/payment.ts";
import type { SendResult } from "../notify/notifier.ts";
import type { Deps } from "./deps.ts";

/** Nothing to send any more: the account was paid, replaced or closed, or the order has no number. */
export type MessageResult = SendResult | { readonly kind: "not_needed" };

/**
 * Texts the virtual account to the order's customer, and to nobody else. All words and numbers come from our own rows.
 *
 * @throws {DojangError} any `storage_*` code
 */
export async function sendAccountMessage(
  deps: Deps,
  { orderId, paymentId }: { orderId: string; paymentId: string },
): Promise<MessageResult> {
  const view = await deps.store.readOrder(orderId);
  const account = view?.order.account;
  const tel = view?.order.customer?.tel;
  if (view === undefined || account?.paymentId !== paymentId || tel === undefined)
    return { kind: "not_needed" };
  if (view.order.status !== "awaiting_deposit") return { kind: "not_needed" };
  const to = tel.replace(/[^0-9+]/g, "").replace(/^\+82/, "0");
  return deps.notifier.send({
    to,
    text: accountText(view.order, account),
    key: `account_issued:${paymentId}`,
  });
}

/** The message a buyer reads. Names are cut and stripped of everything that could pass for a link or a new line. */
export function accountText(order: Order, account: VirtualAccount): string {
  const amount = `${Number(amountText(order.amount)).toLocaleString("en-US")} ${order.amount.currency}`;
  const holder = account.holder === undefined ? "" : `\n예금주 ${plain(account.holder)}`;
  const due = koreanDateTime(account.dueAt ?? order.payBy);
  return `[가상계좌 안내]\n${plain(account.bank)} ${plain(account.number)}${holder}\n금액 ${amount}\n입금기한 ${due} (한국시간)`;
}

/** Letters, digits, spaces, dashes: 40 characters at most. Whatever the gateway sent, no link fits through. */
function plain(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[^\p{L}\p{N} ()-]/gu, "")
    .trim()
    .slice(0, 40);
}
