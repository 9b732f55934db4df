import type { IncomingMessage } from "node:http";

/** A request's parameters: numbers as their own text, lists and objects as they are. */
export type Params = Readonly<Record<string, unknown>>;

const BODY_BYTES_MAX = 1024 * 1024;

/** Reads a body to its end; undefined when it is too large or breaks off. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_BYTES_MAX) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined; // the caller hung up: there is nobody left to answer
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The parameters of a JSON or form body. The API takes both (docs/iamport-v1.md 0 and 1.1).
 *
 * @returns undefined when a JSON body is no JSON object
 */
export function readParams(text: string, contentType: string): Params | undefined {
  if (text === "") return {};
  return contentType.includes("json") ? readJson(text) : readForm(new URLSearchParams(text));
}

function readJson(text: string): Params | undefined {
  try {
    // The source text of a number, not its float: 1000.10 stays 1000.10.
    const keepText = (_key: string, value: unknown, context?: { source?: string }) =>
      typeof value === "number" ? (context?.source ?? String(value)) : value;
    const parsed: unknown = JSON.parse(text, keepText as (key: string, value: unknown) => unknown);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? { ...parsed }
      : undefined;
  } catch {
    return undefined;
  }
}

/** `a[]=1&a[]=2` and `a[0]=1` become lists, everything else is text. */
function readForm(form: URLSearchParams): Params {
  const params: Record<string, unknown> = {};
  for (const [key, value] of form) {
    const list = /^(.+)\[\d*\]$/.exec(key)?.[1];
    if (list === undefined) params[key] = value;
    else params[list] = [...((params[list] as string[] | undefined) ?? []), value];
  }
  return params;
}

/** A text parameter; null when absent, null or no text. */
export function textOf(params: Params, name: string): string | null {
  const value = params[name];
  return typeof value === "string" ? value : null;
}

/** A flag in JSON or form spelling. */
export function flagOf(value: unknown): boolean {
  return value === true || value === "true" || value === "1";
}

/** `imp_uid[]=a&imp_uid[]=b`, `imp_uid[0]=a` and `imp_uid=a` of a query. */
export function listOf(query: URLSearchParams, name: string): string[] {
  const out: string[] = [];
  for (const [key, value] of query) {
    if (key === name || (key.startsWith(`${name}[`) && /^\[\d*\]$/.test(key.slice(name.length))))
      out.push(value);
  }
  return out;
}
