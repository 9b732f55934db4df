import type { IncomingMessage } from "node:http";

/** One request that reached the REST API. Tokens, keys and secrets are never kept. */
export interface RequestEntry {
  /** The gateway's time, in milliseconds. */
  readonly at: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** `GET /payments/imp_1?x=1`. */
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The parameters of a body, once it has been read. */
  body?: Readonly<Record<string, unknown>>;
  /** HTTP status of the answer, once it has left. */
  status?: number;
}

const ENTRIES_MAX = 20_000;
const SECRET_HEADERS = new Set(["authorization", "x-imptokenheader", "cookie"]);
const SECRET_PARAMS = new Set(["imp_key", "imp_secret"]);

/** Every request line, the newest 20,000 of them. */
export class RequestLog {
  #entries: RequestEntry[] = [];
  #total = 0;

  add(request: IncomingMessage, at: number): RequestEntry {
    const method = request.method ?? "";
    const url = request.url ?? "";
    const path = url.includes("_token=") ? url.replace(/([?&]_token=)[^&]*/g, "$1REDACTED") : url;
    const headers: Record<string, string> = {};
    for (const name in request.headers) {
      if (!SECRET_HEADERS.has(name)) headers[name] = String(request.headers[name]);
    }
    const entry: RequestEntry = { at, method, path, line: `${method} ${path}`, headers };
    this.#total += 1;
    this.#entries.push(entry);
    if (this.#entries.length > 2 * ENTRIES_MAX) this.#entries = this.#entries.slice(-ENTRIES_MAX);
    return entry;
  }

  /** Adds the parameters of the request's body, without key and secret. */
  addBody(entry: RequestEntry, params: Readonly<Record<string, unknown>>): void {
    entry.body = Object.fromEntries(Object.entries(params).filter(([name]) => !SECRET_PARAMS.has(name)));
  }

  get entries(): readonly RequestEntry[] {
    return this.#entries;
  }

  /** How many there were since the start or the last `clear`, dropped ones included. */
  get total(): number {
    return this.#total;
  }

  lines(): string[] {
    return this.#entries.map((entry) => entry.line);
  }

  clear(): void {
    this.#entries = [];
    this.#total = 0;
  }

  [Symbol.iterator](): Iterator<RequestEntry> {
    return this.#entries[Symbol.iterator]();
  }
}
