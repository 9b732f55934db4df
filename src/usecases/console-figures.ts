import { setImmediate } from "node:timers/promises";
import { koreanDay, koreanRfc3339 } from "../domain/korean-time.ts";
import type { HourCount, MoneyRow, TroubleCounts } from "../storage/store.ts";
import type { Deps } from "./deps.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 14;
const HOURS = 48;
const LATENCIES_MAX = 1000;
/** However many pages are open, the database is asked this often at most, and less the longer it takes: payments go first. */
const FRESH_MS = 5000;
const FRESH_TIMES_TAKEN = 50;
/** A day that is over does not change: what goes back counts on the day when it does. */
const PAST_DAY_FRESH_MS = HOUR_MS;
/** An event of an hour may be written this late. */
const HOUR_SETTLES_MS = MINUTE_MS;
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
  const readHour = pastHours(deps);
  let made: { at: number; freshMs: number; readonly figures: Promise<Figures> } | undefined;
  return () => {
    const at = deps.clock.now();
    // The clock may have been set back.
    if (made !== undefined && Math.abs(at - made.at) < made.freshMs) return made.figures;
    const mine = { at, freshMs: FRESH_MS, figures: makeFigures(deps, { at, readDay, readHour }) };
    made = mine;
    mine.figures.then(
      () => {
        mine.freshMs = Math.max(FRESH_MS, FRESH_TIMES_TAKEN * (deps.clock.now() - at));
      },
      () => {
        if (made === mine) made = undefined;
      },
    );
    return mine.figures;
  };
}

interface Readers {
  readonly at: number;
  readonly readDay: (date: string, now: number) => Promise<DayMoney>;
  readonly readHour: (hour: number, now: number) => Promise<readonly HourCount[]>;
}

async function makeFigures({ store, gateway }: Deps, { at, readDay, readHour }: Readers): Promise<Figures> {
  const dates = Array.from({ length: DAYS }, (_, index) => dayOf(at - (DAYS - 1 - index) * DAY_MS));
  const days: DayMoney[] = [];
  const hours: HourCount[] = [];
  // One small read after the other, and others in between.
  for (const date of dates) {
    days.push(await readDay(date, at));
    await setImmediate();
  }
  for (let ago = HOURS - 1; ago >= 0; ago -= 1) {
    hours.push(...(await readHour(Math.floor(at / HOUR_MS) - ago, at)));
    await setImmediate();
  }
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

function pastHours({ store }: Deps) {
  const kept = new Map<number, readonly HourCount[]>();
  return async (hour: number, now: number): Promise<readonly HourCount[]> => {
    const found = kept.get(hour);
    if (found !== undefined) return found;
    const counts = await store.console.countEvents({ from: hour * HOUR_MS, to: (hour + 1) * HOUR_MS });
    if ((hour + 1) * HOUR_MS + HOUR_SETTLES_MS < now) kept.set(hour, counts);
    if (kept.size > HOURS) kept.delete(kept.keys().next().value ?? 0);
    return counts;
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
