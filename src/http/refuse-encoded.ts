import type { FastifyInstance } from "fastify";
import { DojangError } from "../errors.ts";

/** Refuses a body that is said to be compressed: nobody here would unpack it, and whoever stands in front could see another body than we do. */
export function refuseEncoded(app: FastifyInstance): void {
  app.addHook("preParsing", ({ headers, method }, _reply, payload, done) => {
    const coding = headers["content-encoding"]?.toLowerCase() ?? "identity";
    if (coding === "identity" || method === "GET" || method === "HEAD") done(null, payload);
    else done(new DojangError("unsupported_media_type", "Cannot read body: expected it uncompressed"));
  });
}
