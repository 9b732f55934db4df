import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Answer } from "./envelope.ts";
import type { AnswerOverride } from "./overrides.ts";

const JSON_TYPE = "application/json; charset=UTF-8";

let dateSecond = -1;
let dateText = "";

/** The Date header by the gateway's time, made once a second. */
function dateHeader(atMs: number): string {
  const second = Math.floor(atMs / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}

/** Sends an answer as it is. */
export function sendAnswer(response: ServerResponse, given: { answer: Answer; atMs: number }): void {
  const { answer, atMs } = given;
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  response.sendDate = false;
  const headers = [
    "Content-Type",
    JSON_TYPE,
    "Content-Length",
    String(body.length),
    "Date",
    dateHeader(atMs),
  ];
  for (const name in answer.headers) headers.push(name, answer.headers[name] ?? "");
  response.writeHead(answer.status, headers);
  response.end(body);
}

/** Sends an answer the way an override wants it on the wire: cut, dripped, as a bomb, or not at all. */
export function sendOverridden(
  response: ServerResponse,
  given: { answer: Answer; override: AnswerOverride; atMs: number },
): void {
  const { answer, override, atMs } = given;
  if (response.destroyed) return;
  if (override.reset) {
    response.socket?.resetAndDestroy();
    return;
  }
  response.sendDate = false;
  response.statusCode = override.status ?? answer.status;
  response.setHeader("Date", dateHeader(atMs));
  response.setHeader("Content-Type", JSON_TYPE);
  for (const [name, value] of Object.entries({ ...answer.headers, ...override.headers }))
    response.setHeader(name, value);
  if (override.gzipBombBytes !== undefined) {
    sendBomb(response, override.gzipBombBytes);
    return;
  }
  const body = Buffer.from(override.body ?? answer.body);
  const isBodiless = response.statusCode === 204 || response.statusCode === 304;
  if (!isBodiless && !response.hasHeader("content-length")) response.setHeader("Content-Length", body.length);
  if (override.cutAt !== undefined) {
    response.flushHeaders();
    const part = body.subarray(0, override.cutAt);
    if (part.length === 0) setImmediate(() => response.socket?.destroy());
    else response.write(part, () => response.socket?.destroy());
    return;
  }
  if (override.dripMs !== undefined) {
    drip(response, { body, dripMs: override.dripMs });
    return;
  }
  response.end(isBodiless ? undefined : body);
}

function drip(response: ServerResponse, given: { body: Buffer; dripMs: number }): void {
  const { body, dripMs } = given;
  let sent = 0;
  response.flushHeaders();
  const timer = setInterval(() => {
    if (sent >= body.length) {
      clearInterval(timer);
      response.end();
      return;
    }
    response.write(body.subarray(sent, sent + 1));
    sent += 1;
  }, dripMs);
  timer.unref();
  response.once("close", () => clearInterval(timer));
}

/** A well-formed success envelope around one very long text, made while it is sent: little memory here. */
function sendBomb(response: ServerResponse, bytes: number): void {
  response.setHeader("Content-Encoding", "gzip");
  const block = Buffer.alloc(64 * 1024, "a");
  function* text() {
    yield Buffer.from('{"code":0,"message":null,"response":{"name":"');
    for (let left = bytes; left > 0; left -= block.length)
      yield block.subarray(0, Math.min(left, block.length));
    yield Buffer.from('"}}');
  }
  const source = Readable.from(text());
  const packed = source.pipe(createGzip());
  response.once("close", () => source.destroy());
  packed.pipe(response);
}
