import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Emulator } from "../emulator.ts";
import { SWITCH_VALUES } from "../switches.ts";
import { ASSETS_FOLDER, type PageReply, staticFiles } from "./static-files.ts";
import { answerFinish, answerOpen, type WindowDesk } from "./window-api.ts";

/** Adds what browsers see: the SDK script, the payment window and the admin page. Called once, before listening. */
export function registerPages(app: FastifyInstance, emulator: Emulator): void {
  void app.register(fastifyStatic, {
    root: ASSETS_FOLDER,
    prefix: "/assets/",
    index: false,
    decorateReply: false,
    preCompressed: true,
    immutable: true,
    maxAge: "365d",
  });
  for (const [path, file] of staticFiles()) app.get(path, (_request, reply) => send(reply, file));
  app.get("/admin/api/switch-values", () => SWITCH_VALUES);
  const desk = deskOf(emulator);
  app.post("/window/api/open", (request, reply) =>
    send(reply, answerOpen(desk, { body: request.body, userAgent: request.headers["user-agent"] ?? "" })),
  );
  app.post("/window/api/finish", async (request, reply) =>
    send(reply, await answerFinish(desk, request.body)),
  );
}

function send(reply: FastifyReply, page: PageReply): FastifyReply {
  return reply.code(page.status).headers(page.headers).send(page.body);
}

function deskOf(emulator: Emulator): WindowDesk {
  return {
    open: (request) => emulator.openWindow(request),
    settle: (impUid, outcome) => emulator.settleWindow(impUid, outcome),
    channelName: ({ meta }) =>
      emulator.model.merchant(meta.userCode).channels.find((one) => one.channelKey === meta.channelKey)
        ?.name ?? "-",
  };
}
