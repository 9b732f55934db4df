import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A wire between a client and a server on loopback that a test can pull out and plug in again. */
export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** Every connection is reset, and new ones are refused. */
  pull(): Promise<void>;
  /** Listens on the same port again. */
  plug(): Promise<void>;
}

export async function openRelay(targetUrl: string): Promise<Relay> {
  const target = Number(new URL(targetUrl).port);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((near) => {
    const far = keep(connect(target, "127.0.0.1"));
    keep(near).on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.pipe(far).pipe(near);
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const pull = async () => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${port}`, pull, plug: () => listen(port), [Symbol.asyncDispose]: pull };
}
