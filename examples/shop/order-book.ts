import type { ShopEvent } from "./events.ts";

/** What this shop was told of one order and did about it. Forgotten with the process; a real shop has a table. */
export interface OrderNotes {
  /** In the order's own order, whatever order they came in. */
  readonly events: readonly { type: string; at: string; sequence: number }[];
  readonly shippedAt: string | null;
}

const NOTHING: OrderNotes = { events: [], shippedAt: null };

export function createOrderBook() {
  const notes = new Map<string, OrderNotes>();
  const handled = new Set<string>();
  return {
    /** An event comes at least once, always under one webhook-id: what was handled is not handled again. */
    note(webhookId: string, { type, timestamp, data }: ShopEvent): void {
      const { merchant_uid: id, sequence = 0 } = data;
      if (id === undefined || handled.has(webhookId)) return; // a test event is about no order
      handled.add(webhookId);
      const { events, shippedAt } = notes.get(id) ?? NOTHING;
      notes.set(id, {
        events: [...events, { type, at: timestamp, sequence }].sort((a, b) => a.sequence - b.sequence),
        // Nothing but order.paid means that the money is there, and what was shipped is not shipped again.
        shippedAt: shippedAt ?? (type === "order.paid" ? new Date().toISOString() : null),
      });
    },
    of: (merchantUid: string): OrderNotes => notes.get(merchantUid) ?? NOTHING,
  };
}

export type OrderBook = ReturnType<typeof createOrderBook>;
