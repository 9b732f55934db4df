import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DojangError } from "../../errors.ts";
import type { OrderView } from "../../storage/store.ts";
import { CheckoutState, type CheckoutView } from "../checkout-schemas.ts";
import { checkoutState, windowOrder } from "../checkout-state.ts";
import type { HttpDeps } from "../http-deps.ts";
import { pageHeaders } from "../page-headers.ts";
import { openPages } from "../pages.ts";
import { preferredLanguage } from "../preferred-language.ts";
import { limitedAs } from "../rate-limit.ts";
import { MERCHANT_UID_PATTERN } from "../schemas.ts";
import { sendNotFoundPage } from "../send-not-found-page.ts";

const MERCHANT_UID = new RegExp(MERCHANT_UID_PATTERN);
/** What a mobile payment may come back with. Anything else in an address is not read. */
const WORDS = ["success", "vbankIssued", "pending", "failed", "forgery", "closed"];

type OfOrder = { Params: { merchant_uid: string } };

/** `GET /checkout/{merchant_uid}`: where an order is paid, and what came of it. Knowing the id is the right to see it. */
export async function checkout(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const pages = await openPages();
  const headers = pageHeaders(http.sdk);
  const read = (orderId: string) =>
    MERCHANT_UID.test(orderId) ? http.deps.store.readOrder(orderId) : Promise.resolve(undefined);
  app.get<OfOrder>(
    "/checkout/:merchant_uid",
    {
      onRequest: [http.admission.pages, limitedAs(app, "payments").onRequest].filter(
        (hook) => hook !== undefined,
      ),
      schema: {
        summary: "The buyer's page of one order: pay it, and see what came of it",
        tags: ["Buyer's browser"],
        response: {
          200: { description: "The page", type: "string" },
          404: { description: "A page: no such order", type: "string" },
        },
      },
    },
    async (request, reply) => {
      const found = await read(request.params.merchant_uid);
      if (found === undefined) return sendNotFoundPage(http, { request, reply });
      const view = viewOf(found, { http, request });
      return sendPage(reply, {
        headers: view.sdk === undefined ? headers.plain : headers.payable,
        html: pages.checkout(view, preferredLanguage(request)),
      });
    },
  );
  app.get<OfOrder>(
    "/checkout/:merchant_uid/state",
    {
      ...limitedAs(app, "states"),
      schema: {
        summary: "What the buyer's page knows of its order, for a page that waits",
        tags: ["Buyer's browser"],
        response: { 200: CheckoutState },
      },
    },
    async ({ params: { merchant_uid: orderId } }) => {
      const found = await read(orderId);
      if (found === undefined) throw new DojangError("not_found", "There is no such order");
      return checkoutState(found, rulesOf(http));
    },
  );
}

function viewOf(
  found: OrderView,
  { http, request }: { http: HttpDeps; request: FastifyRequest },
): CheckoutView {
  const { sdk, shopSign, isSandbox } = http;
  const state = checkoutState(found, rulesOf(http));
  const isOpen = state.status === "pending" || state.status === "awaiting_deposit";
  const { status: word } = request.query as Readonly<Record<string, unknown>>;
  // The option of the i'mport account that Dojang knows of only by what it is told to do with it.
  const isConfirmed = isSandbox || http.deps.confirmHook !== undefined;
  return {
    state,
    ...(isOpen && sdk
      ? { sdk: { url: sdk.url, userCode: sdk.userCode, ...given("tier", sdk), ...given("channelKey", sdk) } }
      : {}),
    windowOrder: windowOrder(found.order),
    redirectUrl: `${http.publicUrl()}/payments/redirect`,
    ...(isConfirmed ? { confirmUrl: `${http.publicUrl()}/payments/confirm` } : {}),
    ...(isOpen && WORDS.includes(String(word)) ? { word: String(word) } : {}),
    shopSign,
    isSandbox,
  };
}

const rulesOf = ({ deps, isSandbox }: HttpDeps) => ({ prepare: deps.prepare, isSandbox });

function given<Key extends "tier" | "channelKey">(
  key: Key,
  sdk: NonNullable<HttpDeps["sdk"]>,
): { [K in Key]?: string } {
  const value = sdk[key];
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: string });
}

function sendPage(
  reply: FastifyReply,
  page: { headers: Readonly<Record<string, string>>; html: string },
): FastifyReply {
  return reply.headers(page.headers).type("text/html; charset=utf-8").send(page.html);
}
