import type { FastifyError, FastifyInstance } from "fastify";
import { registerAdminFaults } from "./admin-faults.ts";
import { registerAdminPayments } from "./admin-payments.ts";
import { registerAdminSettings } from "./admin-settings.ts";
import type { Emulator } from "./emulator.ts";
import { LeverRefusal } from "./lever-refusal.ts";

/**
 * The levers over HTTP under /admin/api, for the admin page and for people who test their own shops. Bodies are
 * JSON and must say so, which keeps foreign web pages from pulling a lever in the background.
 *
 * Errors are `{message}`: 400 malformed, 404 unknown, 409 a lever that cannot move, 415 no JSON.
 */
export function registerAdminApi(app: FastifyInstance, emulator: Emulator): void {
  void app.register(
    (api, _options, done) => {
      api.addHook("onRequest", (request, reply, next) => {
        const isJson = request.headers["content-type"]?.startsWith("application/json") ?? false;
        if (request.method === "POST" && !isJson)
          reply.code(415).send({ message: "Send JSON, and say so in content-type" });
        else next();
      });
      api.setErrorHandler<FastifyError>((error, _request, reply) => {
        const status = error instanceof LeverRefusal ? 409 : (error.statusCode ?? 500);
        return reply.code(status).send({ message: error.message });
      });
      registerAdminPayments(api, emulator);
      registerAdminFaults(api, emulator);
      registerAdminSettings(api, emulator);
      done();
    },
    { prefix: "/admin/api" },
  );
}
