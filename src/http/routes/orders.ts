import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { OrderStatus } from "../../domain/order.ts";
import { isLoopback } from "../../env.ts";
import { DojangError, type ErrorCode } from "../../errors.ts";
import type { OrderQuery, OrderView } from "../../storage/store.ts";
import { registerOrder } from "../../usecases/register-order.ts";
import type { HttpDeps } from "../http-deps.ts";
import { readIdempotencyKey } from "../idempotency-key.ts";
import { orderAnswer } from "../order-answer.ts";
import { PAGE_FIELDS, readChoice, readPageQuery } from "../page-query.ts";
import { readOrderView } from "../read-order-view.ts";
import { readRegistration } from "../registration-body.ts";
import { IdempotencyHeaders, OrderAnswer, OrderBody, OrderList, Problem } from "../schemas.ts";

const BODY_BYTES_MAX = 64 * 1024;
const STATUSES: readonly OrderStatus[] = [
  "pending",
  "awaiting_deposit",
  "paid",
  "partially_refunded",
  "refunded",
  "cancelled",
  "expired",
];
const Params = Type.Object({ merchant_uid: Type.String() });
const Query = Type.Object({
  status: Type.Optional(Type.String({ enum: [...STATUSES] })),
  customer: Type.Optional(Type.String({ description: "The shop's id of the customer" })),
  q: Type.Optional(
    Type.String({ description: "A merchant_uid, an imp_uid, a phone number or a mail address" }),
  ),
  ...PAGE_FIELDS,
});

/** `POST /v1/orders`, `GET /v1/orders`, `GET /v1/orders/{merchant_uid}`: the shop's side. */
export async function orders(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  const answer = (view: OrderView) => orderAnswer(view, http);

  typed.post(
    "/v1/orders",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: "Register an order: what a payment will be compared with",
        tags: ["Orders"],
        headers: IdempotencyHeaders,
        body: OrderBody,
        response: { 200: OrderAnswer, 201: OrderAnswer, "4xx": Problem, "5xx": Problem },
      },
    },
    async (request, reply) => {
      const idempotency = readIdempotencyKey(request);
      const tree = request.jsonTree ?? {};
      const isReturnUrlAllowed = (url: URL) => isAllowedReturn(url, http);
      const registration = readRegistration(request.body, tree, {
        now: http.deps.clock.now(),
        isReturnUrlAllowed,
      });
      const isReplay = idempotency !== undefined && registration.orderId === undefined;
      const outcome = await registerOrder(http.deps, {
        ...registration,
        ...(isReplay ? { idempotency } : {}),
      });
      if (outcome.kind === "exists_with_different") {
        if (isReplay)
          throw new DojangError("idempotency_key_reused", `The first request had another ${outcome.field}`);
        const code: ErrorCode = `order_exists_with_different_${outcome.field}`;
        throw new DojangError(
          code,
          `Cannot register the order again: it exists with a different ${outcome.field}`,
        );
      }
      if (outcome.kind === "exists" && isReplay) reply.header("idempotent-replayed", "true");
      return reply
        .code(outcome.kind === "registered" ? 201 : 200)
        .send(answer(await readOrderView(http.deps.store, outcome.order.orderId)));
    },
  );

  typed.get(
    "/v1/orders/:merchant_uid",
    {
      schema: {
        summary: "Read one order",
        tags: ["Orders"],
        params: Params,
        response: { 200: OrderAnswer, "4xx": Problem },
      },
    },
    async (request) => answer(await readOrderView(http.deps.store, request.params.merchant_uid)),
  );

  typed.get(
    "/v1/orders",
    {
      schema: {
        summary: "List orders, newest first",
        tags: ["Orders"],
        querystring: Query,
        response: { 200: OrderList, "4xx": Problem },
      },
    },
    async (request) => {
      const page = await http.deps.store.listOrders(readQuery(request.query));
      return { data: page.orders.map(answer), next_cursor: page.nextCursor ?? null };
    },
  );
}

/** https and a host that the operator named; in sandbox a page on this machine too. */
function isAllowedReturn(url: URL, http: HttpDeps): boolean {
  if (http.isSandbox && url.protocol === "http:" && isLoopback(url.hostname)) return true;
  const isNamed = http.allowedOrigins().some((origin) => new URL(origin).host === url.host);
  return url.protocol === "https:" && isNamed;
}

function readQuery(query: unknown): OrderQuery {
  const { fields, page } = readPageQuery(query, ["status", "customer", "q"]);
  const status = readChoice(fields.status, { name: "status", choices: STATUSES });
  const { customer, q } = fields;
  return {
    ...page,
    ...(status === undefined ? {} : { status }),
    ...(customer === undefined ? {} : { customerId: customer }),
    ...(q === undefined ? {} : { text: q }),
  };
}
