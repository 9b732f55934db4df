import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";

/** One connection through the relay. */
export interface Wire {
  /** Both sides see it reset. What was not passed on is lost. */
  cut(): void;
  /** Until the cut nothing passes to the client; `onAnswer` sees what the server sends. */
  holdAnswers(onAnswer: (chunk: Buffer) => void): void;
}

/** A wire between a client and a server on loopback that a test can pull out and plug in again. */
export interface Relay extends AsyncDisposable {
  /** The target's address, through the relay. */
  readonly url: string;
  readonly port: number;
  /** Every connection is reset, and new ones are refused. */
  pull(): Promise<void>;
  /** Listens on the same port again. */
  plug(): Promise<void>;
  /** Every connection is reset; new ones are taken. */
  cut(): void;
  /** Nothing passes any more and nothing is closed, as when a cable is cut or a host freezes: new connections are taken, and hang. */
  freeze(): void;
  /** What was held back passes. */
  thaw(): void;
  /** How much later everything arrives, each way. Default 0. */
  delayMs: number;
}

export interface RelayOptions {
  /** Sees what a client sends before it passes. @returns whether it passes */
  readonly onRequest?: (chunk: Buffer, wire: Wire) => boolean;
  /** Asked for each new connection: after so many bytes, both ways together, it is reset in the middle of whatever passes. */
  readonly bytesUntilCut?: () => number | undefined;
}

export async function openRelay(
  targetUrl: string,
  { onRequest = () => true, bytesUntilCut = () => undefined }: RelayOptions = {},
): Promise<Relay> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let thawed: PromiseWithResolvers<void> | undefined;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    return socket;
  };
  const pass = async () => {
    if (relay.delayMs > 0) await setTimeout(relay.delayMs);
    await thawed?.promise;
  };
  const server = createServer((near) => {
    const far = keep(connect(Number(target.port), "127.0.0.1"));
    keep(near);
    let onAnswer: ((chunk: Buffer) => void) | undefined;
    const wire: Wire = {
      cut() {
        near.resetAndDestroy();
        far.resetAndDestroy();
      },
      holdAnswers(listener) {
        onAnswer = listener;
      },
    };
    let left = bytesUntilCut() ?? Number.POSITIVE_INFINITY;
    /** What of a chunk still passes. The rest is lost with the connection. */
    const spend = (chunk: Buffer, onCut: () => void) => {
      const passing = chunk.subarray(0, left);
      left -= passing.length;
      if (left === 0) onCut();
      return passing;
    };
    const shared = { pass, spend, onCut: () => wire.cut() };
    carry(near, far, { ...shared, isPassing: (chunk) => onRequest(chunk, wire) });
    carry(far, near, {
      ...shared,
      isPassing(chunk) {
        onAnswer?.(chunk);
        return onAnswer === undefined;
      },
    });
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const pull = async () => {
    if (!server.listening) return;
    server.close();
    cut();
    await once(server, "close");
  };
  const through = new URL(targetUrl);
  through.hostname = "127.0.0.1";
  through.port = String(port);
  const relay: Relay = {
    url: through.href.replace(/\/$/, ""),
    port,
    delayMs: 0,
    pull,
    plug: () => listen(port),
    cut,
    freeze() {
      thawed ??= Promise.withResolvers();
    },
    thaw() {
      thawed?.resolve();
      thawed = undefined;
    },
    [Symbol.asyncDispose]: pull,
  };
  return relay;
}

interface Carrying {
  readonly pass: () => Promise<void>;
  readonly isPassing: (chunk: Buffer) => boolean;
  readonly spend: (chunk: Buffer, onCut: () => void) => Buffer;
  readonly onCut: () => void;
}

/** In order, and the end after all that came before it. */
function carry(from: Socket, to: Socket, { pass, isPassing, spend, onCut }: Carrying): void {
  let before = Promise.resolve();
  const then = (run: () => void) => {
    before = before.then(pass).then(run);
  };
  from.on("data", (chunk: Buffer) => {
    if (!isPassing(chunk)) return;
    then(() => {
      let isLast = false;
      const passing = spend(chunk, () => {
        isLast = true;
      });
      // Only once the last byte is on its way: a reset overtakes what waits.
      if (to.writable) to.write(passing, () => isLast && onCut());
    });
  });
  from.on("close", () => then(() => void to.destroy()));
}
