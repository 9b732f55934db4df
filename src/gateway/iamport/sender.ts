import { type Dispatcher, Pool } from "undici";
import type { Clock } from "../../clock.ts";
import type { GatewayTrouble } from "../gateway.ts";
import { type Answer, Exchange } from "./exchange.ts";
import type { GatewayLimits } from "./gateway-limits.ts";
import type { RequestLine } from "./request-line.ts";
import { unavailable } from "./trouble.ts";

/** An answer, with our times around the request that brought it. */
export interface Called {
  readonly kind: "answered";
  readonly answer: Answer;
  readonly sentAt: number;
  readonly endedAt: number;
}

export interface SendPlan {
  readonly line: RequestLine;
  readonly headers: readonly string[];
  readonly body?: string;
  readonly bodyBytesMax: number;
}

/** What carries requests and ends with the sender: a pool of connections. A simulation brings one without a network. */
export type Wire = Pick<Dispatcher, "dispatch" | "destroy">;

/** How a deadline reaches what it bounds: set by the sender, used by whoever holds the deadline. */
export class Running {
  isSent = false;
  isExpired = false;
  exchange: Exchange | undefined;

  expire(): void {
    this.isExpired = true;
    this.exchange?.stop(this.isSent ? "timeout" : "not_sent_in_time");
  }
}

/**
 * Sends request lines to one constant address: connections are kept and bounded, certificates are verified whatever
 * the environment says, no proxy is used and no redirect followed.
 */
export class Sender {
  readonly #clock: Clock;
  readonly #wire: Wire;
  readonly #pathPrefix: string;
  #isClosed = false;

  constructor(options: {
    readonly baseUrl: string;
    readonly limits: GatewayLimits;
    readonly clock: Clock;
    readonly wire?: Wire;
  }) {
    const url = readBaseUrl(options.baseUrl);
    this.#clock = options.clock;
    this.#pathPrefix = url.pathname.replace(/(?<!\/)\/+$/, "");
    this.#wire = options.wire ?? openPool(url.origin, options.limits);
  }

  /** `onSent` runs right before the first byte leaves. */
  async send(plan: SendPlan, running: Running, onSent?: () => void): Promise<Called | GatewayTrouble> {
    if (this.#isClosed) return unavailable("closed");
    if (running.isExpired) return unavailable("not_sent_in_time");
    let sentAt = 0;
    const exchange = new Exchange(plan.bodyBytesMax, () => {
      sentAt = this.#clock.now();
      running.isSent = true;
      onSent?.();
    });
    running.exchange = exchange;
    const path = this.#pathPrefix + plan.line.path;
    const { method } = plan.line;
    this.#wire.dispatch(
      { method, path, headers: plan.headers as string[], body: plan.body ?? null },
      exchange,
    );
    const result = await exchange.result;
    running.exchange = undefined;
    if ("kind" in result) return result;
    return { kind: "answered", answer: result, sentAt, endedAt: this.#clock.now() };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#wire.destroy();
  }
}

/** @throws {TypeError} for what is no plain http(s) address; the text is not repeated, it may hold a password */
function readBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.username + url.password + url.search + url.hash === "";
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      "Cannot read the gateway's address: expected http(s) without user, query and fragment",
    );
  }
  return url;
}

function openPool(origin: string, limits: GatewayLimits): Pool {
  return new Pool(origin, {
    // One more than calls: a login ahead of time takes no slot.
    connections: limits.inFlightMax + 1,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: limits.connectMs, rejectUnauthorized: true, minVersion: "TLSv1.2" },
    // The deadline is ours and exact; these stand behind it.
    headersTimeout: limits.deadlineMs + 1_000,
    bodyTimeout: limits.deadlineMs + 1_000,
    keepAliveTimeout: 10_000,
    maxResponseSize: -1,
  });
}
