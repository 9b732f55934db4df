import type { FastifyInstance } from "fastify";
import { DojangError } from "../errors.ts";

/** 64 KB come in some 50 packets. Each piece costs hundreds of bytes beside its own. */
const PIECES_MAX = 256;

/** Refuses a body that comes in pieces of a letter or two: 8 KB would become megabytes, for each caller that sends them so and waits. */
export function boundPieces(app: FastifyInstance): void {
  app.addHook("preParsing", ({ method }, _reply, payload, done) => {
    let pieces = 0;
    const count = () => {
      pieces += 1;
      if (pieces <= PIECES_MAX) return;
      payload.off("data", count);
      // Whoever collects the body hears it and lets go of what there is; what still comes is read and forgotten. Nobody collects one that was
      // refused before: then nobody may be told either, because an error that nobody hears ends the process.
      if (payload.listenerCount("error") > 0) payload.emit("error", tooManyPieces());
    };
    // Nobody reads the body of a GET.
    if (method !== "GET" && method !== "HEAD") payload.on("data", count);
    done(null, payload);
  });
}

function tooManyPieces(): DojangError {
  return new DojangError("malformed_request", "Cannot read body: it comes in too many pieces");
}
