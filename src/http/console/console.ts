import cookie from "@fastify/cookie";
import type { FastifyInstance } from "fastify";
import type { HttpDeps } from "../http-deps.ts";
import { addJsonParser } from "../json-body.ts";
import { pageHeaders } from "../page-headers.ts";
import { readConsolePage } from "../pages.ts";
import { limitedAs } from "../rate-limit.ts";
import { shopRoutes } from "../routes/shop-routes.ts";
import { exportRoute } from "./export-route.ts";
import { figureRoutes } from "./figure-routes.ts";
import { guard } from "./guard.ts";
import { hostRoute } from "./host-route.ts";
import { liveRoute } from "./live-route.ts";
import { apiKeyRoutes, operatorRoutes } from "./operator-routes.ts";
import { orderRoutes } from "./order-routes.ts";
import { sessionRoutes } from "./session-routes.ts";

const API = "/console/api";

/**
 * `/console`: the operators' pages, and `/console/api`: what they ask. What a shop may do stands there as well, under the same `/v1` and
 * by the same code, in the name of who is signed in.
 */
export async function console(app: FastifyInstance, http: HttpDeps): Promise<void> {
  const { onRequest: limit } = limitedAs(app, "console");
  if (limit !== undefined) app.addHook("onRequest", limit);
  const html = readConsolePage();
  const { plain } = pageHeaders(undefined);
  for (const path of ["/console", "/console/*"]) {
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      if (request.url.startsWith(`${API}/`)) return reply.callNotFound();
      return reply.headers(plain).type("text/html; charset=utf-8").send(html);
    });
  }
  // biome-ignore lint/nursery/noMisusedPromises: Fastify awaits plugins that return a promise
  await app.register(hostRoute, http);
  // biome-ignore lint/nursery/noMisusedPromises: Fastify awaits plugins that return a promise
  await app.register(api, { ...http, isMasking: true, prefix: API });
}

async function api(
  app: FastifyInstance,
  { prefix: _, ...http }: HttpDeps & { readonly prefix: string },
): Promise<void> {
  await app.register(cookie);
  addJsonParser(app, { mayBeEmpty: true });
  guard(app, http);
  await sessionRoutes(app, http);
  await figureRoutes(app, http);
  await orderRoutes(app, http);
  await exportRoute(app, http);
  await operatorRoutes(app, http);
  await apiKeyRoutes(app, http);
  await liveRoute(app, http);
  await shopRoutes(app, http);
}
