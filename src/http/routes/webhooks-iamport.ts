import type { FastifyInstance } from "fastify";
import { DojangError } from "../../errors.ts";
import type { Hint } from "../../storage/store.ts";
import { createWebhookReceiver } from "../../usecases/receive-webhook.ts";
import type { HttpDeps } from "../http-deps.ts";
import { createIntake } from "../intake.ts";
import { FORM, readPostedFields } from "../posted-fields.ts";
import { limitedAs } from "../rate-limit.ts";
import { HintAnswer, HintBody, IMP_UID_PATTERN, Problem } from "../schemas.ts";

const BODY_BYTES_MAX = 8 * 1024;
const IMP_UID = new RegExp(IMP_UID_PATTERN);
/** Any text is accepted as an order id here: one that is not ours is simply unknown. */
const ORDER_ID_LENGTH_MAX = 100;

/**
 * `POST /webhooks/iamport`: stored durably with its task, then answered. Whoever sent it, whatever it says: only the ids
 * are used, and the payment is fetched. Source: V1 webhooks are JSON or form, unsigned, without an amount.
 */
export async function webhooksIamport(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const receive = createWebhookReceiver(http.deps);
  const intake = createIntake(http.deps.clock);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(["application/json", FORM], { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  app.post(
    "/webhooks/iamport",
    {
      bodyLimit: BODY_BYTES_MAX,
      // The schema is for readers: the body comes as bytes, is kept as they are, and read below.
      validatorCompiler: () => () => true,
      onRequest: [http.admission.webhooks, limitedAs(app, "webhooks").onRequest, intake.onRequest].filter(
        (hook) => hook !== undefined,
      ),
      schema: {
        summary: "Take a notice from i'mport: a hint to look at a payment, never evidence",
        tags: ["i'mport"],
        consumes: ["application/json", FORM],
        body: HintBody,
        response: {
          200: HintAnswer,
          400: { ...Problem, description: "No usable imp_uid" },
          503: { ...Problem, description: "Not stored: send it again" },
        },
      },
    },
    async (request) => {
      const contentType = request.headers["content-type"] ?? "";
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      await intake.run(() => receive(readHint({ contentType, body, sourceAddress: request.ip })));
      return { status: "ok" };
    },
  );
}

function readHint(received: Pick<Hint, "contentType" | "body" | "sourceAddress">): Hint {
  const { imp_uid: paymentId, merchant_uid: orderId } = readPostedFields(received.contentType, received.body);
  if (typeof paymentId !== "string" || !IMP_UID.test(paymentId)) {
    throw new DojangError("invalid_request", "Cannot read imp_uid: expected one id of i'mport");
  }
  const isNamed = typeof orderId === "string" && orderId !== "" && orderId.length <= ORDER_ID_LENGTH_MAX;
  return { ...received, paymentId, ...(isNamed ? { orderId } : {}) };
}
