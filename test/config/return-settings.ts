import type { Setting } from "./settings-table.ts";

const HOUR_MS = 3_600_000;
const BY_ITSELF = { DOJANG_RETURN_MONEY: "refund" };

/** What money that fits no order comes to. */
export const RETURN_SETTINGS: readonly Setting[] = [
  {
    name: "DOJANG_RETURN_MONEY",
    read: ({ returns }) => returns !== undefined,
    byDefault: false,
    good: [
      ["hold", false],
      ["refund", true],
    ],
    bad: [["1", "Set DOJANG_RETURN_MONEY to hold or refund: saw 1"]],
  },
  {
    name: "DOJANG_RETURN_AFTER",
    read: ({ returns }) => returns?.afterMs,
    byDefault: 24 * HOUR_MS,
    beside: BY_ITSELF,
    good: [["30s", 30_000]],
    bad: [["1w", "Set DOJANG_RETURN_AFTER to a time such as 30m or 72h, 1s to 90d: saw 1w"]],
  },
  {
    name: "DOJANG_RETURN_DAILY_COUNT",
    read: ({ returns }) => returns?.dailyCount,
    byDefault: 20,
    beside: BY_ITSELF,
    good: [["1000", 1000]],
    bad: ["0", "1001", "all"].map(
      (value) =>
        [value, `Set DOJANG_RETURN_DAILY_COUNT to a whole number from 1 to 1000: saw ${value}`] as const,
    ),
  },
  {
    name: "DOJANG_RETURN_DAILY_AMOUNT",
    read: ({ returns }) => [...(returns?.dailyAmounts.values() ?? [])],
    byDefault: [{ amountMinor: 1_000_000, currency: "KRW" }],
    beside: BY_ITSELF,
    good: [
      [
        "USD:99.5, KRW:1",
        [
          { amountMinor: 9950, currency: "USD" },
          { amountMinor: 1, currency: "KRW" },
        ],
      ],
    ],
    bad: [
      ...["1000000", "KRW:0", "KRW:-5", "KRW:1.5", "krw:5", "WON:5", "KRW:1:2", "KRW"].map(
        (value) =>
          [
            value,
            `Set DOJANG_RETURN_DAILY_AMOUNT to amounts such as KRW:1000000,USD:500: saw ${value}`,
          ] as const,
      ),
      ["KRW:1,KRW:2", "Set DOJANG_RETURN_DAILY_AMOUNT with each currency once"],
    ],
  },
];
