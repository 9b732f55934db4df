import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { DojangError } from "../../errors.ts";
import type { Store } from "../../storage/store.ts";
import { resendNotice } from "../../usecases/resend-notice.ts";
import { callerOf } from "../auth.ts";
import type { HttpDeps } from "../http-deps.ts";
import { accountAnswer, customerOf, metadataOf, orderAnswer } from "../order-answer.ts";
import { readOrderView } from "../read-order-view.ts";
import { Closed } from "../schema-parts.ts";
import { ORDER_FILTERS, readOrderFilters } from "./order-filters.ts";
import { rawFields } from "./raw-answer.ts";

const OfOrder = Type.Object({ merchant_uid: Type.String() });
const OfPayment = Type.Object({ merchant_uid: Type.String(), imp_uid: Type.String() });
const SearchBody = Type.Object(
  {
    ...ORDER_FILTERS,
    cursor: Type.Optional(Type.String({ maxLength: 500 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  },
  Closed,
);
const LIMIT_DEFAULT = 30;

/** What the console does with orders beside what a shop does. Whoever sees personal data is written down first. */
export async function orderRoutes(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const { deps } = http;
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  const note = (request: FastifyRequest, orderId: string, what: string) =>
    deps.store.recordAct({
      action: "personal_data.shown",
      actor: callerOf(request),
      subject: orderId,
      data: { what, address: request.ip },
    });

  // A POST, so that what is searched for stands in no address: it may be a phone number.
  typed.post(
    "/orders/search",
    { config: { role: "viewer" }, schema: { body: SearchBody } },
    async ({ body: { cursor, limit = LIMIT_DEFAULT, ...filters } }) => {
      const query = { ...readOrderFilters(filters), limit, ...(cursor === undefined ? {} : { cursor }) };
      const page = await deps.store.listOrders(query);
      return {
        data: page.orders.map((view) => orderAnswer(view, http)),
        next_cursor: page.nextCursor ?? null,
      };
    },
  );

  typed.post("/orders/:merchant_uid/customer", { schema: { params: OfOrder } }, async (request) => {
    const { order } = await readOrderView(deps.store, request.params.merchant_uid);
    await note(request, order.orderId, "customer");
    const { account } = order;
    return {
      customer: customerOf(order),
      virtual_account: account === undefined ? null : accountAnswer(account, order),
      metadata: metadataOf(order),
    };
  });

  typed.get(
    "/orders/:merchant_uid/payments/:imp_uid/raw",
    { schema: { params: OfPayment } },
    async (request) => ({
      fields: rawFields(await rawOf(deps.store, request.params), { isWhole: false }),
    }),
  );

  typed.post(
    "/orders/:merchant_uid/payments/:imp_uid/raw",
    { schema: { params: OfPayment } },
    async (request) => {
      const raw = await rawOf(deps.store, request.params);
      await note(request, request.params.merchant_uid, `answer:${request.params.imp_uid}`);
      return { fields: rawFields(raw, { isWhole: true }) };
    },
  );

  typed.post("/orders/:merchant_uid/notice", { schema: { params: OfOrder } }, async (request, reply) => {
    const { order } = await readOrderView(deps.store, request.params.merchant_uid);
    const outcome = await resendNotice(deps, { order, actor: callerOf(request) });
    if (outcome.kind === "nothing_to_send")
      throw new DojangError(
        "nothing_to_send",
        "The order has no number, no account, or its notice is turned off",
      );
    return reply.code(202).send({ notice: outcome.notice, task: outcome.taskKey });
  });
}

async function rawOf(
  store: Store,
  ids: { readonly merchant_uid: string; readonly imp_uid: string },
): Promise<string> {
  const { payments } = await readOrderView(store, ids.merchant_uid);
  const payment = payments.find(({ paymentId }) => paymentId === ids.imp_uid);
  if (payment === undefined) throw new DojangError("not_found", "The order has no such payment");
  return payment.raw;
}
