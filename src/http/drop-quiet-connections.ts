import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Closing waits for the answers under way and for nothing else: connections without a request are dropped at once, all
 * that is left after `longestRequestMs`.
 *
 * Node.js only drops connections that have been answered before, and stops its own timeouts when it closes: one caller
 * that connects and says nothing, or half a request, would hold the end back for as long as it likes.
 */
export function dropQuietConnections(app: FastifyInstance, longestRequestMs: number): void {
  const underWay = new Map<Socket, number>();
  let isClosing = false;
  const count = (socket: Socket, change: 1 | -1) => {
    const requests = (underWay.get(socket) ?? 0) + change;
    if (isClosing && requests === 0) socket.destroy();
    else if (!socket.destroyed) underWay.set(socket, requests);
  };
  app.server.on("connection", (socket: Socket) => {
    underWay.set(socket, 0);
    socket.once("close", () => underWay.delete(socket));
  });
  app.server.on("request", ({ socket }, response) => {
    count(socket, 1);
    response.once("close", () => count(socket, -1));
  });
  app.addHook("preClose", async () => {
    isClosing = true;
    for (const [socket, requests] of underWay) if (requests === 0) socket.destroy();
    // What connects from here on until the server stops listening.
    app.server.on("connection", (socket: Socket) => socket.destroy());
    const timer = setTimeout(() => app.server.closeAllConnections(), longestRequestMs);
    timer.unref();
    app.server.once("close", () => clearTimeout(timer));
  });
}
