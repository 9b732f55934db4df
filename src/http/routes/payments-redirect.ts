import type { FastifyInstance } from "fastify";
import { completePayment } from "../../usecases/complete-payment.ts";
import { completeAnswer } from "../complete-answer.ts";
import type { HttpDeps } from "../http-deps.ts";
import { limitedAs } from "../rate-limit.ts";
import { IMP_UID_PATTERN, MERCHANT_UID_PATTERN, RedirectQuery } from "../schemas.ts";
import { sendNotFoundPage } from "../send-not-found-page.ts";

const IMP_UID = new RegExp(IMP_UID_PATTERN);
const MERCHANT_UID = new RegExp(MERCHANT_UID_PATTERN);

/**
 * `GET /payments/redirect`: where the mobile flow comes back (`m_redirect_url`). The same work as complete, then back to
 * the shop with the order's id and one word. Whatever else stands in the address (imp_success, error_msg) is not read.
 */
export async function paymentsRedirect(app: FastifyInstance, http: HttpDeps): Promise<void> {
  app.get(
    "/payments/redirect",
    {
      onRequest: [http.admission.pages, limitedAs(app, "payments").onRequest].filter(
        (hook) => hook !== undefined,
      ),
      // The schema is for readers: whatever else a PG adds to the address is let through, and not read.
      validatorCompiler: () => () => true,
      schema: {
        summary: "Come back from a mobile payment: verify, then go on to the order's return_url",
        tags: ["Buyer's browser"],
        querystring: RedirectQuery,
        response: {
          303: {
            description: "To return_url, or the buyer's page, with merchant_uid and status",
            type: "null",
          },
          404: { description: "A page: no such order, or the payment is not the order's", type: "string" },
        },
      },
    },
    async (request, reply) => {
      const query = request.query as Readonly<Record<string, unknown>>;
      const { merchant_uid: orderId, imp_uid: paymentId } = query;
      if (typeof orderId !== "string" || !MERCHANT_UID.test(orderId))
        return sendNotFoundPage(http, { request, reply });
      const view = await http.deps.store.readOrder(orderId);
      if (view === undefined) return sendNotFoundPage(http, { request, reply });
      const status = await statusOf(http, orderId, paymentId, view.order.paidBy);
      if (status === "notFound") return sendNotFoundPage(http, { request, reply });
      const target = new URL(view.order.returnUrl ?? `${http.publicUrl()}/checkout/${orderId}`);
      target.searchParams.set("merchant_uid", orderId);
      target.searchParams.set("status", status);
      return reply.redirect(target.href, 303);
    },
  );
}

/** Some PGs come back without imp_uid: then the order's own state answers, and its next look finds the payment. */
async function statusOf(
  http: HttpDeps,
  orderId: string,
  paymentId: unknown,
  paidBy: string | undefined,
): Promise<string> {
  if (paymentId === undefined) return paidBy === undefined ? "pending" : "success";
  if (typeof paymentId !== "string" || !IMP_UID.test(paymentId)) return "notFound";
  return completeAnswer(await completePayment(http.deps, { paymentId, orderId })).body.status;
}
