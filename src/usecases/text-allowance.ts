import type { Clock } from "../clock.ts";
import { koreanDateTime } from "../domain/korean-time.ts";
import type { Store } from "../storage/store.ts";
import { changeCursor } from "./change-cursor.ts";

/** Anyone who knows an order's id can have accounts issued for it: the buyer's phone must not ring for each. */
const TEXTS_A_DAY = 3;

/** Whether one more text of an order may go out today, by its own key: a text that is tried again is counted once. */
export type TextAllowance = (orderId: string, key: string) => Promise<boolean>;

/**
 * Counts the texts of each order by the day in Korea, durably and before they are sent. An order has one number, so this is
 * also the count for its number.
 */
export function createTextAllowance({ store, clock }: { store: Store; clock: Clock }): TextAllowance {
  let last: Promise<unknown> = Promise.resolve();
  const take = (orderId: string, key: string): Promise<boolean> =>
    changeCursor({ store, name: `texts:${orderId}` }, (value = "") => {
      const today = koreanDateTime(clock.now()).slice(0, 10);
      const [day, ...stored] = value.split(" ");
      const keys = day === today ? stored : [];
      if (keys.includes(key)) return { result: true };
      if (keys.length >= TEXTS_A_DAY) return { result: false };
      return { to: [today, ...keys, key].join(" "), result: true };
    });
  return (orderId, key) => {
    // One after another: those of this process need not run into each other.
    const taken = last.then(() => take(orderId, key));
    last = taken.catch(() => {});
    return taken;
  };
}
