import { koreanDay, koreanRfc3339 } from "../domain/korean-time.ts";
import type { HourCount, MoneyRow, TroubleCounts } from "../storage/store.ts";
import type { Deps } from "./deps.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 14;
const HOURS = 48;
const LATENCIES_MAX = 1000;
/** However many pages are open, the database is asked this often. */
const FRESH_MS = 5000;
/** A day that is over changes only where money of it goes back. */
const PAST_DAY_FRESH_MS = 10 * MINUTE_MS;
/** So many paid orders without one webhook between them are no chance any more. */
const PAID_WITHOUT_WEBHOOK = 3;

export interface DayMoney {
  /** YYYY-MM-DD in Korea. */
  readonly date: string;
  readonly rows: readonly MoneyRow[];
}

export interface Figures {
  readonly at: number;
  /** Oldest first; the last one is today, so far. */
  readonly days: readonly DayMoney[];
  /** Events of the last two days by type and hour. */
  readonly hours: readonly HourCount[];
  /** From the payment, which the gateway tells by the second, to its being applied; of the last day, at most 1,000. */
  readonly latency: { readonly count: number; readonly p50Ms?: number; readonly p95Ms?: number };
  readonly troubles: TroubleCounts;
  readonly webhooks: { readonly lastAt?: number; readonly isSilent: boolean };
  readonly gateway: "ok" | "unreachable" | "misconfigured";
}

/** What the console's first page shows, made at most once in some seconds. */
export function createFigures(
  deps: Deps,
  { isSandbox }: { readonly isSandbox: boolean },
): () => Promise<Figures> {
  const readDay = pastDays(deps, isSandbox);
  let made: { readonly at: number; readonly figures: Promise<Figures> } | undefined;
  return () => {
    const at = deps.clock.now();
    if (made !== undefined && at - made.at < FRESH_MS) return made.figures;
    const figures = makeFigures(deps, at, readDay);
    const mine = { at, figures };
    made = mine;
    figures.catch(() => {
      if (made === mine) made = undefined;
    });
    return figures;
  };
}

async function makeFigures(
  { store, gateway }: Deps,
  at: number,
  readDay: (date: string, now: number) => Promise<DayMoney>,
): Promise<Figures> {
  const dates = Array.from({ length: DAYS }, (_, index) => dayOf(at - (DAYS - 1 - index) * DAY_MS));
  const days: DayMoney[] = [];
  // One after the other: this is no hurry, and payments go first.
  for (const date of dates) days.push(await readDay(date, at));
  const hours = await store.console.countEvents(at - HOURS * HOUR_MS);
  const latencies = await store.console.readLatencies({ from: at - DAY_MS, limit: LATENCIES_MAX });
  const lastAt = await store.console.lastHintAt();
  const { isBreakerOpen, isMisconfigured } = gateway.health();
  return {
    at,
    days,
    hours,
    latency: latencyOf(latencies),
    troubles: await store.console.countTroubles(),
    webhooks: { ...(lastAt === undefined ? {} : { lastAt }), isSilent: isSilent(hours, { at, lastAt }) },
    gateway: isMisconfigured ? "misconfigured" : isBreakerOpen ? "unreachable" : "ok",
  };
}

function pastDays({ store }: Deps, isSandbox: boolean) {
  const kept = new Map<string, { readonly at: number; readonly day: DayMoney }>();
  return async (date: string, now: number): Promise<DayMoney> => {
    const found = kept.get(date);
    if (found !== undefined && date !== dayOf(now) && now - found.at < PAST_DAY_FRESH_MS) return found.day;
    const bounds = koreanDay(date);
    if (bounds === undefined) throw new Error("Invariant violated: a day that was made is a day");
    const day = { date, rows: await store.readDailyMoney({ ...bounds, isSandbox }) };
    kept.set(date, { at: now, day });
    if (kept.size > DAYS + 1) kept.delete(kept.keys().next().value ?? "");
    return day;
  };
}

function dayOf(at: number): string {
  return koreanRfc3339(at).slice(0, 10);
}

function latencyOf(latencies: readonly number[]): Figures["latency"] {
  const sorted = latencies.map((ms) => Math.max(0, ms)).toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const [p50Ms, p95Ms] = [at(0.5), at(0.95)];
  if (p50Ms === undefined || p95Ms === undefined) return { count: 0 };
  return { count: sorted.length, p50Ms, p95Ms };
}

/** Orders were paid in the last two hours, and no webhook came in one. */
function isSilent(
  hours: readonly HourCount[],
  { at, lastAt = 0 }: { at: number; lastAt?: number | undefined },
) {
  const since = Math.floor((at - HOUR_MS) / HOUR_MS);
  const paid = hours.filter(({ type, hour }) => type === "order.paid" && hour >= since);
  return at - lastAt > HOUR_MS && paid.reduce((sum, { count }) => sum + count, 0) >= PAID_WITHOUT_WEBHOOK;
}
