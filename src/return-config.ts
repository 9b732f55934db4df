import { type Currency, isCurrency } from "./domain/currency.ts";
import { type Money, readAmount } from "./domain/money.ts";
import { ConfigError, duration, type Env, list, oneOf, optional, shown, wholeNumber } from "./env.ts";

export interface ReturnsConfig {
  /** From when the money was found to fit no order. */
  readonly afterMs: number;
  /** How many payments go back in one day of Korea. */
  readonly dailyCount: number;
  /** How much of each currency goes back in one day of Korea: of one that is not named, nothing. */
  readonly dailyAmounts: ReadonlyMap<Currency, Money>;
}

const HOUR_MS = 3_600_000;
/** Time for the gateway to settle and for an operator to look: in live, never less. */
const LIVE_AFTER_MS_MIN = 10 * 60_000;
const DAILY_COUNT_MAX = 1000;

/**
 * Whether money that must go back does so by itself; absent: an operator decides on each. The limits are read either way, so that a
 * wrong one is found before it counts.
 *
 * @throws {ConfigError}
 */
export function readReturns(env: Env, isLive: boolean): { readonly returns?: ReturnsConfig } {
  const policy = oneOf(env, "DOJANG_RETURN_MONEY", ["hold", "refund"], "hold");
  const returns: ReturnsConfig = {
    afterMs: readDelay(env, isLive),
    dailyCount: wholeNumber(env, "DOJANG_RETURN_DAILY_COUNT", { min: 1, max: DAILY_COUNT_MAX }) ?? 20,
    dailyAmounts: readDailyAmounts(env),
  };
  return optional("returns", policy === "refund" ? returns : undefined);
}

function readDelay(env: Env, isLive: boolean): number {
  const afterMs = duration(env, "DOJANG_RETURN_AFTER", 24 * HOUR_MS);
  if (isLive && afterMs < LIVE_AFTER_MS_MIN)
    throw new ConfigError("Set DOJANG_RETURN_AFTER to 10m or more: in live, money never goes back at once");
  return afterMs;
}

function readDailyAmounts(env: Env): ReadonlyMap<Currency, Money> {
  const named = list(env, "DOJANG_RETURN_DAILY_AMOUNT");
  const entries = (named.length === 0 ? ["KRW:1000000"] : named).map((entry) => {
    const money = readMoney(entry);
    if (money === undefined || money.amountMinor <= 0)
      throw new ConfigError(
        `Set DOJANG_RETURN_DAILY_AMOUNT to amounts such as KRW:1000000,USD:500: saw ${shown(entry)}`,
      );
    return [money.currency, money] as const;
  });
  const amounts = new Map(entries);
  if (amounts.size < entries.length)
    throw new ConfigError("Set DOJANG_RETURN_DAILY_AMOUNT with each currency once");
  return amounts;
}

/** `CUR:amount`, in major units. */
function readMoney(entry: string): Money | undefined {
  const [currency = "", amount = "", ...rest] = entry.split(":");
  if (rest.length > 0 || !isCurrency(currency)) return undefined;
  const reading = readAmount(amount, currency);
  return reading.ok ? reading.money : undefined;
}
