/** How long an order keeps its pieces while it is being paid. */
const KEPT_MS = 10 * 60_000;

export interface Wanted {
  product: string;
  quantity: number;
}

/**
 * How many pieces are left. It is asked before a payment is approved, and again whenever the same order is asked about, so that nobody
 * pays for the last piece twice. Kept in memory: a real shop counts in its database, in one transaction.
 */
export function createStock(pieces: Readonly<Record<string, number>>) {
  const kept = new Map<string, Wanted & { until: number }>();
  const left = (product: string, now: number) => {
    const others = [...kept.values()].filter((one) => one.product === product && one.until > now);
    return (pieces[product] ?? 0) - others.reduce((sum, { quantity }) => sum + quantity, 0);
  };
  return {
    /** Keeps what an order wants for a while. @returns false when there is not enough */
    keep(merchantUid: string, { product, quantity }: Wanted, now: number): boolean {
      const before = kept.get(merchantUid);
      kept.delete(merchantUid);
      const isThere = before?.until === Number.POSITIVE_INFINITY || quantity <= left(product, now);
      const until = Math.max(before?.until ?? 0, now + KEPT_MS);
      if (isThere) kept.set(merchantUid, { product, quantity, until });
      return isThere;
    },
    /** The order is paid: its pieces are gone for good. */
    sell(merchantUid: string): void {
      const order = kept.get(merchantUid);
      if (order) kept.set(merchantUid, { ...order, until: Number.POSITIVE_INFINITY });
    },
  };
}
