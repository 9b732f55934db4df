import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, answerError, envelopeText } from "./envelope.ts";
import type { AnswerOverride, Overrides } from "./overrides.ts";
import { paymentJson } from "./payment-json.ts";
import type { RequestEntry, RequestLog } from "./request-log.ts";
import { readBody, readParams } from "./request-params.ts";
import type { RestCall, RestDeps } from "./rest-call.ts";
import { getPaymentById } from "./rest-payments.ts";
import { answerCall, viewerOf } from "./rest-routes.ts";
import { sendAnswer, sendOverridden } from "./send-answer.ts";

export interface RestServerDeps extends RestDeps {
  readonly overrides: Overrides;
  readonly requests: RequestLog;
  /** How much later GET /payments/{imp_uid} answers, in milliseconds: the benchmark's distance. */
  readonly lookupDelayMs: () => number;
}

const NO_QUERY = new URLSearchParams();
const WITH_SANDBOX = new URLSearchParams("include_sandbox=true");
const LOOKUP = /^\/payments\/(imps?_[A-Za-z0-9_-]+)(\?include_sandbox=true)?$/;

/** Answers the REST part of one request on bare node:http. The lookup of one payment takes a short way. */
export function serveRest(deps: RestServerDeps, given: Pick<Exchange, "request" | "response">): void {
  const { request, response } = given;
  const entry = deps.requests.add(request, deps.model.clock.nowMs());
  if (request.method === "GET" && deps.overrides.isEmpty) {
    const [, impUid, sandbox] = LOOKUP.exec(request.url ?? "") ?? [];
    if (impUid !== undefined) {
      serveLookup(deps, { request, response, entry, impUid, query: sandbox ? WITH_SANDBOX : NO_QUERY });
      return;
    }
  }
  serveCall(deps, { request, response, entry }).catch((error: unknown) => {
    process.stderr.write(`emulator: ${entry.line} failed: ${error instanceof Error ? error.stack : error}\n`);
    if (!response.headersSent) {
      const answer = answerError(500, -1, "Internal Server Error");
      send(deps, { exchange: { request, response, entry }, answer });
    }
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: RequestEntry;
}

function send(deps: RestServerDeps, given: { exchange: Exchange; answer: Answer }): void {
  const { exchange, answer } = given;
  exchange.entry.status = answer.status;
  sendAnswer(exchange.response, { answer, atMs: atMs(deps) });
}

function atMs(deps: RestServerDeps): number {
  return deps.model.clock.nowMs() + deps.tokens.skewSeconds * 1000;
}

function serveLookup(
  deps: RestServerDeps,
  given: Exchange & { impUid: string; query: URLSearchParams },
): void {
  const { request, impUid, query } = given;
  const call: RestCall = {
    method: "GET",
    parts: ["payments", impUid],
    query,
    params: {},
    ...credentials(request),
  };
  const answer = () => {
    const viewer = viewerOf(deps, call);
    if (!viewer || deps.tokens.takeRejection()) return answerError(401, -1, "Unauthorized");
    return getPaymentById(deps, { ...call, viewer, impUid });
  };
  const delayMs = deps.lookupDelayMs();
  if (delayMs === 0) send(deps, { exchange: given, answer: answer() });
  else setTimeout(() => send(deps, { exchange: given, answer: answer() }), delayMs);
}

function credentials(request: IncomingMessage): Pick<RestCall, "authorization" | "tokenHeader" | "tier"> {
  const { headers } = request;
  const text = (name: string) => (typeof headers[name] === "string" ? headers[name] : undefined);
  return {
    authorization: headers.authorization,
    tokenHeader: text("x-imptokenheader"),
    tier: text("tier") ?? null,
  };
}

/** Decoded path parts, or undefined when the path cannot be decoded. A slash at the end counts for nothing. */
function pathParts(path: string): string[] | undefined {
  try {
    return path.replace(/^\//, "").replace(/\/$/, "").split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

async function readCall(request: IncomingMessage): Promise<RestCall | Answer> {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const parts = pathParts(mark < 0 ? url : url.slice(0, mark));
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
  const text = await readBody(request);
  const params = text === undefined ? undefined : readParams(text, request.headers["content-type"] ?? "");
  if (!parts) return answerError(404, -1, "Not Found");
  if (!params) return answerError(400, -1, "요청 본문을 읽을 수 없습니다.");
  return { method: request.method ?? "", parts, query, params, ...credentials(request) };
}

async function serveCall(deps: RestServerDeps, given: Exchange): Promise<void> {
  const { request, response } = given;
  const call = await readCall(request);
  if (response.destroyed) return;
  if ("body" in call) {
    send(deps, { exchange: given, answer: call });
    return;
  }
  deps.requests.addBody(given.entry, call.params);
  const override = deps.overrides.take({ method: call.method, url: request.url ?? "" });
  if (override) {
    await serveOverridden(deps, { ...given, call, override });
    return;
  }
  const isToken = call.parts[0] === "users" && call.parts[1] === "getToken";
  const isLookup = call.method === "GET" && call.parts[0] === "payments" && call.parts.length === 2;
  const delayMs = isToken ? deps.tokens.delayMs : isLookup ? deps.lookupDelayMs() : 0;
  if (delayMs > 0) await wait(delayMs);
  send(deps, { exchange: given, answer: answerCall(deps, call) });
}

async function serveOverridden(
  deps: RestServerDeps,
  given: Exchange & { call: RestCall; override: AnswerOverride },
): Promise<void> {
  const { call, override } = given;
  const isReplaced =
    override.status !== undefined || override.body !== undefined || override.gzipBombBytes !== undefined;
  const acts = override.acts ?? !isReplaced;
  const compute = (): Answer =>
    acts ? shownThrough(deps, { answer: answerCall(deps, call), override }) : { status: 200, body: "" };
  const early = override.snapshot === "arrival" || call.method !== "GET" ? compute() : undefined;
  if (override.delayMs) await wait(override.delayMs);
  await override.holdUntil;
  if (given.response.destroyed) return; // the caller hung up while it waited
  const answer = early ?? compute();
  if (!override.reset) given.entry.status = override.status ?? answer.status;
  sendOverridden(given.response, { answer, override, atMs: atMs(deps) });
}

/** Renders the true payment of an answer through the override's lens. */
function shownThrough(deps: RestServerDeps, given: { answer: Answer; override: AnswerOverride }): Answer {
  const { answer, override } = given;
  if (!override.payment || !answer.payment) return answer;
  const { newerFields } = deps.model.switches;
  return {
    ...answer,
    body: envelopeText(paymentJson(answer.payment, { newerFields, lens: override.payment })),
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
