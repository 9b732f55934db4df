import type { FastifyInstance } from "fastify";
import { koreanDateTime } from "../../domain/korean-time.ts";
import { amountText } from "../../domain/money.ts";
import { isWithheld } from "../../domain/preparation.ts";
import type { HttpDeps } from "../http-deps.ts";
import { renderPage } from "../pages.ts";
import { limitedAs } from "../rate-limit.ts";
import { MERCHANT_UID_PATTERN } from "../schemas.ts";

const MERCHANT_UID = new RegExp(MERCHANT_UID_PATTERN);

/** `GET /checkout/{merchant_uid}`: the order's state for its buyer. Knowing the id is the right to see it. */
export async function checkout(app: FastifyInstance, http: HttpDeps): Promise<void> {
  app.get<{ Params: { merchant_uid: string } }>(
    "/checkout/:merchant_uid",
    {
      onRequest: [http.admission.pages, limitedAs(app, "payments").onRequest].filter(
        (hook) => hook !== undefined,
      ),
      schema: { summary: "The buyer's page of one order", tags: ["Buyer's browser"] },
    },
    async (request, reply) => {
      const orderId = request.params.merchant_uid;
      const view = MERCHANT_UID.test(orderId) ? await http.deps.store.readOrder(orderId) : undefined;
      reply.type("text/html; charset=utf-8");
      if (view === undefined) return reply.code(404).send(renderPage("not-found", {}));
      const { order } = view;
      const amount = `${Number(amountText(order.amount)).toLocaleString("en-US")} ${order.amount.currency}`;
      const dueAt = koreanDateTime(order.account?.dueAt ?? order.payBy);
      return reply.send(
        renderPage("order", {
          name: order.name,
          amount,
          status: order.status,
          preparation: isWithheld(order, http.deps.prepare) ? order.preparation : undefined,
          account: order.account,
          dueAt,
        }),
      );
    },
  );
}
