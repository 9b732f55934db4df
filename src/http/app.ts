import Fastify, { type FastifyInstance } from "fastify";
import { DojangError } from "../errors.ts";
import { assets } from "./assets.ts";
import { createBegunAnswers } from "./begun-answers.ts";
import { boundPieces } from "./bound-pieces.ts";
import { console } from "./console/console.ts";
import { describeRoutes, registerDocs } from "./docs.ts";
import { dropQuietConnections } from "./drop-quiet-connections.ts";
import type { HttpDeps } from "./http-deps.ts";
import { registerJsonBody } from "./json-body.ts";
import { asDojangError, sendConnectionProblem, sendProblem } from "./problem.ts";
import { limitedAs, registerRateLimits } from "./rate-limit.ts";
import { refuseEncoded } from "./refuse-encoded.ts";
import { checkout } from "./routes/checkout.ts";
import { customers } from "./routes/customers.ts";
import { health } from "./routes/health.ts";
import { paymentsComplete } from "./routes/payments-complete.ts";
import { paymentsConfirm } from "./routes/payments-confirm.ts";
import { paymentsRedirect } from "./routes/payments-redirect.ts";
import { shopRoutes } from "./routes/shop-routes.ts";
import { webhooksIamport } from "./routes/webhooks-iamport.ts";
import { schemaCompilers } from "./schema-compilers.ts";
import { readSecurityHeaders, registerSecurityHeaders } from "./security-headers.ts";
import { tellRefusedAccess } from "./tell-refused-access.ts";

/** `public`: what buyers and i'mport reach. `private`: what only the shop reaches. `health`: what tells how a worker does. */
export type Side = "public" | "private" | "health";

const HEADERS_MS_MAX = 10_000;
const HEADER_BYTES_MAX = 16 * 1024;
const REQUEST_MS_MAX = 15_000;
/** Of a route that names no smaller bound of its own. */
const BODY_BYTES_MAX = 64 * 1024;

/** Builds a server for one side or both. It does not listen. */
export async function buildApp(http: HttpDeps, sides: readonly Side[]): Promise<FastifyInstance> {
  const securityHeaders = await readSecurityHeaders();
  const begun = createBegunAnswers();
  const app = Fastify({
    logger: false,
    trustProxy: (_address, hop) => hop < http.trustedProxyHops,
    requestTimeout: REQUEST_MS_MAX,
    bodyLimit: BODY_BYTES_MAX,
    http: { headersTimeout: HEADERS_MS_MAX, maxHeaderSize: HEADER_BYTES_MAX },
    // As long as the headers may be: too long an id is unknown, not an error of its own.
    routerOptions: { maxParamLength: HEADER_BYTES_MAX },
    frameworkErrors: (thrown, _request, reply) => {
      reply.headers({ ...securityHeaders, "cache-control": "no-store" });
      sendProblem(reply, asDojangError(thrown, http.deps.log));
    },
    clientErrorHandler: (error, socket) =>
      sendConnectionProblem(error, { socket, isBegun: begun.has(socket) }),
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: schemaCompilers },
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false },
    },
  });
  begun.watch(app.server);
  dropQuietConnections(app, REQUEST_MS_MAX);
  refuseEncoded(app);
  boundPieces(app);
  registerJsonBody(app);
  app.setErrorHandler((thrown, request, reply) => {
    const error = asDojangError(thrown, http.deps.log);
    tellRefusedAccess(error, { request, log: http.deps.log });
    return sendProblem(reply, error);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new DojangError("not_found", "There is nothing at this address")),
  );
  registerSecurityHeaders(app, securityHeaders);
  await registerRateLimits(app, http);
  if (sides.includes("public") || sides.includes("private")) await inScope(app, assets, http);
  if (sides.includes("private")) await inScope(app, privateSide, http);
  if (sides.includes("public")) await inScope(app, publicSide, http);
  if (sides.includes("health")) await inScope(app, health, http);
  return app;
}

async function publicSide(app: FastifyInstance, http: HttpDeps): Promise<void> {
  await health(app, http);
  await inScope(app, paymentsComplete, { ...http, prefix: "/payments/complete" });
  await inScope(app, paymentsConfirm, http);
  await inScope(app, webhooksIamport, http);
  await paymentsRedirect(app, http);
  await checkout(app, http);
}

async function privateSide(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const document = await describeRoutes(async (described) => {
    await publicSide(described, http);
    await inScope(described, shopSide, http);
  });
  await registerDocs(app, document);
  await inScope(app, shopSide, http);
  await inScope(app, console, http);
}

/** `/v1`: nothing of it answers without an API key. */
async function shopSide(app: FastifyInstance, http: HttpDeps): Promise<void> {
  app.addHook("onRequest", http.admission.shop);
  const { onRequest: limit } = limitedAs(app, "shop");
  if (limit !== undefined) app.addHook("onRequest", limit);
  app.addHook("onRequest", async (request) => {
    request.callerId = await http.apiKeys.authenticate(request);
  });
  app.addHook("onRoute", (route) => {
    route.schema = { ...route.schema, security: [{ apiKey: [] }] };
  });
  await shopRoutes(app, http);
  await customers(app, http);
}

/** Registers routes in a scope of their own: hooks, parsers and error handlers set there stay there. */
async function inScope(
  app: FastifyInstance,
  routes: (scope: FastifyInstance, http: HttpDeps) => Promise<void>,
  http: HttpDeps & { readonly prefix?: string },
): Promise<void> {
  // biome-ignore lint/nursery/noMisusedPromises: Fastify awaits plugins that return a promise
  await app.register(routes, http);
}
