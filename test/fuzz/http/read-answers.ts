export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface RawAnswers {
  readonly answers: readonly RawAnswer[];
  /** What is wrong with what came, read strictly; absent when nothing is. An answer that is cut off by the end is `isCut`. */
  readonly fault?: string;
  readonly isCut: boolean;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** Reads a stream of HTTP/1.1 answers as a strict client does, to see whether each is one, whole, and where it ends. */
export function readAnswers(bytes: Buffer): RawAnswers {
  const answers: RawAnswer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const headEnd = bytes.indexOf(HEAD_END, at);
    if (headEnd < 0) return { answers, isCut: true };
    const [line = "", ...fields] = bytes.toString("latin1", at, headEnd).split("\r\n");
    const status = Number(/^HTTP\/1\.1 ([1-5][0-9]{2})( |$)/.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(status))
      return { answers, isCut: false, fault: `no status line: ${JSON.stringify(line.slice(0, 80))}` };
    const headers = new Map<string, string>();
    for (const field of fields) {
      const [, name = "", value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(field) ?? [];
      if (name === "")
        return { answers, isCut: false, fault: `no header: ${JSON.stringify(field.slice(0, 80))}` };
      headers.set(name.toLowerCase(), value);
    }
    const body = bodyOf(bytes, headEnd + 4, { status, headers });
    if (typeof body === "string") return { answers, isCut: false, fault: body };
    if (body === undefined) return { answers, isCut: true };
    answers.push({ status, headers, body: body.body });
    at = body.end;
  }
  return { answers, isCut: false };
}

function bodyOf(
  bytes: Buffer,
  from: number,
  { status, headers }: Pick<RawAnswer, "status" | "headers">,
): { readonly body: Buffer; readonly end: number } | string | undefined {
  if (status < 200 || status === 204 || status === 304) return { body: Buffer.alloc(0), end: from };
  if (headers.get("transfer-encoding") === "chunked") return chunksOf(bytes, from);
  const length = headers.get("content-length");
  // Until the end of the connection.
  if (length === undefined) return { body: bytes.subarray(from), end: bytes.length };
  if (!/^[0-9]+$/.test(length)) return `no length: ${length}`;
  const end = from + Number(length);
  return end > bytes.length ? undefined : { body: bytes.subarray(from, end), end };
}

function chunksOf(
  bytes: Buffer,
  from: number,
): { readonly body: Buffer; readonly end: number } | string | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = bytes.toString("latin1", at, lineEnd);
    if (!/^[0-9a-fA-F]+$/.test(size)) return `no chunk: ${JSON.stringify(size.slice(0, 80))}`;
    const length = Number.parseInt(size, 16);
    const end = lineEnd + 2 + length;
    if (end + 2 > bytes.length) return undefined;
    parts.push(bytes.subarray(lineEnd + 2, end));
    if (length === 0) return { body: Buffer.concat(parts), end: end + 2 };
    at = end + 2;
  }
}
