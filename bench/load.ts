// The load generator, in a process of its own: a closed loop of N connections, each with the next unused order; or a flood.
import { Client, type Dispatcher } from "undici";
import { serveCalls } from "./child.ts";
import { type FloodPlan, flood } from "./flood.ts";
import { type Range, sampleAt } from "./samples.ts";

export interface LoadPlan extends Range {
  readonly url: string;
  readonly kind: keyof typeof REQUESTS;
  /** Of the gateway for `lookup`, of the shop for `register`. */
  readonly token?: string;
  readonly connections: number;
  /** Ends after this long or when the range is used up. */
  readonly ms?: number;
}

export interface LoadReport {
  readonly count: number;
  readonly errors: number;
  /** The first answer that was not as expected. */
  readonly firstError?: string;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of this process, per request. */
  readonly cpuUs: number;
}

interface Kind {
  readonly method: "GET" | "POST";
  readonly path: (series: number, index: number) => string;
  readonly body?: (series: number, index: number) => string;
  readonly status: number;
  /** Stands in every right answer. */
  readonly says: string;
}

const REQUESTS = {
  complete: {
    method: "POST",
    path: () => "/payments/complete",
    body: (series, index) => {
      const { impUid, merchantUid } = sampleAt(series, index);
      return `{"imp_uid":"${impUid}","merchant_uid":"${merchantUid}"}`;
    },
    status: 200,
    says: '"status":"success"',
  },
  lookup: {
    method: "GET",
    path: (series, index) => `/payments/${sampleAt(series, index).impUid}`,
    status: 200,
    says: '"code":0,',
  },
  register: {
    method: "POST",
    path: () => "/v1/orders",
    body: (series, index) => {
      const { merchantUid, amount } = sampleAt(series, index);
      const customer = { id: `c-${index}`, name: "김도장", email: "buyer@example.com", tel: "010-1234-5678" };
      return JSON.stringify({ merchant_uid: merchantUid, name: "감귤 5kg", amount, customer });
    },
    status: 201,
    says: '"merchant_uid"',
  },
  webhook: {
    method: "POST",
    path: () => "/webhooks/iamport",
    body: (series, index) => {
      const { impUid, merchantUid } = sampleAt(series, index);
      return `{"imp_uid":"${impUid}","merchant_uid":"${merchantUid}","status":"paid"}`;
    },
    status: 200,
    says: '"status":"ok"',
  },
} satisfies Record<string, Kind>;

const CONNECTIONS_MAX = 256;

serveCalls({ run: (plan: LoadPlan) => run(plan), flood: (plan: FloodPlan) => flood(plan) });

async function run(plan: LoadPlan): Promise<LoadReport> {
  const clients = Array.from({ length: Math.min(plan.connections, CONNECTIONS_MAX) }, () => {
    return new Client(plan.url, { pipelining: 1, keepAliveTimeout: 60_000 });
  });
  await Promise.all(
    clients.map((client) =>
      client.request({ method: "GET", path: "/bench-connects" }).then(({ body }) => body.dump()),
    ),
  );
  const round = new Round(plan);
  await Promise.all(clients.map((client) => round.drive(client)));
  const report = round.report();
  await Promise.all(clients.map((client) => client.destroy()));
  return report;
}

class Round {
  readonly #plan: LoadPlan;
  readonly #kind: Kind;
  readonly #headers: readonly string[];
  readonly #latencies: Float64Array;
  readonly #startedAt = performance.now();
  readonly #startedCpu = process.cpuUsage();
  readonly #endsAt: number;
  #next = 0;
  #done = 0;
  #errors = 0;
  #firstError: string | undefined;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#kind = REQUESTS[plan.kind];
    this.#latencies = new Float64Array(plan.count);
    this.#endsAt = this.#startedAt + (plan.ms ?? Number.POSITIVE_INFINITY);
    this.#headers = [
      ...(this.#kind.body === undefined ? [] : ["content-type", "application/json"]),
      ...(plan.token === undefined ? [] : ["authorization", `Bearer ${plan.token}`]),
    ];
  }

  /** Sends one request after the other on this connection until the time or the orders are over. */
  drive(client: Client): Promise<void> {
    return new Promise((resolve) => {
      const step = () => {
        if (this.#next >= this.#plan.count || performance.now() >= this.#endsAt) resolve();
        else this.#send(client, step);
      };
      step();
    });
  }

  #send(client: Client, then: () => void): void {
    const { series, from } = this.#plan;
    const { method, path, body, status: expected, says } = this.#kind;
    const index = from + this.#next++;
    const startedAt = performance.now();
    const end = (problem: string | undefined) => {
      this.#latencies[this.#done++] = performance.now() - startedAt;
      if (problem !== undefined) {
        this.#errors += 1;
        this.#firstError ??= problem;
      }
      then();
    };
    client.dispatch(
      {
        method,
        path: path(series, index),
        headers: this.#headers as string[],
        body: body?.(series, index) ?? null,
      },
      new AnswerCheck({ expected, says, end }),
    );
  }

  report(): LoadReport {
    const elapsedMs = performance.now() - this.#startedAt;
    const { user, system } = process.cpuUsage(this.#startedCpu);
    const sorted = this.#latencies.subarray(0, this.#done).sort();
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return {
      count: this.#done,
      errors: this.#errors,
      elapsedMs,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      cpuUs: (user + system) / Math.max(1, this.#done),
      ...(this.#firstError === undefined ? {} : { firstError: this.#firstError }),
    };
  }
}

/** Reads one answer whole and says whether it was the expected one. */
class AnswerCheck implements Dispatcher.DispatchHandler {
  readonly #wanted: { expected: number; says: string; end: (problem: string | undefined) => void };
  #status = 0;
  #text = "";

  constructor(wanted: { expected: number; says: string; end: (problem: string | undefined) => void }) {
    this.#wanted = wanted;
  }

  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#text += chunk.toString("latin1");
  }

  onResponseEnd(): void {
    const { expected, says, end } = this.#wanted;
    const isRight = this.#status === expected && this.#text.includes(says);
    end(isRight ? undefined : `${this.#status} ${this.#text.slice(0, 200)}`);
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#wanted.end(error.message);
  }
}
