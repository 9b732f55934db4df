import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface BegunAnswers {
  watch(server: Server): void;
  /** Whether a part of an answer may have gone out on the connection, and not all of it. */
  has(socket: Socket): boolean;
}

/** Knows on which connections an answer is on its way. Whoever asks several things at once may have several, of which one has begun. */
export function createBegunAnswers(): BegunAnswers {
  const underWay = new WeakMap<Socket, Set<ServerResponse>>();
  return {
    watch(server) {
      server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
        const responses = underWay.get(socket) ?? new Set();
        underWay.set(socket, responses.add(response));
        response.once("close", () => responses.delete(response));
      });
    },
    has: (socket) => [...(underWay.get(socket) ?? [])].some(({ headersSent }) => headersSent),
  };
}
