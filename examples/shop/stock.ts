/** How long an order keeps its piece while it is being paid. */
const KEPT_MS = 10 * 60_000;

/** Pieces by product, so that nobody pays for one that is gone. A real shop counts in its database, in one transaction. */
export function createStock(pieces: ReadonlyMap<string, number>) {
  const kept = new Map<string, { order: string; product: string; until: number }>();
  return {
    /** Keeps a piece for an order for a while; it may ask again. @returns false when there is none */
    keep(order: string, product: string, now: number): boolean {
      const { until = 0 } = kept.get(order) ?? {};
      const taken = [...kept.values()].filter((one) => one.product === product && one.until > now);
      const others = taken.filter((one) => one.order !== order).length;
      const isThere = until === Number.POSITIVE_INFINITY || others < (pieces.get(product) ?? 0);
      if (isThere) kept.set(order, { order, product, until: Math.max(until, now + KEPT_MS) });
      return isThere;
    },
    /** The order is paid: its piece is gone for good. */
    sell(order: string): void {
      const one = kept.get(order);
      if (one) one.until = Number.POSITIVE_INFINITY;
    },
  };
}
