import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { wireEventData } from "../../domain/shop-events.ts";
import { DojangError } from "../../errors.ts";
import { verifyOrder } from "../../usecases/verify-order.ts";
import type { HttpDeps } from "../http-deps.ts";
import { orderAnswer } from "../order-answer.ts";
import { readOrderView } from "../read-order-view.ts";
import { OrderAnswer, Problem, Timeline } from "../schemas.ts";

const Params = Type.Object({ merchant_uid: Type.String() });

/** `POST /v1/orders/{merchant_uid}/verify` and `GET /v1/orders/{merchant_uid}/timeline`. */
export async function orderFollowUp(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const { deps } = http;
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();

  typed.post(
    "/v1/orders/:merchant_uid/verify",
    {
      schema: {
        summary: "Look at the gateway now, then read the order: call it before you ship",
        tags: ["Orders"],
        params: Params,
        response: { 200: OrderAnswer, "4xx": Problem, "5xx": Problem },
      },
    },
    async (request) => {
      const { merchant_uid: orderId } = request.params;
      await readOrderView(deps.store, orderId);
      const result = await verifyOrder(deps, orderId);
      if (result.kind !== "verified" && result.kind !== "not_found") {
        const detail = "The gateway did not answer in time: nothing is known beyond what GET shows";
        throw new DojangError("gateway_unavailable", detail);
      }
      return orderAnswer(await readOrderView(deps.store, orderId), http);
    },
  );

  typed.get(
    "/v1/orders/:merchant_uid/timeline",
    {
      schema: {
        summary: "Read what happened to one order, oldest first",
        tags: ["Orders"],
        params: Params,
        response: { 200: Timeline, "4xx": Problem },
      },
    },
    async (request) => {
      const { order } = await readOrderView(deps.store, request.params.merchant_uid);
      const events = await deps.store.readTimeline(order.orderId);
      return {
        data: events.map(({ id, type, at, sequence, paymentId, data }) => ({
          id,
          type,
          at: new Date(at).toISOString(),
          sequence,
          imp_uid: paymentId ?? null,
          data: wireEventData(data),
        })),
      };
    },
  );
}
