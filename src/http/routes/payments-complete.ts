import cors from "@fastify/cors";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance, FastifyReply } from "fastify";
import { type DojangError, ERRORS } from "../../errors.ts";
import { completePayment } from "../../usecases/complete-payment.ts";
import { completeAnswer, PENDING_RETRY_AFTER_S } from "../complete-answer.ts";
import type { HttpDeps } from "../http-deps.ts";
import { asDojangError } from "../problem.ts";
import { limitedAs } from "../rate-limit.ts";
import { CompleteAnswer, CompleteBody } from "../schemas.ts";

const BODY_BYTES_MAX = 8 * 1024;

/**
 * `POST /payments/complete`: the guide's endpoint. The page tells which payment; the gateway tells what it was. Its scope
 * has this path as prefix, so that a preflight is answered for it and for no other route.
 */
export async function paymentsComplete(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const { deps } = http;
  await app.register(cors, {
    origin: (origin, allow) => allow(null, origin !== undefined && http.allowedOrigins().includes(origin)),
    methods: ["POST"],
    allowedHeaders: ["content-type"],
    exposedHeaders: ["retry-after"],
    maxAge: 600,
  });
  app.addHook("onRequest", http.admission.payments);
  app.setErrorHandler((thrown, request, reply) =>
    sendBrowserError(reply, asDojangError(thrown, deps.log), request.body),
  );
  app.withTypeProvider<TypeBoxTypeProvider>().post(
    "",
    {
      bodyLimit: BODY_BYTES_MAX,
      ...limitedAs(app, "payments"),
      schema: {
        summary: "Verify a payment against its order and record it, once",
        tags: ["Buyer's browser"],
        body: CompleteBody,
        response: { 200: CompleteAnswer, 202: CompleteAnswer, "4xx": CompleteAnswer, 503: CompleteAnswer },
      },
    },
    async (request, reply) => {
      const { imp_uid: paymentId, merchant_uid: orderId } = request.body;
      const outcome = await completePayment(deps, { paymentId, orderId });
      const { code, body } = completeAnswer(outcome);
      if (code === 202) reply.header("retry-after", String(PENDING_RETRY_AFTER_S));
      return reply.code(code as 200).send({ ...body, merchant_uid: orderId });
    },
  );
}

/** The browser side answers in the guide's shape, errors too. */
function sendBrowserError(reply: FastifyReply, error: DojangError, body: unknown): FastifyReply {
  const { status: code } = ERRORS[error.code];
  const isCallers = code === 400;
  const status = isCallers
    ? "invalidRequest"
    : code === 429
      ? "rateLimited"
      : code === 503
        ? "unavailable"
        : "error";
  if (code === 503) reply.header("retry-after", "1");
  const echoed = isCallers ? {} : echo(body);
  return reply
    .code(code)
    .send({ status, message: isCallers ? error.message : ERRORS[error.code].title, ...echoed });
}

function echo(body: unknown): { merchant_uid?: string } {
  const id = (body as { merchant_uid?: unknown } | undefined)?.merchant_uid;
  return typeof id === "string" ? { merchant_uid: id } : {};
}
