import type { Clock } from "../clock.ts";
import { endOfKoreanDay, koreanDateTime } from "../domain/korean-time.ts";
import type { Money } from "../domain/money.ts";
import type { Store } from "../storage/store.ts";
import { type CursorChange, changeCursor } from "./change-cursor.ts";

/** What goes back by itself in one day of Korea at most. */
export interface ReturnLimits {
  readonly dailyCount: number;
  /** By currency: of one that is not named, nothing. */
  readonly dailyAmounts: ReadonlyMap<string, Money>;
}

export type Allowance =
  | { readonly kind: "allowed" }
  /** The day is full; `isFirst` once a day. */
  | { readonly kind: "full"; readonly until: number; readonly isFirst: boolean }
  /** No day has room for it. */
  | { readonly kind: "never"; readonly reason: "currency_not_limited" | "above_daily_amount" };

/** Whether the money of one discrepancy may go back today. Asking again for the same one counts it once a day. */
export type ReturnAllowance = (wanted: {
  readonly discrepancyId: string;
  readonly amount: Money;
}) => Promise<Allowance>;

interface Day {
  /** In Korea. */
  readonly day: string;
  readonly returns: Readonly<Record<string, Money>>;
  readonly isFullKnown: boolean;
}

const CURSOR = "returned_money";

/**
 * Counts what goes back by the day in Korea, durably and before anything is decided: what is counted and then does not go back after
 * all keeps its place until the day ends.
 */
export function createReturnAllowance(
  { store, clock }: { store: Store; clock: Clock },
  limits: ReturnLimits,
): ReturnAllowance {
  let last: Promise<unknown> = Promise.resolve();
  const take: ReturnAllowance = async ({ discrepancyId, amount }) => {
    const limit = limits.dailyAmounts.get(amount.currency);
    if (limit === undefined) return { kind: "never", reason: "currency_not_limited" };
    if (amount.amountMinor > limit.amountMinor) return { kind: "never", reason: "above_daily_amount" };
    const now = clock.now();
    return changeCursor({ store, name: CURSOR }, (value): CursorChange<Allowance> => {
      const today = dayOf(value, koreanDateTime(now).slice(0, 10));
      const { [discrepancyId]: _, ...others } = today.returns;
      const sum = sumOf(Object.values(others), amount);
      const isFull = Object.keys(others).length >= limits.dailyCount || sum > limit.amountMinor;
      const next = isFull
        ? { ...today, isFullKnown: true }
        : { ...today, returns: { ...others, [discrepancyId]: amount } };
      const result: Allowance = isFull
        ? { kind: "full", until: endOfKoreanDay(now) + 1, isFirst: !today.isFullKnown }
        : { kind: "allowed" };
      return { to: JSON.stringify(next), result };
    });
  };
  return (wanted) => {
    // One after another: those of this process need not run into each other.
    const taken = last.then(() => take(wanted));
    last = taken.catch(() => {});
    return taken;
  };
}

/** A clock that was set back opens no new day. */
function dayOf(stored: string | undefined, today: string): Day {
  const fresh: Day = { day: today, returns: {}, isFullKnown: false };
  if (stored === undefined) return fresh;
  const known: Day = JSON.parse(stored);
  return known.day >= today ? known : fresh;
}

function sumOf(others: readonly Money[], amount: Money): number {
  const same = others.filter(({ currency }) => currency === amount.currency);
  return same.reduce((sum, { amountMinor }) => sum + amountMinor, amount.amountMinor);
}
