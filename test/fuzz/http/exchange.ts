import { connect, type Socket } from "node:net";

export interface Exchanged {
  /** Everything that came back. */
  readonly bytes: Buffer;
  /** `end`: the server ended the connection; `reset`: it was cut; `kept`: still open when the deadline passed. */
  readonly ended: "end" | "reset" | "kept";
  readonly ms: number;
}

export interface ExchangePlan {
  readonly port: number;
  /** Written one after another, `pauseMs` apart. */
  readonly parts: readonly (Buffer | string)[];
  readonly pauseMs?: number;
  readonly deadlineMs: number;
  /** Whether the answer is enough, so that nobody waits for the connection to end. */
  readonly isEnough?: (bytes: Buffer) => boolean;
  /** Whether our side ends when all is written. */
  readonly isHalfClosed?: boolean;
}

/** Bytes on a connection of their own, and all that comes back. Never throws. */
export async function exchange(plan: ExchangePlan): Promise<Exchanged> {
  const { port, parts, deadlineMs, isEnough, isHalfClosed = false } = plan;
  const startedAt = performance.now();
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.setNoDelay(true);
  const chunks: Buffer[] = [];
  const ended = await new Promise<Exchanged["ended"]>((resolve) => {
    const timer = setTimeout(() => resolve("kept"), deadlineMs);
    const end = (how: Exchanged["ended"]) => {
      clearTimeout(timer);
      resolve(how);
    };
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (isEnough?.(Buffer.concat(chunks)) === true) end("end");
    });
    socket.once("end", () => end("end"));
    socket.once("error", () => end("reset"));
    socket.once("close", () => end("end"));
    void writeAll(socket, parts, plan.pauseMs ?? 0).then(() => {
      if (isHalfClosed && !socket.destroyed) socket.end();
    });
  });
  socket.destroy();
  return { bytes: Buffer.concat(chunks), ended, ms: performance.now() - startedAt };
}

async function writeAll(socket: Socket, parts: readonly (Buffer | string)[], pauseMs: number): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return;
    socket.write(part);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
