import { koreanDateTime } from "../domain/korean-time.ts";
import { amountText } from "../domain/money.ts";
import type { Notice } from "../domain/notices.ts";
import type { Order } from "../domain/order.ts";
import type { VirtualAccount } from "../domain/payment.ts";
import type { SendResult } from "../notify/notifier.ts";
import type { OrderView } from "../storage/store.ts";
import type { Deps } from "./deps.ts";

/**
 * Nothing to send: the account was paid, replaced or closed, the order has no number, the notice is turned off, or the
 * order's texts of this day are used up.
 */
export type NoticeResult = SendResult | { readonly kind: "not_needed" };

/**
 * Texts one notice about a virtual account to the order's customer, and to nobody else. All words and numbers come from our
 * own rows.
 *
 * @throws {DojangError} any `storage_*` code
 */
export async function sendNotice(
  deps: Deps,
  {
    orderId,
    paymentId,
    notice,
    again,
  }: {
    orderId: string;
    paymentId: string;
    notice: Notice;
    /** Names one more sending of a notice, which an operator asked for. */
    again?: string;
  },
): Promise<NoticeResult> {
  const view = await deps.store.readOrder(orderId);
  const tel = view?.order.customer?.tel;
  if (view === undefined || tel === undefined || !deps.notices.has(notice)) return { kind: "not_needed" };
  const text = textOf(view, { paymentId, notice });
  if (text === undefined) return { kind: "not_needed" };
  const key = again ?? `${notice}:${paymentId}`;
  if (!(await deps.mayText(orderId, key))) {
    deps.log.warn("text_limit_reached", { merchant_uid: orderId, reason: notice });
    return { kind: "not_needed" };
  }
  const to = tel.replace(/[^0-9+]/g, "").replace(/^\+82/, "0");
  return deps.notifier.send({ to, text, key });
}

/** Undefined where things have moved on since the notice was planned. */
function textOf(
  { order }: OrderView,
  { paymentId, notice }: { paymentId: string; notice: Notice },
): string | undefined {
  if (notice === "deposit_received") {
    return order.paidBy === paymentId && order.status === "paid" ? receivedText(order) : undefined;
  }
  const { account, status } = order;
  if (account?.paymentId !== paymentId || status !== "awaiting_deposit") return undefined;
  return accountText(order, {
    account,
    title: notice === "account_issued" ? "가상계좌 안내" : "입금기한 임박",
  });
}

/** The message a buyer reads. Names are cut and stripped of everything that could pass for a link or a new line. */
function accountText(order: Order, { account, title }: { account: VirtualAccount; title: string }): string {
  const holder = account.holder === undefined ? "" : `\n예금주 ${plain(account.holder)}`;
  const due = koreanDateTime(account.dueAt ?? order.payBy);
  return `[${title}]\n${plain(account.bank)} ${plain(account.number)}${holder}\n금액 ${shownAmount(order)}\n입금기한 ${due} (한국시간)`;
}

function receivedText(order: Order): string {
  return `[입금 확인]\n${plain(order.name)}\n금액 ${shownAmount(order)}\n입금이 확인되었습니다.`;
}

function shownAmount({ amount }: Order): string {
  return `${Number(amountText(amount)).toLocaleString("en-US")} ${amount.currency}`;
}

/** Letters, digits, spaces, dashes: 40 characters at most. Whatever was sent, no link fits through. */
function plain(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[^\p{L}\p{N} ()-]/gu, "")
    .trim()
    .slice(0, 40);
}
