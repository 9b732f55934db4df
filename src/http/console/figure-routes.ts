import type { FastifyInstance } from "fastify";
import { isCurrency } from "../../domain/currency.ts";
import { amountMajor } from "../../domain/money.ts";
import { createFigures, type DayMoney, type Figures } from "../../usecases/console-figures.ts";
import type { HttpDeps } from "../http-deps.ts";
import { endpointAnswer } from "../routes/events.ts";

/** `GET /figures`: the console's first page. */
export async function figureRoutes(app: FastifyInstance, { deps, isSandbox }: HttpDeps): Promise<void> {
  const read = createFigures(deps, { isSandbox });
  app.get("/figures", async () => ({ ...figuresAnswer(await read()), endpoint: await endpointAnswer(deps) }));
}

function figuresAnswer({ at, days, hours, latency, troubles, webhooks, gateway }: Figures) {
  return {
    at: new Date(at).toISOString(),
    days: days.map(dayAnswer),
    hours: hours.map(({ type, hour, count }) => ({
      type,
      at: new Date(hour * 3_600_000).toISOString(),
      count,
    })),
    latency: { count: latency.count, p50_ms: latency.p50Ms ?? null, p95_ms: latency.p95Ms ?? null },
    troubles: {
      open_discrepancies: troubles.openDiscrepancies,
      dead_tasks: troubles.deadTasks,
      failing_tasks: troubles.failingTasks,
    },
    webhooks: {
      last_at: webhooks.lastAt === undefined ? null : new Date(webhooks.lastAt).toISOString(),
      silent: webhooks.isSilent,
    },
    gateway,
  };
}

/** One sum for each currency, whatever it was paid by. */
function dayAnswer({ date, rows }: DayMoney) {
  const currencies = [...new Set(rows.map(({ currency }) => currency))].filter(isCurrency);
  return {
    date,
    money: currencies.map((currency) => {
      const mine = rows.filter((row) => row.currency === currency);
      const sum = (of: (row: (typeof rows)[number]) => number) =>
        mine.reduce((total, row) => total + of(row), 0);
      const major = (amountMinor: number) => amountMajor({ amountMinor, currency });
      return {
        currency,
        paid_count: sum((row) => row.paidCount),
        paid_amount: major(sum((row) => row.paidMinor)),
        refunded_amount: major(sum((row) => row.refundedMinor + row.unexplainedMinor)),
      };
    }),
  };
}
