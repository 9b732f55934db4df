import type { MoneyQuery, MoneyRow } from "../daily-money.ts";
import { type Sums, sumMoney } from "../rows/money-rows.ts";
import type { RowContext } from "./row-context.ts";

/** A payment through a test channel moves no money on a live server: the rule of domain/attempts.ts. */
const MOVED = "(@isSandbox = 1 OR sandbox IS NOT 1)";

export const SELECT_PAID = `SELECT currency, pay_method, count(*) AS count, coalesce(sum(amount_minor), 0) AS minor,
    count(*) - count(amount_minor) AS unreadable
  FROM payments WHERE paid_at IS NOT NULL AND paid_at >= @from AND paid_at < @to AND ${MOVED}
  GROUP BY currency, pay_method`;

export const SELECT_REFUNDED = `SELECT payment.currency, pay_method, count(*) AS count, sum(entry.amount_minor) AS minor
  FROM cancellations AS entry JOIN payments AS payment USING (merchant_uid, imp_uid)
  WHERE entry.cancelled_at >= @from AND entry.cancelled_at < @to AND paid_at IS NOT NULL AND ${MOVED}
  GROUP BY payment.currency, pay_method`;

/** `isEmpty`: nothing is kept of its history, as of payments that were stored before histories were. */
export const SELECT_UNEXPLAINED = `SELECT currency, pay_method, entries = 0 AS isEmpty, count(*) AS count,
    sum(cancelled_minor - explained) AS minor
  FROM (
    SELECT currency, pay_method, cancelled_minor,
      (SELECT count(*) FROM cancellations WHERE merchant_uid = p.merchant_uid AND imp_uid = p.imp_uid) AS entries,
      (SELECT coalesce(sum(amount_minor), 0) FROM cancellations
        WHERE merchant_uid = p.merchant_uid AND imp_uid = p.imp_uid) AS explained
    FROM payments AS p
    WHERE paid_at IS NOT NULL AND cancelled_minor > 0 AND coalesce(cancelled_at, paid_at) >= @from
      AND coalesce(cancelled_at, paid_at) < @to AND ${MOVED}
  )
  WHERE cancelled_minor <> explained GROUP BY currency, pay_method, isEmpty`;

export interface MoneyReport {
  /** One row for each currency and pay method in which anything moved, in the order of their names. */
  read(query: MoneyQuery): MoneyRow[];
}

export function createMoneyReport({ db }: RowContext): MoneyReport {
  const paid = db.prepare<[object], Sums>(SELECT_PAID);
  const refunded = db.prepare<[object], Sums>(SELECT_REFUNDED);
  const unexplained = db.prepare<[object], Sums & { readonly isEmpty: number }>(SELECT_UNEXPLAINED);
  return {
    read({ from, to, isSandbox }) {
      const query = { from, to, isSandbox: Number(isSandbox) };
      return sumMoney({
        paid: paid.all(query),
        refunded: refunded.all(query),
        unexplained: unexplained.all(query),
      });
    },
  };
}
