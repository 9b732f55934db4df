import type { Dispatcher } from "undici";
import { type Params, readParams } from "../../src/emulator/request-params.ts";
import { answerCall } from "../../src/emulator/rest-routes.ts";
import type { Wire } from "../../src/gateway/iamport/sender.ts";
import { refundIdIn } from "./bank.ts";
import type { History } from "./history.ts";
import type { Life } from "./life.ts";
import { SECOND_MS } from "./virtual-time.ts";

/** What becomes of one request on its way there and back. */
type Fate =
  | "answered"
  /** The connection cannot be opened. */
  | "unreachable"
  /** Lost on the way there. */
  | "lost_request"
  /** It takes effect, and the connection ends without an answer. */
  | "lost_answer"
  /** It takes effect, and nothing ever comes back. */
  | "silence"
  /** Somebody on the way answers instead; `_after`: the request had been passed on. */
  | "503_before"
  | "502_after"
  | "429";

interface Request {
  readonly line: string;
  readonly body: Params;
  readonly path: string;
  readonly method: string;
  readonly authorization: string | undefined;
}

const CANCEL = "POST /payments/cancel";
const LOOK = /^GET \/payments\/(imps?_\w+)$/;
/** After so long without a sign a refund is sent again. */
const SENT_AGAIN_MS = 62 * SECOND_MS;
const TOKEN_LIVES_MS = 1_800 * SECOND_MS;
const STALE_MS_MAX = 45 * SECOND_MS;

/**
 * Carries the requests of one life of the server to the emulator's model, in virtual time, in the place of sockets: everything of
 * the real client stands before it, its deadlines, its token, its breaker and its reading of bytes.
 */
export function openWire(history: History, life: Life): Wire {
  return {
    dispatch(options, handler) {
      const request = readRequest(options);
      if (!life.step(`before ${request.line}`)) return true;
      new Exchange({ history, life, request, handler }).start();
      return true;
    },
    destroy: async () => {},
  } as Wire;
}

function readRequest(options: Dispatcher.DispatchOptions): Request {
  const headers = options.headers as readonly string[];
  const at = headers.indexOf("authorization");
  const { path, method } = options;
  const body = readParams(String(options.body ?? ""), "application/json") ?? {};
  const line = `${method} ${path.split("?", 1)[0]}`;
  return { line, body, path, method, authorization: at < 0 ? undefined : headers[at + 1] };
}

interface Parts {
  readonly history: History;
  readonly life: Life;
  readonly request: Request;
  readonly handler: Dispatcher.DispatchHandler;
}

