import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { isCurrency } from "../../domain/currency.ts";
import { koreanDay } from "../../domain/korean-time.ts";
import { amountMajor } from "../../domain/money.ts";
import { DojangError } from "../../errors.ts";
import type { MoneyRow } from "../../storage/store.ts";
import { csvText } from "../csv.ts";
import type { HttpDeps } from "../http-deps.ts";
import { Amount, orNull } from "../schema-parts.ts";
import { Problem } from "../schemas.ts";

const Sums = {
  paid_count: Type.Integer(),
  paid_amount: Amount,
  refunded_count: Type.Integer(),
  refunded_amount: Amount,
  unexplained_amount: Type.Number({
    description:
      "Given back by the payment's sum, and not in a readable entry of its history. 0 unless something is wrong",
  }),
  unreadable_count: Type.Integer({
    description: "Payments whose amount is none in their currency: counted as paid, not summed",
  }),
  net_amount: Type.Number({ description: "paid less refunded less unexplained" }),
};
const Report = Type.Object({
  date: Type.String(),
  timezone: Type.Literal("Asia/Seoul"),
  rows: Type.Array(Type.Object({ currency: Type.String(), pay_method: orNull(Type.String()), ...Sums })),
  totals: Type.Array(Type.Object({ currency: Type.String(), ...Sums })),
});
type Report = Static<typeof Report>;

const FORMATS = ["json", "csv"];
const Query = Type.Object(
  {
    date: Type.String({ description: "YYYY-MM-DD, a day of Asia/Seoul, today at the latest" }),
    format: Type.Optional(Type.String({ enum: FORMATS, description: "Accept: text/csv does the same" })),
  },
  { additionalProperties: false },
);

/** `GET /v1/reports/daily`: what was paid and what went back on a day in Korea, by currency and pay method. */
export async function reports(app: FastifyInstance, { deps, isSandbox }: HttpDeps): Promise<void> {
  app.withTypeProvider<TypeBoxTypeProvider>().get(
    "/v1/reports/daily",
    {
      schema: {
        summary: "Sum what was paid and what went back on one day, as JSON or CSV",
        tags: ["Reports"],
        querystring: Query,
        response: {
          200: {
            description: "The day's money",
            content: { "application/json": { schema: Report }, "text/csv": { schema: Type.String() } },
          },
          "4xx": Problem,
        },
      },
    },
    async (request, reply) => {
      const { date, format } = request.query;
      const { from, to } = readDay(date, deps.clock.now());
      const report = reportOf(date, await deps.store.readDailyMoney({ from, to, isSandbox }));
      const isCsv = format === undefined ? prefersCsv(request.headers.accept) : format === "csv";
      if (!isCsv) return report;
      reply.header("content-disposition", `attachment; filename="dojang-${date}.csv"`);
      return reply.type("text/csv; charset=utf-8; header=present").send(csvOf(report));
    },
  );
}

/** @throws {DojangError} `invalid_request` for what is no day, and for one that has not begun */
function readDay(date: string, now: number): { readonly from: number; readonly to: number } {
  const day = koreanDay(date);
  if (day !== undefined && day.from <= now) return day;
  throw new DojangError(
    "invalid_request",
    "Cannot read date: expected a day in Korea as YYYY-MM-DD, today at the latest",
  );
}

/** Whoever names CSV and not JSON. A browser names neither. */
function prefersCsv(accept = ""): boolean {
  return /\btext\/csv\b/i.test(accept) && !/\bapplication\/json\b/i.test(accept);
}

function reportOf(date: string, rows: readonly MoneyRow[]): Report {
  const currencies = [...new Set(rows.map(({ currency }) => currency))];
  return {
    date,
    timezone: "Asia/Seoul",
    rows: rows.map((row) => ({
      currency: row.currency,
      pay_method: row.payMethod ?? null,
      ...sumsOf(row.currency, [row]),
    })),
    totals: currencies.map((currency) => ({
      currency,
      ...sumsOf(
        currency,
        rows.filter((row) => row.currency === currency),
      ),
    })),
  };
}

/** Summed in minor units: no amount is a float before it is shown. */
function sumsOf(currency: string, rows: readonly MoneyRow[]) {
  const sum = (of: (row: MoneyRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const major = (amountMinor: number) => (isCurrency(currency) ? amountMajor({ amountMinor, currency }) : 0);
  const paid = sum((row) => row.paidMinor);
  const refunded = sum((row) => row.refundedMinor);
  const unexplained = sum((row) => row.unexplainedMinor);
  return {
    paid_count: sum((row) => row.paidCount),
    paid_amount: major(paid),
    refunded_count: sum((row) => row.refundedCount),
    refunded_amount: major(refunded),
    unexplained_amount: major(unexplained),
    unreadable_count: sum((row) => row.unreadableCount),
    net_amount: major(paid - refunded - unexplained),
  };
}

/** One line for each currency and pay method; no line of totals, which a spreadsheet would sum once more. */
function csvOf({ date, rows }: Report): string {
  const columns = ["currency", "pay_method", ...Object.keys(Sums)] as (keyof Report["rows"][number])[];
  return csvText([["date", ...columns], ...rows.map((row) => [date, ...columns.map((name) => row[name])])]);
}
