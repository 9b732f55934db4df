import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { DojangError } from "../../errors.ts";
import type { Delivery, DeliveryQuery, TaskRecord } from "../../storage/store.ts";
import { callerOf } from "../auth.ts";
import type { HttpDeps } from "../http-deps.ts";
import { PAGE_FIELDS, readChoice, readPageQuery } from "../page-query.ts";
import { Problem } from "../schemas.ts";
import { taskProgress } from "../task-progress.ts";
import { DeliveryAnswer, DeliveryList } from "../task-schemas.ts";
import { endpointAnswer } from "./events.ts";

const STATES: readonly TaskRecord["state"][] = ["due", "leased", "done", "dead"];
const Params = Type.Object({ id: Type.String() });
const Query = Type.Object({
  state: Type.Optional(Type.String({ enum: [...STATES] })),
  merchant_uid: Type.Optional(Type.String()),
  ...PAGE_FIELDS,
});

/** `GET /v1/deliveries` and `POST /v1/deliveries/{id}/retry`: events on their way to the shop's endpoint. */
export async function deliveries(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();

  typed.get(
    "/v1/deliveries",
    {
      schema: {
        summary: "List events on their way to your endpoint, newest first",
        tags: ["Events"],
        querystring: Query,
        response: { 200: DeliveryList, "4xx": Problem },
      },
    },
    async (request) => {
      const page = await deps.store.listDeliveries(readQuery(request.query));
      const endpoint = await endpointAnswer(deps);
      return { data: page.deliveries.map(deliveryAnswer), next_cursor: page.nextCursor ?? null, endpoint };
    },
  );

  typed.post(
    "/v1/deliveries/:id/retry",
    {
      schema: {
        summary: "Send an event once more, now, whatever became of it before",
        tags: ["Events"],
        params: Params,
        response: { 202: DeliveryAnswer, "4xx": Problem, "5xx": Problem },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const delivery = await deps.store.readDelivery(id);
      if (delivery === undefined) throw new DojangError("not_found", "There is no delivery under this id");
      const { event, task } = delivery;
      const data = { merchant_uid: event.orderId };
      const actor = callerOf(request);
      const act = { action: "delivery.retried", actor, subject: id, data } as const;
      // The shop knows a repeated event by its id, so one that it has taken may come again.
      await deps.store.retryTask(task.key, { act, evenDone: true });
      return reply.code(202).send(deliveryAnswer((await deps.store.readDelivery(id)) ?? delivery));
    },
  );
}

function readQuery(query: unknown): DeliveryQuery {
  const { fields, page } = readPageQuery(query, ["state", "merchant_uid"]);
  const state = readChoice(fields.state, { name: "state", choices: STATES });
  const { merchant_uid: orderId } = fields;
  return {
    ...page,
    ...(state === undefined ? {} : { state }),
    ...(orderId === undefined ? {} : { orderId }),
  };
}

function deliveryAnswer({ event, task }: Delivery): Static<typeof DeliveryAnswer> {
  return {
    id: event.id,
    type: event.type,
    merchant_uid: event.orderId,
    sequence: event.sequence,
    at: new Date(event.at).toISOString(),
    ...taskProgress(task),
  };
}
