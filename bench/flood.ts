import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Range, sampleAt } from "./samples.ts";

/** Webhooks at a fixed pace, whatever becomes of those before: an open loop. */
export interface FloodPlan extends Range {
  readonly url: string;
  readonly perSecond: number;
}

export interface FloodReport {
  readonly sent: number;
  /** How many were answered with which status; 0: no answer in time. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Numbers of the samples that were answered 200. */
  readonly taken: readonly number[];
  /** From the moment when it should have left: what waits for a free connection waits as well. */
  readonly takenP99Ms: number;
  readonly refusedP99Ms: number;
  readonly elapsedMs: number;
}

const CONNECTIONS = 1024;
const ANSWER_MS_MAX = 10_000;
const TICK_MS = 1;

/** Bare sockets: a client that costs as much as the server would measure itself. */
export async function flood(plan: FloodPlan): Promise<FloodReport> {
  const sender = new Sender(plan);
  try {
    return await sender.run();
  } finally {
    sender.close();
  }
}

class Sender {
  readonly #plan: FloodPlan;
  readonly #free: Socket[] = [];
  readonly #sockets: Socket[] = [];
  /** What each connection waits for. */
  readonly #asked = new Map<Socket, { readonly index: number; readonly dueAt: number }>();
  readonly #statuses: Record<number, number> = {};
  readonly #taken: number[] = [];
  readonly #takenMs: number[] = [];
  readonly #refusedMs: number[] = [];
  #answered = 0;

  constructor(plan: FloodPlan) {
    this.#plan = plan;
  }

  async run(): Promise<FloodReport> {
    const { hostname, port } = new URL(this.#plan.url);
    for (let n = 0; n < CONNECTIONS; n += 1) {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, "connect");
      this.#sockets.push(socket);
      this.#free.push(socket);
      socket.on("data", (data: Buffer) => this.#end(socket, Number(data.toString("latin1", 9, 12))));
      socket.on("error", () => this.#end(socket, 0));
      socket.on("close", () => this.#end(socket, 0));
    }
    const { perSecond, count, from } = this.#plan;
    const startedAt = performance.now();
    let next = 0;
    while (
      this.#answered < count &&
      performance.now() - startedAt < (count / perSecond) * 1000 + ANSWER_MS_MAX
    ) {
      const due = Math.min(count, Math.floor(((performance.now() - startedAt) * perSecond) / 1000));
      for (
        let socket = this.#takeFree(next < due);
        socket !== undefined;
        socket = this.#takeFree(next < due)
      ) {
        this.#send(socket, { index: from + next, dueAt: startedAt + (next * 1000) / perSecond });
        next += 1;
      }
      await new Promise((done) => setTimeout(done, TICK_MS));
    }
    this.#statuses[0] = (this.#statuses[0] ?? 0) + count - this.#answered;
    return {
      sent: count,
      statuses: this.#statuses,
      taken: this.#taken,
      takenP99Ms: p99(this.#takenMs),
      refusedP99Ms: p99(this.#refusedMs),
      elapsedMs: performance.now() - startedAt,
    };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #takeFree(isDue: boolean): Socket | undefined {
    return isDue ? this.#free.pop() : undefined;
  }

  #send(socket: Socket, asked: { readonly index: number; readonly dueAt: number }): void {
    const { impUid, merchantUid } = sampleAt(this.#plan.series, asked.index);
    const body = `{"imp_uid":"${impUid}","merchant_uid":"${merchantUid}","status":"paid"}`;
    const head = `POST /webhooks/iamport HTTP/1.1\r\nhost: dojang\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    this.#asked.set(socket, asked);
    socket.write(`${head}\r\n\r\n${body}`, "latin1");
  }

  #end(socket: Socket, status: number): void {
    const asked = this.#asked.get(socket);
    if (asked === undefined) return;
    this.#asked.delete(socket);
    this.#answered += 1;
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    const ms = performance.now() - asked.dueAt;
    if (status === 200) this.#taken.push(asked.index);
    (status === 200 ? this.#takenMs : this.#refusedMs).push(ms);
    if (!socket.destroyed) this.#free.push(socket);
  }
}

function p99(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length * 0.99)] ?? 0;
}
