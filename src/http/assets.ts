import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { ASSETS_FOLDER, ASSETS_PATH } from "./pages.ts";

/** Serves what the pages load. A name holds the hash of its content, so that whoever has it need not ask again. */
export async function assets(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, {
    root: ASSETS_FOLDER,
    prefix: ASSETS_PATH,
    decorateReply: false,
    schemaHide: true,
    index: false,
    preCompressed: true,
    immutable: true,
    maxAge: "365d",
  });
}
