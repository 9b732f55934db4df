import { isUtf8 } from "node:buffer";
import type { Dispatcher } from "undici";
import type { GatewayTrouble } from "../gateway.ts";
import { outcomeUnknown, type Reason, unavailable } from "./trouble.ts";

/** An HTTP answer that arrived whole. The body is read only where the status calls for it. */
export interface Answer {
  readonly status: number;
  /** The `Date` header as written. */
  readonly date: string | undefined;
  /** The body as text, or why it is none. */
  readonly body:
    | { readonly ok: true; readonly text: string }
    | { readonly ok: false; readonly reason: Reason };
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const JSON_TYPE = /^application\/json[ \t]*(?:;|$)/i;
const TLS_CODE = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;
const STOPPED = new Error("The exchange was stopped");

/**
 * One HTTP request and its answer, straight on undici's dispatch: no stream, no abort signal, no timer of its own.
 * It settles exactly once, with an answer or with the trouble that there was instead. Redirects are answers like any
 * other: nothing follows them.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly result: Promise<Answer | GatewayTrouble>;
  readonly #bodyBytesMax: number;
  readonly #onSent: () => void;
  readonly #chunks: Buffer[] = [];
  #settle: ((result: Answer | GatewayTrouble) => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #bodyBytes = 0;
  #status = 0;
  #headers: Headers = {};

  /** `onSent` runs right before the first byte is written to an open connection. */
  constructor(bodyBytesMax: number, onSent: () => void) {
    this.#bodyBytesMax = bodyBytesMax;
    this.#onSent = onSent;
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Settles with the trouble now and drops the connection. Does nothing once settled. */
  stop(reason: Reason): void {
    this.#end(this.#controller === undefined ? unavailable(reason) : outcomeUnknown(reason));
    this.#controller?.abort(STOPPED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settle === undefined) {
      controller.abort(STOPPED);
      return;
    }
    this.#controller = controller;
    this.#onSent();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes <= this.#bodyBytesMax) {
      this.#chunks.push(chunk);
      return;
    }
    this.#end(this.#answer({ ok: false, reason: "too_large" }));
    controller.abort(STOPPED);
  }

  onResponseEnd(): void {
    this.#end(this.#answer(this.#readBody()));
  }

  onResponseError(_controller: unknown, error: Error & { readonly code?: unknown }): void {
    const code = typeof error.code === "string" ? error.code : "";
    this.#end(
      this.#controller === undefined ? unavailable(unsentReason(code)) : outcomeUnknown(sentReason(code)),
    );
  }

  #end(result: Answer | GatewayTrouble): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(result);
  }

  #answer(body: Answer["body"]): Answer {
    const date = this.#headers["date"];
    return { status: this.#status, date: typeof date === "string" ? date : undefined, body };
  }

  #readBody(): Answer["body"] {
    const encoding = this.#headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") return { ok: false, reason: "compressed" };
    const type = this.#headers["content-type"];
    if (typeof type !== "string" || !JSON_TYPE.test(type)) return { ok: false, reason: "not_json_type" };
    const [only] = this.#chunks;
    const bytes = only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
    return isUtf8(bytes) ? { ok: true, text: bytes.toString() } : { ok: false, reason: "not_utf8" };
  }
}

const CLOSED_CODES: readonly string[] = ["UND_ERR_DESTROYED", "UND_ERR_CLOSED"];

function unsentReason(code: string): Reason {
  if (CLOSED_CODES.includes(code)) return "closed";
  return TLS_CODE.test(code) ? "tls_refused" : "connect_failed";
}

function sentReason(code: string): Reason {
  if (CLOSED_CODES.includes(code)) return "closed";
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") return "timeout";
  return "connection_lost";
}