class Exchange {
  readonly #parts: Parts;
  readonly #fate: Fate;
  #isAborted = false;
  #onArrival = () => {};
  readonly #controller = {
    abort: () => {
      this.#isAborted = true;
    },
  } as unknown as Dispatcher.DispatchController;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#fate = drawFate(parts.history, parts.request);
  }

  start(): void {
    const { history, request, handler } = this.#parts;
    const { time, draw } = history;
    const id = this.#refundId;
    if (this.#fate === "unreachable") {
      history.story.tell(`${request.line} ${id ?? ""} is not sent`);
      time.onTheWire(draw.int(1, 50), () => this.#fail("ECONNREFUSED"));
      return;
    }
    if (id !== undefined) history.promises.onSending(id, { body: request.body, life: this.#parts.life });
    history.counts.calls += 1;
    handler.onRequestStart?.(this.#controller, undefined);
    const delayMs = drawDelay(history, request);
    history.story.tell(`${request.line} ${id ?? ""} leaves (${this.#fate}, ${delayMs} ms)`);
    if (id !== undefined && delayMs > SENT_AGAIN_MS) this.#refuseMeanwhile();
    if (this.#fate === "lost_request") time.onTheWire(delayMs, () => this.#fail("ECONNRESET"));
    else time.onTheWire(delayMs, () => this.#arrive());
  }

  /** While it lies somewhere, the PG says no to what is sent after it, and agrees again when it arrives. */
  #refuseMeanwhile(): void {
    const { history, request } = this.#parts;
    const paymentId = String(request.body["imp_uid"]);
    if (history.isOver || !history.draw.chance(0.5)) return;
    history.bank.model.refuseCancels(paymentId, "한도초과");
    this.#onArrival = () => void history.bank.model.refuseCancels(paymentId, null);
  }

  get #refundId(): string | undefined {
    const { line, body } = this.#parts.request;
    return line === CANCEL ? (refundIdIn(String(body["reason"])) ?? "none") : undefined;
  }

  #arrive(): void {
    const { life, request } = this.#parts;
    this.#onArrival();
    if (this.#fate === "503_before" || this.#fate === "429") {
      const status = this.#fate === "429" ? 429 : 503;
      this.#later(() => this.#answer(status, "busy"));
      return;
    }
    const isCancel = this.#refundId !== undefined;
    if (isCancel) this.#beforeCancel(String(request.body["imp_uid"]));
    const { status, text } = this.#staleAnswer() ?? this.#trueAnswer();
    if (isCancel) this.#noteCancel(status, text);
    if (!life.step(`after ${request.line} took effect`)) return;
    if (this.#fate === "silence") return;
    this.#later(() => {
      if (this.#fate === "lost_answer") this.#fail("ECONNRESET");
      else if (this.#fate === "502_after") this.#answer(502, "bad gateway");
      else this.#answer(status, text);
    });
  }

  #trueAnswer(): { readonly status: number; readonly text: string } {
    const { history, request } = this.#parts;
    const { status, body } = answerCall(history.bank.rest, asRestCall(request));
    const text = String(body);
    if (LOOK.test(request.line))
      history.bank.shown.set(request.line, { at: history.time.now(), status, text });
    return { status, text };
  }

  /** What an answer of a replica says that is behind by less than a minute. */
  #staleAnswer() {
    const { history, request } = this.#parts;
    const { bank, time, weather, draw } = history;
    const last = bank.shown.get(request.line);
    const isFresh = last !== undefined && time.now() - last.at < STALE_MS_MAX;
    if (!isFresh || weather !== "foul" || !draw.chance(0.1)) return undefined;
    bank.behind.add(LOOK.exec(request.line)?.[1] ?? "");
    return last;
  }

  #beforeCancel(paymentId: string): void {
    const { history } = this.#parts;
    history.onCancelArrives(paymentId);
    if (history.isOver || this.#fate !== "answered" || !history.draw.chance(0.02)) return;
    if (history.bank.payment(paymentId).pg_provider !== "paypal_v2") history.bank.odd.add(paymentId);
    history.bank.model.deferCancels(paymentId);
  }

  #noteCancel(status: number, text: string): void {
    const { history } = this.#parts;
    const id = this.#refundId ?? "";
    const answer = JSON.parse(text) as { code: number; message: string | null };
    history.story.tell(`cancel ${id} at the gateway: ${status} ${answer.code} ${answer.message ?? ""}`);
    if (status === 401) {
      history.promises.onTurnedAway(id, { body: this.#parts.request.body, life: this.#parts.life });
      return;
    }
    const isChecksum = answer.message === history.bank.model.switches.checksumMismatchMessage;
    if (answer.code !== 0 && !isChecksum) history.bank.refused.add(id);
    if (answer.code !== 0) history.counts.refusals += 1;
    history.promises.onArrival(id);
  }

  #later(run: () => void): void {
    const { history, request } = this.#parts;
    history.time.onTheWire(drawDelay(history, request), run);
  }

  #fail(code: string): void {
    const { life, handler } = this.#parts;
    if (life.isDead || this.#isAborted) return;
    handler.onResponseError?.(this.#controller, Object.assign(new Error(code), { code }));
  }

  #answer(status: number, text: string): void {
    const { history, life, handler } = this.#parts;
    if (life.isDead || this.#isAborted) return;
    const [isLook, paymentId = ""] = LOOK.exec(this.#parts.request.line) ?? [];
    if (isLook !== undefined && status === 200) history.promises.onLook(paymentId, life);
    const date = new Date(history.time.now()).toUTCString();
    const headers = { "content-type": "application/json; charset=UTF-8", date };
    handler.onResponseStart?.(this.#controller, status, headers, "");
    handler.onResponseData?.(this.#controller, Buffer.from(text));
    handler.onResponseEnd?.(this.#controller, {});
  }
}

function asRestCall({ method, path, body, authorization }: Request) {
  const [plain = "", query = ""] = path.split("?");
  const parts = plain.slice(1).split("/").map(decodeURIComponent);
  const rest = { params: body, authorization, tokenHeader: undefined, tier: null };
  return { method, parts, query: new URLSearchParams(query), ...rest };
}

const CANCEL_FATES: readonly (readonly [number, Fate])[] = [
  [55, "answered"],
  [6, "unreachable"],
  [8, "lost_request"],
  [12, "lost_answer"],
  [6, "silence"],
  [4, "503_before"],
  [5, "502_after"],
  [4, "429"],
];
const READ_FATES: readonly (readonly [number, Fate])[] = [
  [92, "answered"],
  [2, "unreachable"],
  [2, "lost_answer"],
  [1, "silence"],
  [2, "503_before"],
  [1, "429"],
];

function drawFate({ weather, draw }: History, { line }: Request): Fate {
  if (weather === "down") return draw.pick(["unreachable", "lost_request", "503_before"]);
  if (weather === "fair" || line === "POST /users/getToken") return "answered";
  return draw.weighted(line === CANCEL ? CANCEL_FATES : READ_FATES);
}

/** One way. A cancellation may lie somewhere on the way as long as its token lives, long after nobody waits for it. */
function drawDelay({ weather, draw }: History, { line }: Request): number {
  if (weather === "fair" || !draw.chance(line === CANCEL ? 0.15 : 0.04)) return draw.int(1, 300);
  if (line !== CANCEL) return draw.int(1_000, 15_000);
  return draw.int(1_000, draw.chance(0.5) ? 200_000 : TOKEN_LIVES_MS);
}
