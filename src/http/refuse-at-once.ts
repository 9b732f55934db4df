import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyReply } from "fastify";

/** What an answer to an overload says. Made once: whatever a refusal costs is taken from those that could be served. */
export interface Refusal {
  readonly body: string;
  readonly head: Readonly<Record<string, string>>;
}

/** Seconds after which a caller may come back. */
const RETRY_AFTER_S = "1";

export function refusalOf(contentType: string, body: string): Refusal {
  const length = String(Buffer.byteLength(body));
  const type = { "content-type": contentType, "content-length": length };
  return { body, head: { ...type, "cache-control": "no-store", "retry-after": RETRY_AFTER_S } };
}

/** Answers 503 by hand, with the headers that every answer has, before the body is read. */
export function refuseAtOnce(reply: FastifyReply, { body, head }: Refusal): void {
  const headers = reply.getHeaders();
  reply.hijack();
  reply.raw.writeHead(503, { ...(headers as OutgoingHttpHeaders), ...head });
  reply.raw.end(body);
}
