import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Range, sampleAt } from "./samples.ts";

/** Requests at a fixed pace, whatever becomes of those before: an open loop. */
export interface FloodPlan extends Range {
  readonly url: string;
  readonly kind: keyof typeof PATHS;
  readonly perSecond: number;
  /** With it, `count` bounds the samples and not the requests: one that was refused is sent again later. */
  readonly ms?: number;
}

export interface FloodReport {
  readonly sent: number;
  /** What was due when every connection waited for an answer. */
  readonly unsent: number;
  /** How many were answered with which status; 0: no answer in time. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Answers of 429 and 503 that did not say when to come back. */
  readonly withoutRetryAfter: number;
  /** Numbers of the samples that were answered 200. */
  readonly taken: readonly number[];
  readonly takenP50Ms: number;
  readonly takenP99Ms: number;
  readonly refusedP99Ms: number;
  readonly elapsedMs: number;
  /** By quarter of a second in which they were answered. */
  readonly quarters: readonly Quarter[];
}

export interface Quarter {
  taken: number;
  refused: number;
  slowestTakenMs: number;
}

const PATHS = { webhook: "/webhooks/iamport", complete: "/payments/complete" } as const;
const CONNECTIONS = 1024;
const ANSWER_MS_MAX = 10_000;
const TICK_MS = 1;
const QUARTER_MS = 250;

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
  readonly #quarters: Quarter[] = [];
  /** Samples that were refused. */
  readonly #again: number[] = [];
  #next = 0;
  #sent = 0;
  #answered = 0;
  #unsent = 0;
  #withoutRetryAfter = 0;
  #startedAt = 0;

  constructor(plan: FloodPlan) {
    this.#plan = plan;
  }

  async run(): Promise<FloodReport> {
    await this.#connect();
    this.#startedAt = performance.now();
    const { perSecond, count, ms } = this.#plan;
    const requests = ms === undefined ? count : Math.ceil((perSecond * ms) / 1000);
    const endsAt = this.#startedAt + (requests / perSecond) * 1000;
    for (let due = 0; performance.now() < endsAt + ANSWER_MS_MAX; ) {
      const until = Math.min(
        requests,
        Math.floor(((performance.now() - this.#startedAt) * perSecond) / 1000),
      );
      for (; due < until; due += 1) this.#offer(this.#startedAt + (due * 1000) / perSecond);
      if (due === requests && this.#answered === this.#sent) break;
      await new Promise((done) => setTimeout(done, TICK_MS));
    }
    this.#statuses[0] = (this.#statuses[0] ?? 0) + this.#sent - this.#answered;
    return {
      ...{ sent: this.#sent, unsent: this.#unsent, statuses: this.#statuses, taken: this.#taken },
      withoutRetryAfter: this.#withoutRetryAfter,
      takenP50Ms: percentile(this.#takenMs, 0.5),
      takenP99Ms: percentile(this.#takenMs, 0.99),
      refusedP99Ms: percentile(this.#refusedMs, 0.99),
      elapsedMs: performance.now() - this.#startedAt,
      quarters: Array.from(this.#quarters, (quarter) => quarter ?? newQuarter()),
    };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect(): Promise<void> {
    const { hostname, port } = new URL(this.#plan.url);
    for (let n = 0; n < CONNECTIONS; n += 1) {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, "connect");
      this.#sockets.push(socket);
      this.#free.push(socket);
      socket.on("data", (data: Buffer) => this.#end(socket, data.toString("latin1")));
      socket.on("error", () => this.#end(socket, ""));
      socket.on("close", () => this.#end(socket, ""));
    }
  }

  /** A buyer who finds no connection free goes away: waiting here would be a queue of our own. */
  #offer(dueAt: number): void {
    const { count, from } = this.#plan;
    const isNew = this.#next < count;
    if (!isNew && this.#again.length === 0) {
      this.#unsent += 1;
      return;
    }
    const socket = this.#free.pop();
    if (socket === undefined) {
      this.#unsent += 1;
      return;
    }
    const index = isNew ? from + this.#next : (this.#again.shift() as number);
    if (isNew) this.#next += 1;
    this.#sent += 1;
    this.#send(socket, { index, dueAt });
  }

  #send(socket: Socket, asked: { readonly index: number; readonly dueAt: number }): void {
    const { impUid, merchantUid } = sampleAt(this.#plan.series, asked.index);
    const more = this.#plan.kind === "webhook" ? ',"status":"paid"' : "";
    const body = `{"imp_uid":"${impUid}","merchant_uid":"${merchantUid}"${more}}`;
    const head = `POST ${PATHS[this.#plan.kind]} HTTP/1.1\r\nhost: dojang\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    this.#asked.set(socket, asked);
    socket.write(`${head}\r\n\r\n${body}`, "latin1");
  }

  #end(socket: Socket, answer: string): void {
    const asked = this.#asked.get(socket);
    if (asked === undefined) return;
    this.#asked.delete(socket);
    this.#answered += 1;
    const status = Number(answer.slice(9, 12));
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    const now = performance.now();
    const ms = now - asked.dueAt;
    const at = Math.floor((now - this.#startedAt) / QUARTER_MS);
    const quarter = this.#quarters[at] ?? newQuarter();
    this.#quarters[at] = quarter;
    if (status === 200) {
      this.#taken.push(asked.index);
      this.#takenMs.push(ms);
      quarter.taken += 1;
      quarter.slowestTakenMs = Math.max(quarter.slowestTakenMs, ms);
    } else {
      this.#again.push(asked.index);
      this.#refusedMs.push(ms);
      quarter.refused += 1;
      const mustSay = status === 503 || status === 429;
      if (mustSay && !/\r\nretry-after:/i.test(answer)) this.#withoutRetryAfter += 1;
    }
    if (!socket.destroyed) this.#free.push(socket);
  }
}

function newQuarter(): Quarter {
  return { taken: 0, refused: 0, slowestTakenMs: 0 };
}

function percentile(values: number[], part: number): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length * part)] ?? 0;
}
