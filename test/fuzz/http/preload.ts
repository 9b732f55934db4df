// Loaded into a server process before anything of the product (NODE_OPTIONS=--import): tells on standard error which routes there are, and, where
// asked, which requests reached a handler. The product knows nothing of it.
import { subscribe } from "node:diagnostics_channel";
import type { FastifyInstance } from "fastify";

export const ROUTE_MARK = "fuzz-route ";
export const REQUEST_MARK = "fuzz-request ";
export const COUNTING = "DOJANG_FUZZ_COUNTS";

subscribe("fastify.initialization", (message) => {
  const { fastify } = message as { fastify: FastifyInstance };
  fastify.addHook("onRoute", ({ method, url, schema, bodyLimit }) => {
    const { body, querystring, params } = (schema ?? {}) as Record<string, unknown>;
    for (const one of [method].flat())
      process.stderr.write(
        `${ROUTE_MARK}${JSON.stringify({ method: one, url, body, querystring, params, bodyLimit })}\n`,
      );
  });
});

if (process.env[COUNTING] === "1") {
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: { method: string; url: string } };
    process.stderr.write(`${REQUEST_MARK}${JSON.stringify([request.method, request.url])}\n`);
  });
}
