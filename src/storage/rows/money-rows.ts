import type { MoneyRow } from "../daily-money.ts";
import type { Draft } from "./seal-context.ts";

export interface Sums {
  readonly currency: string;
  readonly pay_method: string | null;
  readonly count: number;
  readonly minor: number;
  readonly unreadable?: number;
}

/** One row for each currency and pay method, in the order of their names. */
export function sumMoney(found: {
  readonly paid: readonly Sums[];
  readonly refunded: readonly Sums[];
  readonly unexplained: readonly (Sums & { readonly isEmpty: number })[];
}): MoneyRow[] {
  const rows = new Map<string, Draft<MoneyRow>>();
  for (const sums of found.paid) {
    const row = rowOf(rows, sums);
    row.paidCount += sums.count;
    row.paidMinor += sums.minor;
    row.unreadableCount += sums.unreadable ?? 0;
  }
  for (const sums of found.refunded) addRefund(rowOf(rows, sums), sums);
  for (const sums of found.unexplained) {
    const row = rowOf(rows, sums);
    if (sums.isEmpty === 1) addRefund(row, sums);
    else row.unexplainedMinor += sums.minor;
  }
  return [...rows.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
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
