import type { FastifyInstance } from "fastify";
import { CLOCK_OFFSET_MS_MAX } from "../../usecases/look-at-order.ts";
import type { HttpDeps } from "../http-deps.ts";

/** `GET /healthz`: the process answers. `GET /readyz`: it can do its work; what is wrong is named. */
export async function health(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  app.get("/healthz", { schema: { summary: "Whether the process answers", tags: ["Health"] } }, async () => ({
    status: "ok",
  }));
  app.get(
    "/readyz",
    { schema: { summary: "Whether the server can do its work", tags: ["Health"] } },
    async (_request, reply) => {
      const gateway = deps.gateway.health();
      const offsetMs = deps.gateway.clockOffsetMs() ?? 0;
      const checks = {
        storage: deps.store.isReady() ? "ok" : "failed",
        gateway: gateway.isMisconfigured ? "misconfigured" : gateway.isBreakerOpen ? "unreachable" : "ok",
        clock: Math.abs(offsetMs) > CLOCK_OFFSET_MS_MAX ? "off" : "ok",
      };
      // A gateway that is away is no reason to turn webhooks and orders away: they are stored, and looked at later.
      const isReady = checks.storage === "ok" && checks.gateway !== "misconfigured";
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? "ready" : "not_ready", checks });
    },
  );
}
