import type { NewTask } from "../domain/decision.ts";
import type { Notice } from "../domain/notices.ts";
import type { Order } from "../domain/order.ts";
import type { Deps } from "./deps.ts";

export type ResendOutcome =
  | { readonly kind: "planned"; readonly notice: Notice; readonly taskKey: string }
  /** No number, no account and no deposit to text about, or the notice is turned off. */
  | { readonly kind: "nothing_to_send" };

/**
 * Plans the text that fits an order's state once more, with who asked. The limit of texts a day holds for it as for every other.
 *
 * @throws {DojangError} any `storage_*` code
 */
export async function resendNotice(
  { store, clock, notices, randomBytes }: Deps,
  { order, actor }: { readonly order: Order; readonly actor: string },
): Promise<ResendOutcome> {
  const about = noticeOf(order);
  if (about === undefined || order.customer?.tel === undefined || !notices.has(about.notice))
    return { kind: "nothing_to_send" };
  const { notice, paymentId } = about;
  const { orderId } = order;
  const key = `notice:${notice}:${paymentId}:${randomBytes(6).toString("hex")}`;
  const payload = { template: notice, again: key };
  const task: NewTask = { kind: "sms", key, repeat: "once", dueAt: clock.now(), orderId, paymentId, payload };
  await store.recordAct({ action: "notice.resent", actor, subject: orderId, data: { notice } }, [task]);
  return { kind: "planned", notice, taskKey: key };
}

function noticeOf({ status, account, paidBy }: Order): { notice: Notice; paymentId: string } | undefined {
  if (status === "awaiting_deposit" && account !== undefined)
    return { notice: "account_issued", paymentId: account.paymentId };
  if (status === "paid" && account !== undefined && account.paymentId === paidBy)
    return { notice: "deposit_received", paymentId: account.paymentId };
  return undefined;
}
