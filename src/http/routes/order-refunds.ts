import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { RefundOutcome } from "../../domain/decide-refund.ts";
import { amountText } from "../../domain/money.ts";
import { DojangError } from "../../errors.ts";
import { requestRefund } from "../../usecases/request-refund.ts";
import type { HttpDeps } from "../http-deps.ts";
import { invalidKey, readIdempotencyKey } from "../idempotency-key.ts";
import { refundAnswer } from "../order-answer.ts";
import { readOrderView } from "../read-order-view.ts";
import { readRefund } from "../refund-body.ts";
import { RefundAnswer, RefundBody, RefundHeaders } from "../refund-schemas.ts";
import { Problem } from "../schemas.ts";

const BODY_BYTES_MAX = 8 * 1024;
const Params = Type.Object({ merchant_uid: Type.String() });

/** `POST /v1/orders/{merchant_uid}/refunds`: money of the payment that paid the order goes back. */
export async function orderRefunds(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  app.withTypeProvider<TypeBoxTypeProvider>().post(
    "/v1/orders/:merchant_uid/refunds",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary:
          "Give money back, in full or in part: accepted now, sent at once, followed until the gateway shows it",
        tags: ["Orders"],
        params: Params,
        headers: RefundHeaders,
        body: RefundBody,
        response: { 202: RefundAnswer, "4xx": Problem, "5xx": Problem },
      },
    },
    async (request, reply) => {
      const idempotency = readIdempotencyKey(request);
      if (idempotency === undefined) throw invalidKey("Cannot refund without an Idempotency-Key");
      const { merchant_uid: orderId } = request.params;
      const { order } = await readOrderView(deps.store, orderId);
      const wanted = readRefund(request.body, request.jsonTree ?? {}, order.amount.currency);
      const outcome = await requestRefund(deps, { ...wanted, orderId, idempotency });
      if (outcome.kind !== "accepted" && outcome.kind !== "exists") throw problemOf(outcome);
      if (outcome.kind === "exists") reply.header("idempotent-replayed", "true");
      return reply.code(202).send(refundAnswer(outcome.refund));
    },
  );
}

function problemOf(outcome: Exclude<RefundOutcome, { kind: "accepted" | "exists" }>): DojangError {
  switch (outcome.kind) {
    case "not_found":
      return new DojangError("not_found", "There is no order under this id");
    case "order_not_paid":
      return new DojangError("order_not_paid", "Cannot refund: no payment has paid the order");
    case "exists_with_different_request":
      return new DojangError("idempotency_key_reused", "The first request was for another refund");
    case "nothing_to_refund":
      return new DojangError(
        "nothing_to_refund",
        "Cannot refund: nothing is left that is not asked for already",
      );
    case "exceeds_rest": {
      const { rest } = outcome;
      return new DojangError(
        "refund_exceeds_rest",
        `Cannot refund: expected at most ${amountText(rest)} ${rest.currency}`,
      );
    }
    case "parts_exceed_amount":
      return new DojangError(
        "invalid_amount",
        "Cannot read tax_free and vat_amount: expected at most the amount together",
      );
    case "account_required":
      return new DojangError("refund_account_required", "Cannot refund: expected refund_account");
    case "too_many":
      return new DojangError("too_many_refunds", "Cannot refund: an order has at most 100 refunds");
  }
}
