import type { MoneyQuery, MoneyRow } from "../daily-money.ts";
import type { Draft, RowContext } from "./row-context.ts";

interface Sums {
  readonly currency: string;
  readonly pay_method: string | null;
  readonly count: number;
  readonly minor: number;
  readonly unreadable?: number;
}

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
      const rows = new Map<string, Draft<MoneyRow>>();
      for (const sums of paid.all(query)) {
        const row = rowOf(rows, sums);
        row.paidCount += sums.count;
        row.paidMinor += sums.minor;
        row.unreadableCount += sums.unreadable ?? 0;
      }
      for (const sums of refunded.all(query)) addRefund(rowOf(rows, sums), sums);
      for (const sums of unexplained.all(query)) {
        const row = rowOf(rows, sums);
        if (sums.isEmpty === 1) addRefund(row, sums);
        else row.unexplainedMinor += sums.minor;
      }
      return [...rows.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    },
  };
}

function addRefund(row: Draft<MoneyRow>, { count, minor }: Sums): void {
  row.refundedCount += count;
  row.refundedMinor += minor;
}

function rowOf(rows: Map<string, Draft<MoneyRow>>, { currency, pay_method }: Sums): Draft<MoneyRow> {
  const fresh: Draft<MoneyRow> = {
    currency,
    ...(pay_method === null ? {} : { payMethod: pay_method }),
    paidCount: 0,
    paidMinor: 0,
    refundedCount: 0,
    refundedMinor: 0,
    unexplainedMinor: 0,
    unreadableCount: 0,
  };
  const row = rows.get(keyOf(fresh)) ?? fresh;
  rows.set(keyOf(fresh), row);
  return row;
}

function keyOf({ currency, payMethod }: Pick<MoneyRow, "currency" | "payMethod">): string {
  return JSON.stringify([currency, payMethod ?? null]);
}
