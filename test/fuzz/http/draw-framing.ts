import type { Draw } from "../../support/draw.ts";
import { AUTHORIZATION, type Servers } from "./servers.ts";

export interface FramedRequest {
  readonly bytes: Buffer;
  /** What makes it odd. */
  readonly kind: string;
  /** Two honest readers see different requests in it: what hides behind the first must reach nobody. */
  readonly isAmbiguous: boolean;
  /** The id of the order that the hidden request would register. */
  readonly ghost: string;
}

interface Part {
  readonly kind: string;
  /** Header lines, each with its end. */
  readonly head: string;
  readonly body: string;
  readonly isAmbiguous?: boolean;
}

const ORDER = '{"name":"order","amount":1000}';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const CHUNKS_END = "0\r\n\r\n";

/** Ways to say that a body comes in chunks, of which no two servers need think alike. */
const ODD_CODINGS = [
  "xchunked",
  "chunked, identity",
  "identity, chunked",
  "chunked, chunked",
  " chunked",
  "\tchunked",
  "chunked\t",
  '"chunked"',
  "Chunked",
  "chunked;x",
  "gzip, chunked",
  "\u000bchunked",
  "chunked\u0000",
  "chunk",
  "identity",
];
const ODD_NAMES = [
  "Transfer-Encoding ",
  " Transfer-Encoding",
  "Transfer-Encoding\t",
  "Transfer\u0000-Encoding",
  "X: y\nTransfer-Encoding",
  "X: y\rTransfer-Encoding",
  "transfer-ENCODING",
];
const ODD_LENGTHS = [
  "+30",
  "-1",
  "0x1e",
  "3 0",
  "30,30",
  "1e1",
  "99999999999999999999",
  "30;",
  "",
  "\u0000",
  "30\u000b",
  "٣٠",
];

/** One request on the wire, framed oddly, with another one hidden behind or inside it. */
export function drawFraming(draw: Draw, { privatePort }: Servers, tag: string): FramedRequest {
  const ghost = `ghost-${tag}`;
  const hidden = `POST /v1/orders?ghost=${tag} HTTP/1.1\r\nHost: x\r\nAuthorization: ${AUTHORIZATION}\r\nContent-Type: application/json\r\nContent-Length: ${ghost.length + 48}\r\n\r\n{"name":"ghost","amount":1000,"merchant_uid":"${ghost}"}`;
  const part = draw.pick(PARTS)(draw, hidden);
  const line = requestLine(draw, tag);
  const head = `Host: 127.0.0.1:${privatePort}\r\nAuthorization: ${AUTHORIZATION}\r\nContent-Type: application/json\r\n`;
  const text = `${line}\r\n${head}${part.head}\r\n${part.body}`;
  const bytes = Buffer.from(text, "latin1");
  // A letter changed may make an honest request of it.
  if (draw.chance(0.15)) return { bytes: scrambled(bytes, draw), kind: part.kind, isAmbiguous: false, ghost };
  return { bytes, kind: part.kind, isAmbiguous: part.isAmbiguous ?? false, ghost };
}

