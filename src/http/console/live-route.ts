import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import { DojangError } from "../../errors.ts";
import { readSession } from "../../usecases/sign-in.ts";
import type { HttpDeps } from "../http-deps.ts";
import { signedInOf } from "./guard.ts";
import { createLiveFeed, type LiveMessage } from "./live-feed.ts";
import { readSessionId } from "./session-cookie.ts";

const PAGES_MAX = 100;
const PAGES_PER_OPERATOR_MAX = 10;
/** A page that does not read what it is told is let go of. */
const UNREAD_BYTES_MAX = 64 * 1024;

/** `GET /live`: what happens, as it happens, until the session ends. Server-sent events. */
export async function liveRoute(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  const feed = createLiveFeed(deps);
  const open = new Map<PassThrough, string>();
  app.addHook("preClose", async () => {
    for (const stream of open.keys()) stream.end();
  });
  app.get("/live", { config: { isByItself: true } }, async (request, reply) => {
    const { name } = signedInOf(request).operator;
    const mine = [...open.values()].filter((other) => other === name).length;
    if (open.size >= PAGES_MAX || mine >= PAGES_PER_OPERATOR_MAX)
      throw new DojangError("overloaded", "As many pages as may be are open");
    const sessionId = readSessionId(request);
    const stream = new PassThrough();
    const say = (text: string) => {
      if (stream.writableLength > UNREAD_BYTES_MAX) stream.destroy();
      else if (stream.writable) stream.write(text);
    };
    const stop = feed.listen((message) => {
      say(textOf(message));
      if (message.kind !== "beat") return;
      readSession(deps, { sessionId, isUse: false }).then(
        (signedIn) => {
          if (signedIn === undefined) stream.end("event: signed_out\ndata: {}\n\n");
        },
        () => stream.end(),
      );
    });
    open.set(stream, name);
    stream.once("close", () => {
      stop();
      open.delete(stream);
    });
    request.raw.once("close", () => stream.destroy());
    say("retry: 3000\n\nevent: beat\ndata: {}\n\n");
    // Without it some proxies keep what should be news until it is old.
    reply.header("x-accel-buffering", "no");
    return reply.type("text/event-stream; charset=utf-8").send(stream);
  });
}

function textOf(message: LiveMessage): string {
  const data =
    message.kind === "events"
      ? message.events.map(({ id, orderId, type, at }) => ({
          id,
          type,
          merchant_uid: orderId,
          at: new Date(at).toISOString(),
        }))
      : {};
  return `event: ${message.kind}\ndata: ${JSON.stringify(data)}\n\n`;
}
