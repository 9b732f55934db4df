import type { Dispatcher } from "undici";
import { type Params, readParams } from "../../src/emulator/request-params.ts";
import { answerCall } from "../../src/emulator/rest-routes.ts";
import { GATEWAY_LIMITS } from "../../src/gateway/iamport/gateway-limits.ts";
import type { Wire } from "../../src/gateway/iamport/sender.ts";
import { refundIdIn } from "../support/bank.ts";
import type { Draw } from "../support/draw.ts";
import { type Asks, drawDelay, drawFate, type Fate, otherBody } from "./fates.ts";
import type { Life } from "./life.ts";
import { SECOND_MS } from "./virtual-time.ts";
import type { World } from "./world.ts";

/** One request as it leaves. */
export interface Request {
  readonly method: string;
  readonly path: string;
  /** Without the query. */
  readonly line: string;
  readonly body: Params;
  readonly authorization: string | undefined;
  /** Whom it asks about, where it names a payment. */
  readonly paymentId: string | undefined;
}

const CANCEL = "POST /payments/cancel";
const LOOK = /^GET \/payments\/(imps?_\w+)$/;
/** After so long without a sign a refund is sent again. */
const SENT_AGAIN_MS = 62 * SECOND_MS;
const STALE_MS_MAX = 45 * SECOND_MS;

/**
 * Carries the requests of one life of the server to the emulator's model, in virtual time, in the place of sockets: everything of
 * the real client stands before it, its deadlines, its token, its breaker and its reading of bytes.
 */
export function openWire(world: World, life: Life): Wire {
  return {
    dispatch(options, handler) {
      const request = readRequest(options);
      if (life.isDead) return true;
      world.guard(() => world.invariants.wire.onRequest(request));
      if (!life.point(`before ${request.line}`)) return true;
      const exchange = new Exchange({ world, life, request, handler });
      world.guard(() => exchange.start());
      return true;
    },
    destroy: async () => {},
  } as Wire;
}

function readRequest({ headers, path, method, body }: Dispatcher.DispatchOptions): Request {
  const lines = headers as readonly string[];
  const at = lines.indexOf("authorization");
  const line = `${method} ${path.split("?", 1)[0]}`;
  const params = readParams(String(body ?? ""), "application/json") ?? {};
  const named = line === CANCEL ? String(params["imp_uid"]) : LOOK.exec(line)?.[1];
  const authorization = at < 0 ? undefined : lines[at + 1];
  return { method, path, line, body: params, authorization, paymentId: named };
}

interface Parts {
  readonly world: World;
  readonly life: Life;
  readonly request: Request;
  readonly handler: Dispatcher.DispatchHandler;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

class Exchange {
  readonly #parts: Parts;
  readonly #draw: Draw;
  readonly #asks: Asks;
  readonly #fate: Fate;
  readonly #startedAt: number;
  /** The server waits for it no longer, or it has ended. */
  #isOver = false;
  #onArrival = () => {};
  readonly #controller = { abort: () => this.#end() } as unknown as Dispatcher.DispatchController;

  constructor(parts: Parts) {
    const { world, request } = parts;
    this.#parts = parts;
    this.#draw = world.drawOf(request.line);
    const isRead = request.method === "GET";
    this.#asks = {
      isCancel: request.line === CANCEL,
      isLogin: request.line === "POST /users/getToken",
      isRead,
    };
    this.#fate = drawFate(world, { draw: this.#draw, asks: this.#asks });
    this.#startedAt = world.time.now();
  }

  start(): void {
    const { world, request, handler, life } = this.#parts;
    const id = this.#refundId;
    if (this.#fate.kind === "unreachable") {
      const { code } = this.#fate;
      world.story.tell(`${request.line} ${id ?? ""} is not sent: ${code}`);
      world.later(this.#draw.int(1, 50), () => this.#fail(code));
      return;
    }
    if (id !== undefined) world.invariants.refunds.onSending(id, { body: request.body, life });
    world.counts.calls += 1;
    world.invariants.wire.onSent(request, life);
    handler.onRequestStart?.(this.#controller, undefined);
    const delayMs = this.#delay();
    if (this.#fate.kind !== "answered" || id !== undefined)
      world.story.tell(`${request.line} ${id ?? ""} leaves (${this.#fate.kind}, ${delayMs} ms)`);
    if (id !== undefined && delayMs > SENT_AGAIN_MS) this.#refuseMeanwhile();
    // The server waits for its deadline, and for nothing else.
    if (this.#fate.kind === "silence") world.time.onTheWire(GATEWAY_LIMITS.deadlineMs, () => {});
    world.later(delayMs, () =>
      this.#fate.kind === "lost_request" ? this.#fail("ECONNRESET") : this.#arrive(),
    );
  }

  /** While it lies somewhere, the PG says no to what is sent after it, and agrees again when it arrives. */
  #refuseMeanwhile(): void {
    const { world, request } = this.#parts;
    if (!this.#draw.chance(0.5)) return;
    const paymentId = String(request.body["imp_uid"]);
    world.bank.model.refuseCancels(paymentId, "한도초과");
    this.#onArrival = () => void world.bank.model.refuseCancels(paymentId, null);
  }

  get #refundId(): string | undefined {
    const { line, body } = this.#parts.request;
    return line === CANCEL ? (refundIdIn(String(body["reason"])) ?? "none") : undefined;
  }

  #delay(): number {
    return drawDelay(this.#parts.world, { draw: this.#draw, asks: this.#asks });
  }

  #arrive(): void {
    const { life, request, world } = this.#parts;
    this.#onArrival();
    const fate = this.#fate;
    if (fate.kind === "status" && !fate.hasActed) {
      this.#later(() => this.#answer({ status: fate.status, text: "busy" }));
      return;
    }
    const { isCancel } = this.#asks;
    if (isCancel) world.onCancelArrives(String(request.body["imp_uid"]), this.#draw);
    const answer = this.#lie() ?? this.#truth();
    if (isCancel) this.#noteCancel(answer);
    if (!life.point(`after ${request.line} took effect`) || fate.kind === "silence") return;
    this.#later(() => {
      if (fate.kind === "cut") this.#cut(answer, fate.share);
      else if (fate.kind === "status") this.#answer({ status: fate.status, text: "bad gateway" });
      else if (fate.kind === "body") this.#answer(this.#garble(answer, fate.body));
      else if (fate.kind === "drip") this.#drip(answer);
      else this.#answer(answer);
    });
  }

  #truth(): Answer {
    const { world, request } = this.#parts;
    const { status, body } = answerCall(world.bank.rest, asRestCall(request));
    const text = String(body);
    if (this.#asks.isRead) world.bank.shown.set(request.path, { at: world.time.now(), status, text });
    return { status, text };
  }

  #lie(): Answer | undefined {
    const { world, request } = this.#parts;
    const { kind } = this.#fate;
    if (kind === "missing" && request.paymentId !== undefined)
      return {
        status: 404,
        text: JSON.stringify({ code: -1, message: "존재하지 않는 결제정보입니다.", response: null }),
      };
    if (kind !== "stale") return undefined;
    const last = world.bank.shown.get(request.path);
    if (last === undefined || world.time.now() - last.at > STALE_MS_MAX) return undefined;
    if (request.paymentId !== undefined) world.bank.behind.add(request.paymentId);
    return last;
  }

