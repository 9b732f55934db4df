import type { FastifyInstance } from "fastify";
import { JsonNumber } from "../../domain/strict-json.ts";
import { DojangError, ERRORS } from "../../errors.ts";
import { type Confirmation, confirmPayment } from "../../usecases/confirm-payment.ts";
import { CONFIRM_TROUBLE, confirmAnswer } from "../confirm-answer.ts";
import type { HttpDeps } from "../http-deps.ts";
import { FORM, readPostedFields } from "../posted-fields.ts";
import { asDojangError } from "../problem.ts";
import { limitedAs } from "../rate-limit.ts";
import { ConfirmBody, ConfirmRefused, IMP_UID_PATTERN } from "../schemas.ts";

const BODY_BYTES_MAX = 8 * 1024;
const IMP_UID = new RegExp(IMP_UID_PATTERN);
/** Any text is an order id here: one that is not ours is simply unknown. */
const ORDER_ID_LENGTH_MAX = 100;
const AMOUNT_LENGTH_MAX = 40;

/**
 * `POST /payments/confirm`: i'mport's `confirm_url`, asked before it approves. Only HTTP 200 approves, so whatever goes wrong here is a
 * refusal with a `reason`. Source: docs/iamport-v1.md 8.5: no signature, content type and type of the amount not documented.
 */
export async function paymentsConfirm(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const { deps } = http;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(["application/json", FORM], { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  app.setErrorHandler((thrown, _request, reply) => {
    const error = asDojangError(thrown, deps.log);
    const isCallers = ERRORS[error.code].status === 400;
    return reply.code(isCallers ? 400 : 409).send({ reason: isCallers ? error.message : CONFIRM_TROUBLE });
  });
  app.post(
    "/payments/confirm",
    {
      bodyLimit: BODY_BYTES_MAX,
      // The schema is for readers: the body comes as bytes and is read below.
      validatorCompiler: () => () => true,
      // The caller is i'mport, for every buyer alike.
      ...limitedAs(app, "webhooks"),
      schema: {
        summary: "Say whether a payment may be approved: i'mport's confirm_url",
        tags: ["i'mport"],
        consumes: ["application/json", FORM],
        body: ConfirmBody,
        response: {
          200: { type: "object", description: "Approve it", additionalProperties: false },
          400: { ...ConfirmRefused, description: "The body cannot be read" },
          409: { ...ConfirmRefused, description: "Do not approve it" },
        },
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const asked = readConfirmation(request.headers["content-type"] ?? "", body);
      const { code, body: answer } = confirmAnswer(await confirmPayment(deps, asked));
      return reply.code(code as 200).send(answer);
    },
  );
}

function readConfirmation(contentType: string, body: Uint8Array): Confirmation {
  const { imp_uid: paymentId, merchant_uid: orderId, amount } = readPostedFields(contentType, body);
  if (typeof paymentId !== "string" || !IMP_UID.test(paymentId))
    throw new DojangError("invalid_request", "Cannot read imp_uid: expected one id of i'mport");
  if (typeof orderId !== "string" || orderId === "" || orderId.length > ORDER_ID_LENGTH_MAX)
    throw new DojangError("invalid_request", "Cannot read merchant_uid: expected the order's id");
  const amountText = amount instanceof JsonNumber ? amount.numberText : amount;
  if (typeof amountText !== "string" || amountText === "" || amountText.length > AMOUNT_LENGTH_MAX)
    throw new DojangError("invalid_request", "Cannot read amount: expected a number");
  return { paymentId, orderId, amountText };
}
