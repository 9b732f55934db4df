import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { DojangError } from "../../errors.ts";
import { cancelOrder } from "../../usecases/cancel-order.ts";
import { callerOf } from "../auth.ts";
import type { HttpDeps } from "../http-deps.ts";
import { addJsonParser } from "../json-body.ts";
import { orderAnswer } from "../order-answer.ts";
import { readOrderView } from "../read-order-view.ts";
import { CancelBody, OrderAnswer, Problem } from "../schemas.ts";

const Params = Type.Object({ merchant_uid: Type.String() });
const NO_REASON = "no reason given";

/** `POST /v1/orders/{merchant_uid}/cancel`: for orders that nobody paid. */
export async function orderCancel(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const { deps } = http;
  addJsonParser(app, { mayBeEmpty: true });
  app.addHook("preValidation", async (request) => {
    request.body ??= {};
  });
  app.withTypeProvider<TypeBoxTypeProvider>().post(
    "/v1/orders/:merchant_uid/cancel",
    {
      schema: {
        summary: "Cancel an order that nobody paid",
        description:
          "The body may be left out. Cancelled before: the order as it is. An expired order stays expired.",
        tags: ["Orders"],
        params: Params,
        body: CancelBody,
        response: { 200: OrderAnswer, "4xx": Problem, "5xx": Problem },
      },
    },
    async (request) => {
      const { order } = await readOrderView(deps.store, request.params.merchant_uid);
      const { orderId } = order;
      const { reason = NO_REASON } = request.body;
      const outcome = await cancelOrder(deps, { orderId, actor: callerOf(request), reason });
      if (outcome.kind === "already_paid")
        throw new DojangError("order_already_paid", "Cannot cancel the order: it was paid");
      return orderAnswer(await readOrderView(deps.store, orderId), http);
    },
  );
}