  #garble({ status, text }: Answer, body: Extract<Fate, { kind: "body" }>["body"]): Answer {
    const { bank } = this.#parts.world;
    const answers = [...bank.shown.values()].filter((shown) => shown.status === 200);
    const other = answers.length === 0 ? "null" : this.#draw.pick(answers).text;
    return { status, text: otherBody(body, { text, other }) };
  }

  #noteCancel({ status, text }: Answer): void {
    const { world, request, life } = this.#parts;
    const id = this.#refundId ?? "";
    const { code, message } = JSON.parse(text) as { code: number; message: string | null };
    world.story.tell(`cancel ${id} at the gateway: ${status} ${code} ${message ?? ""}`);
    if (status === 401) {
      world.invariants.refunds.onTurnedAway(id, { body: request.body, life });
      return;
    }
    const isChecksum = message === world.bank.model.switches.checksumMismatchMessage;
    if (code !== 0 && !isChecksum) world.bank.refused.add(id);
    if (code !== 0) world.counts.refusals += 1;
    world.invariants.refunds.onArrival(id);
  }

  #later(run: () => void): void {
    this.#parts.world.later(this.#delay(), run);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { world, request, life } = this.#parts;
    world.guard(() => world.invariants.wire.onEnd(request, { life, startedAt: this.#startedAt }));
  }

  #fail(code: string): void {
    const { life, handler } = this.#parts;
    if (life.isDead || this.#isOver) return;
    this.#end();
    handler.onResponseError?.(this.#controller, Object.assign(new Error(code), { code }));
  }

  #begin(status: number): boolean {
    const { life, handler, world } = this.#parts;
    if (life.isDead || this.#isOver) return false;
    const gatewayNow = world.time.now() + world.bank.rest.tokens.skewSeconds * SECOND_MS;
    const date = new Date(gatewayNow).toUTCString();
    const headers = { "content-type": "application/json; charset=UTF-8", date };
    handler.onResponseStart?.(this.#controller, status, headers, "");
    return true;
  }

  #answer({ status, text }: Answer): void {
    const { world, life, handler, request } = this.#parts;
    if (!this.#begin(status)) return;
    if (request.paymentId !== undefined && this.#asks.isRead && status === 200)
      world.invariants.onLook(request.paymentId, life);
    this.#end();
    handler.onResponseData?.(this.#controller, Buffer.from(text));
    handler.onResponseEnd?.(this.#controller, {});
  }

  #cut({ status, text }: Answer, share: number): void {
    const { handler } = this.#parts;
    const bytes = Buffer.from(text);
    if (share > 0 && this.#begin(status))
      handler.onResponseData?.(this.#controller, bytes.subarray(0, Math.floor(bytes.length * share)));
    this.#fail("ECONNRESET");
  }

  /** A tenth of it, again and again: nobody waits longer than the deadline. */
  #drip(answer: Answer, sent = 0): void {
    const { world, handler } = this.#parts;
    const bytes = Buffer.from(answer.text);
    const part = Math.ceil(bytes.length / 10);
    if (sent === 0 && !this.#begin(answer.status)) return;
    if (this.#isOver || this.#parts.life.isDead) return;
    if (sent >= bytes.length) {
      if (this.#parts.request.paymentId !== undefined)
        world.invariants.onLook(this.#parts.request.paymentId, this.#parts.life);
      this.#end();
      handler.onResponseEnd?.(this.#controller, {});
      return;
    }
    handler.onResponseData?.(this.#controller, bytes.subarray(sent, sent + part));
    world.later(this.#draw.int(100, 3_000), () => this.#drip(answer, sent + part));
  }
}

function asRestCall({ method, path, body, authorization }: Request) {
  const [plain = "", query = ""] = path.split("?");
  const parts = plain.slice(1).split("/").map(decodeURIComponent);
  const rest = { params: body, authorization, tokenHeader: undefined, tier: null };
  return { method, parts, query: new URLSearchParams(query), ...rest };
}
