import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

/** One request as the double received it, held until the test answers it. */
export interface Received {
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly response: http.ServerResponse;
}

type Answerer = (received: Received) => void;

interface DoubleOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
}

export const TOKEN = "token-sentinel-0123456789abcdef";
export const IMP_KEY = "key-sentinel-4242";
export const IMP_SECRET = "secret-sentinel-4242";

/** The gateway's seconds in every login answer, unless a test answers for itself. */
export const GATEWAY_NOW = 1_785_000_000;

/**
 * A stand-in for i'mport's address on loopback, for answers that no well-behaved server gives: any byte, any cut, any
 * delay. It logs in whoever asks; all else is the test's to answer.
 */
export async function openDouble(options: DoubleOptions = {}) {
  const received: Received[] = [];
  const waiters = new Set<() => void>();
  const answers = { login: loginAnswer as Answerer, call: paymentAnswer as Answerer };
  const listener: http.RequestListener = async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const one = { line: `${request.method} ${request.url}`, headers: request.headers, body, response };
    received.push(one);
    (isLogin(one) ? answers.login : answers.call)(one);
    for (const wake of waiters) wake();
  };
  const server =
    options.tls === undefined ? http.createServer(listener) : https.createServer(options.tls, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const calls = () => received.filter((one) => !isLogin(one));
  return {
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    received,
    answers,
    calls,
    logins: () => received.length - calls().length,
    lines: () => received.map(({ line }) => line),
    /** Resolves once the condition holds; looked at whenever a request arrives. */
    until: (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!condition()) return;
          waiters.delete(look);
          resolve();
        };
        waiters.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export type Double = Awaited<ReturnType<typeof openDouble>>;

function isLogin({ line }: Received): boolean {
  return /^POST .*\/users\/getToken$/.test(line);
}

/** A whole answer with the right length and type, unless told otherwise. */
export function answer(
  { response }: Received,
  body: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

export function loginBody(token = TOKEN, lifetime = 1800, now = GATEWAY_NOW): string {
  return JSON.stringify({
    code: 0,
    message: null,
    response: { access_token: token, now, expired_at: now + lifetime },
  });
}

function loginAnswer(received: Received): void {
  answer(received, loginBody());
}

/** The id that a payment call asks for. */
export function askedId({ line }: Received): string {
  return /^(?:GET \/payments|DELETE \/vbanks)\/([^/?]+)/.exec(line)?.[1] ?? "";
}

function paymentAnswer(received: Received): void {
  answer(received, envelope(paymentText({ imp_uid: `"${askedId(received)}"` })));
}

export function envelope(response: string, code = "0"): string {
  return `{"code":${code},"message":null,"response":${response}}`;
}

export const NOT_FOUND = '{"code":-1,"message":"존재하지 않는 결제정보입니다.","response":null}';
export const UNAUTHORIZED = '{"code":-1,"message":"Unauthorized","response":null}';

/** A paid card payment as JSON text; each field is raw text, `undefined` leaves it out. */
export function paymentText(fields: Readonly<Record<string, string | undefined>> = {}): string {
  const all: Record<string, string | undefined> = {
    amount: "1000",
    cancel_amount: "0",
    cancel_history: "[]",
    cancelled_at: "0",
    channel: '"pc"',
    currency: '"KRW"',
    failed_at: "0",
    imp_uid: '"imp_1"',
    merchant_uid: '"order-0001"',
    name: '"\\ub2f9\\uadfc 10kg"',
    paid_at: "1709722069",
    pay_method: '"card"',
    pg_id: '"INIpayTest"',
    pg_provider: '"html5_inicis"',
    pg_tid: '"StdpayCARD1"',
    sandbox: "false",
    started_at: "1709722022",
    status: '"paid"',
    vbank_date: "0",
    vbank_num: "null",
    ...fields,
  };
  const pairs = Object.entries(all).filter(([, value]) => value !== undefined);
  return `{${pairs.map(([key, value]) => `"${key}":${value}`).join(",")}}`;
}
