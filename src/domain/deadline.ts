import { endOfKoreanDay } from "./korean-time.ts";
import type { Order } from "./order.ts";
import type { VirtualAccount } from "./payment.ts";

/**
 * The last moment at which money pays this order: pay_by, or the due date of a virtual account where that is later but
 * still on pay_by's day in Korea, because some PGs round due dates to 23:59:59 there.
 */
export function paymentDeadline(order: Pick<Order, "payBy">, account: VirtualAccount | undefined): number {
  if (account?.dueAt === undefined || !isDueInTime(order, account)) return order.payBy;
  return Math.max(order.payBy, account.dueAt);
}

/** Whether the account stops taking deposits by the end of pay_by's day in Korea. One without a due date does. */
export function isDueInTime(order: Pick<Order, "payBy">, account: VirtualAccount): boolean {
  return account.dueAt === undefined || account.dueAt <= endOfKoreanDay(order.payBy);
}
