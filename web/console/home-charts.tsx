import { useMemo } from "preact/hooks";
import { moneyText } from "../design/language.ts";
import type { Figures } from "./answers.ts";
import { Chart } from "./chart.tsx";
import { useConsole } from "./console-context.ts";

const HOUR_MS = 3_600_000;
const HOURS = 48;
const KOREA_MS = 9 * HOUR_MS;

/** Money by day and events by hour. */
export function HomeCharts({ figures }: { readonly figures: Figures }) {
  const { words, language } = useConsole();
  const { home } = words;
  const currency = useMemo(() => currencyOf(figures), [figures]);
  // Drawn anew only when what they show is another.
  const key = JSON.stringify([figures.days, figures.hours, figures.at.slice(0, 13), language]);
  const drawn = useMemo(
    () => ({
      days: figures.days.map(({ date }) => `${Number(date.slice(5, 7))}/${Number(date.slice(8))}`),
      money: [
        {
          name: home.series.paid,
          color: "good",
          values: figures.days.map((day) => moneyOf(day, currency).paid_amount),
        },
        {
          name: home.series.refunded,
          color: "warn",
          values: figures.days.map((day) => moneyOf(day, currency).refunded_amount),
        },
      ],
      ...hoursOf(figures, home.series),
      moneyText: (value: number) => moneyText(value, currency, language),
      axisText: (value: number) =>
        new Intl.NumberFormat(language === "ko" ? "ko-KR" : "en-US", { notation: "compact" }).format(value),
    }),
    [key],
  );
  return (
    <div class="columns-two">
      <Chart
        title={home.days}
        note={`${home.daysNote} · ${currency}`}
        unit={home.day}
        labels={drawn.days}
        series={drawn.money}
        valueText={drawn.moneyText}
        axisText={drawn.axisText}
      />
      <Chart
        title={home.hours}
        note={home.hoursNote}
        unit={home.hour}
        labels={drawn.hours}
        series={drawn.events}
        valueText={String}
        axisText={drawn.axisText}
        isStacked
      />
    </div>
  );
}

/** The one that most money came in by number of payments. */
function currencyOf({ days }: Figures): string {
  const counts = new Map<string, number>();
  for (const { money } of days)
    for (const { currency, paid_count } of money)
      counts.set(currency, (counts.get(currency) ?? 0) + paid_count);
  return [...counts].toSorted((one, other) => other[1] - one[1])[0]?.[0] ?? "KRW";
}

function moneyOf({ money }: Figures["days"][number], currency: string) {
  return money.find((row) => row.currency === currency) ?? { paid_amount: 0, refunded_amount: 0 };
}

function hoursOf({ hours, at }: Figures, names: Readonly<Record<"paid" | "expired" | "rejected", string>>) {
  const last = Math.floor(Date.parse(at) / HOUR_MS);
  const range = Array.from({ length: HOURS }, (_, index) => last - HOURS + 1 + index);
  const counts = new Map(
    hours.map(({ type, at: when, count }) => [`${type} ${Date.parse(when) / HOUR_MS}`, count]),
  );
  const values = (type: string) => range.map((hour) => counts.get(`${type} ${hour}`) ?? 0);
  return {
    hours: range.map((hour) => {
      const local = new Date(hour * HOUR_MS + KOREA_MS).toISOString();
      return `${Number(local.slice(8, 10))}. ${local.slice(11, 13)}`;
    }),
    events: [
      { name: names.paid, color: "good", values: values("order.paid") },
      { name: names.expired, color: "warn", values: values("order.expired") },
      { name: names.rejected, color: "bad", values: values("payment.rejected") },
    ],
  };
}
