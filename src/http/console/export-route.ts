import { Readable } from "node:stream";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { amountText } from "../../domain/money.ts";
import type { OrderQuery, OrderView, Store } from "../../storage/store.ts";
import { callerOf } from "../auth.ts";
import { csvLines, csvText } from "../csv.ts";
import type { HttpDeps } from "../http-deps.ts";
import { Closed, sayingLine } from "../schema-parts.ts";
import { ORDER_FILTERS, readOrderFilters } from "./order-filters.ts";

const ROWS_MAX = 50_000;
const PAGE = 100;
const ExportBody = Type.Object({ ...ORDER_FILTERS, reason: sayingLine(200) }, Closed);

const COLUMNS: readonly (readonly [name: string, of: (view: OrderView) => string | number | null])[] = [
  ["merchant_uid", ({ order }) => order.orderId],
  ["status", ({ order }) => order.status],
  ["name", ({ order }) => order.name],
  ["amount", ({ order }) => Number(amountText(order.amount))],
  ["refunded_amount", ({ order }) => Number(amountText(order.refunded))],
  ["currency", ({ order }) => order.amount.currency],
  ["customer_id", ({ order }) => order.customer?.id ?? null],
  ["imp_uid", ({ order }) => order.paidBy ?? null],
  ["created_at", ({ order }) => new Date(order.createdAt).toISOString()],
  ["paid_at", ({ order }) => (order.paidAt === undefined ? null : new Date(order.paidAt).toISOString())],
];

/**
 * `POST /orders/export`: orders as CSV, newest first, at most 50,000 of them, without names, numbers and addresses of buyers. Who, which and
 * why is written down before the first line leaves.
 */
export async function exportRoute(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  app
    .withTypeProvider<TypeBoxTypeProvider>()
    .post("/orders/export", { schema: { body: ExportBody } }, async (request, reply) => {
      const { reason, ...filters } = request.body;
      const { status = null, customer = null, q } = filters;
      const data = { status, customer, searched: q !== undefined, address: request.ip };
      await deps.store.recordAct({ action: "orders.exported", actor: callerOf(request), reason, data });
      const day = new Date(deps.clock.now()).toISOString().slice(0, 10);
      reply.header("content-disposition", `attachment; filename="dojang-orders-${day}.csv"`);
      reply.type("text/csv; charset=utf-8; header=present");
      return reply.send(Readable.from(linesOf(deps.store, readOrderFilters(filters))));
    });
}

/** A page at a time: the reader's pace is the database's. */
async function* linesOf(store: Store, filters: Omit<OrderQuery, "limit">): AsyncGenerator<string> {
  yield csvText([COLUMNS.map(([name]) => name)]);
  let cursor: string | undefined;
  for (let rows = 0; rows < ROWS_MAX; rows += PAGE) {
    const page = await store.listOrders({
      ...filters,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield csvLines(page.orders.map((view) => COLUMNS.map(([, of]) => of(view))));
    cursor = page.nextCursor;
    if (cursor === undefined) return;
  }
}
