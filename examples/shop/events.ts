import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

/** What Dojang tells; there are more fields. */
export interface ShopEvent {
  type: string;
  data: { merchant_uid: string; sequence: number };
}

const BODY_BYTES_MAX = 64 * 1024;
/** An event that is older, or from the future, is somebody's recording. */
const AGE_MS_MAX = 5 * 60_000;

/**
 * Takes one event or question: checks its signature and hands it on. Answers 204, or 409 with the reason that comes back. Anything that
 * Dojang did not sign is refused.
 */
export async function takeEvent(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  { secret, onEvent }: { secret: string; onEvent: (event: ShopEvent) => Promise<string | undefined> },
): Promise<void> {
  const body = await readBody(request);
  const isReal = body !== undefined && isSigned({ headers: request.headers, body, secret });
  // A real shop writes what it does and the webhook-id in one transaction: the same event may come again.
  const reason = isReal ? await onEvent(JSON.parse(body.toString("utf8"))) : undefined;
  if (reason === undefined) response.writeHead(isReal ? 204 : 401).end();
  else response.writeHead(409, { "content-type": "application/json" }).end(JSON.stringify({ reason }));
}

/** Standard Webhooks: one of the signatures is the HMAC of `{id}.{timestamp}.{body}`, and the timestamp is of now. */
export function isSigned(of: { headers: IncomingHttpHeaders; body: Buffer; secret: string }): boolean {
  const id = String(of.headers["webhook-id"]);
  const timestamp = String(of.headers["webhook-timestamp"]);
  if (!(Math.abs(Date.now() - Number(timestamp) * 1000) <= AGE_MS_MAX)) return false;
  const key = Buffer.from(of.secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(of.body).digest();
  return String(of.headers["webhook-signature"])
    .split(" ")
    .filter((signature) => signature.startsWith("v1,"))
    .map((signature) => Buffer.from(signature.slice("v1,".length), "base64"))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