const PARTS: readonly ((draw: Draw, hidden: string) => Part)[] = [
  (_draw, hidden) =>
    both(
      "length and chunks",
      `Content-Length: ${ORDER.length}\r\nTransfer-Encoding: chunked\r\n`,
      `${CHUNKS_END}${hidden}`,
    ),
  (draw, hidden) =>
    both(
      "length and odd chunks",
      `Content-Length: 5\r\nTransfer-Encoding: ${draw.pick(ODD_CODINGS)}\r\n`,
      `${CHUNKS_END}${hidden}`,
    ),
  (draw, hidden) =>
    both(
      "length and odd name",
      `Content-Length: 5\r\n${draw.pick(ODD_NAMES)}: chunked\r\n`,
      `${CHUNKS_END}${hidden}`,
    ),
  (_draw, hidden) =>
    both(
      "two lengths",
      `Content-Length: ${ORDER.length}\r\nContent-Length: ${ORDER.length + hidden.length}\r\n`,
      ORDER + hidden,
    ),
  (_draw, hidden) =>
    both(
      "two codings",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
      `${CHUNKS_END}${hidden}`,
    ),
  (draw, hidden) => both("odd length", `Content-Length: ${draw.pick(ODD_LENGTHS)}\r\n`, ORDER + hidden),
  (draw, hidden) =>
    both("folded length", `Content-Length:\r\n ${draw.pick(["30", "0", ""])}\r\n`, ORDER + hidden),
  (draw, hidden) =>
    both(
      "folded coding",
      `X-A: b\r\n${draw.pick([" ", "\t"])}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`,
      `${CHUNKS_END}${hidden}`,
    ),
  (_draw, hidden) =>
    both(
      "bare line feeds",
      `X-A: b\nContent-Length: ${ORDER.length + hidden.length}\nX-B: c\r\n`,
      ORDER + hidden,
    ),
  (_draw, hidden) => both("bare returns", `X-A: b\rContent-Length: 5\r\n`, `${CHUNKS_END}${hidden}`),
  (draw, hidden) =>
    both(
      "odd chunk size",
      "Transfer-Encoding: chunked\r\n",
      `${draw.pick(["0x5", "5 ", " 5", "+5", "-5", "5_", "fffffffffffffffff", "", "5\n"])}\r\nabcde\r\n${CHUNKS_END}${hidden}`,
    ),
  (_draw, hidden) =>
    both("a chunk without its end", "Transfer-Encoding: chunked\r\n", `5\r\nabcdeXX${CHUNKS_END}${hidden}`),
  (_draw, hidden) => ({
    kind: "a request inside a body",
    head: `Content-Length: ${hidden.length}\r\n`,
    body: hidden,
    isAmbiguous: true,
  }),
  (_draw, hidden) => ({
    kind: "a request inside a chunk",
    head: "Transfer-Encoding: chunked\r\n",
    body: `${chunk(hidden)}${CHUNKS_END}`,
    isAmbiguous: true,
  }),
  (draw) => ({
    kind: "chunk extensions",
    head: "Transfer-Encoding: chunked\r\n",
    body: `${ORDER.length.toString(16)};${draw.pick(["a=b", `a="${"x".repeat(draw.int(1, 20_000))}"`, "a\u0000", "a=\n"])}\r\n${ORDER}\r\n${CHUNKS_END}`,
  }),
  (draw) => ({
    kind: "trailers",
    head: "Transfer-Encoding: chunked\r\nTrailer: x\r\n",
    body: `${chunk(ORDER)}0\r\n${draw.pick(["X: y", "Content-Length: 5", `Authorization: ${AUTHORIZATION}`, "X"])}\r\n\r\n`,
  }),
  (draw) => ({
    kind: "huge headers",
    head: `X-A: ${"x".repeat(draw.int(1000, 40_000))}\r\nContent-Length: 0\r\n`,
    body: "",
  }),
  (draw) => ({
    kind: "many headers",
    head: `${"A: b\r\n".repeat(draw.int(100, 4000))}Content-Length: 0\r\n`,
    body: "",
  }),
  (draw) => ({
    kind: "odd header",
    head: `${draw.pick(["X\u0000: y", "X: \u0000", ": y", "X", "X Y: z", "Host: y", "Expect: 100-continue", "Expect: x", "Upgrade: h2c\r\nConnection: Upgrade", "Connection: close, keep-alive", "HTTP2-Settings: AA", "X: é\u00ff"])}\r\nContent-Length: ${ORDER.length}\r\n`,
    body: ORDER,
  }),
  (draw, hidden) => ({
    kind: "a length spelled unusually",
    head: `Content-Length: ${draw.pick([" 30", "30 ", "030", "30\t"])}\r\n`,
    body: ORDER + hidden,
  }),
  (_draw, hidden) => ({
    kind: "pipelined",
    head: `Content-Length: ${ORDER.length}\r\n`,
    body: `${ORDER}${hidden}${hidden}`,
  }),
  (draw) => ({
    kind: "a crowd on one connection",
    head: `Content-Length: ${ORDER.length}\r\n`,
    body: ORDER + "GET /v1/orders HTTP/1.1\r\nHost: x\r\n\r\n".repeat(draw.int(50, 1500)),
  }),
  (draw) => ({
    kind: "no HTTP behind",
    head: `Content-Length: ${ORDER.length}\r\n`,
    body: ORDER + Buffer.from(draw.bytes(draw.int(1, 64))).toString("latin1"),
  }),
  (draw) => ({
    kind: "a body that ends early",
    head: `Content-Length: ${draw.int(31, 70_000)}\r\n`,
    body: ORDER,
  }),
  (draw) => ({
    kind: "a length of much",
    head: `Content-Length: ${draw.pick(["65537", "4294967296", "9007199254740992"])}\r\n`,
    body: ORDER,
  }),
];

function both(kind: string, head: string, body: string): Part {
  return { kind, head, body, isAmbiguous: true };
}

function requestLine(draw: Draw, tag: string): string {
  const usual = `POST /v1/orders?tag=${tag} HTTP/1.1`;
  return draw.weighted([
    [20, usual],
    [1, `POST http://other.example/v1/orders?tag=${tag} HTTP/1.1`],
    [1, `POST /v1/orders?tag=${tag} HTTP/1.0`],
    [1, `POST  /v1/orders?tag=${tag}  HTTP/1.1`],
    [1, `POST /v1/orders?tag=${tag} HTTP/1.2`],
    [1, `POST /v1/orders?tag=${tag} HTTP/2.0`],
    [1, `GET /healthz?tag=${tag} HTTP/1.1`],
    [1, `CONNECT other.example:443 HTTP/1.1`],
    [1, `OPTIONS * HTTP/1.1`],
    [1, `POST /webhooks/iamport?tag=${tag} HTTP/1.1`],
    [1, `POST /v1/orders?tag=${tag}\u0000 HTTP/1.1`],
    [1, `POST /v1/orders?tag=${tag}`],
    [1, `\r\n\r\n${usual}`],
    [1, `GET ${"/x".repeat(20_000)} HTTP/1.1`],
    [1, `PRI * HTTP/2.0\r\n\r\nSM\r\n`],
  ]);
}

function scrambled(bytes: Buffer, draw: Draw): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = draw.int(1, 3); left > 0; left--)
    copy[draw.int(0, copy.length - 1)] = draw.pick([0, 9, 10, 13, 32, 58, draw.int(0, 255)]);
  return draw.chance(0.2) ? copy.subarray(0, draw.int(1, copy.length)) : copy;
}
