import type { IncomingMessage, ServerResponse } from "node:http";
import type { Webhook } from "standardwebhooks";

/** What Dojang tells; there are more fields. */
export interface ShopEvent {
  type: string;
  /** When it happened, RFC 3339. */
  timestamp: string;
  data: { merchant_uid?: string; sequence?: number };
}

const BODY_BYTES_MAX = 64 * 1024;

/**
 * Takes one event or question: checks its signature and its time, and hands it on. Answers 204, or 409 with the reason that comes
 * back; a type that this shop does not know is no reason to be told of it again. Anything that Dojang did not sign is refused.
 */
export async function takeEvent(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  {
    webhook,
    onEvent,
  }: {
    webhook: Webhook;
    onEvent: (webhookId: string, event: ShopEvent) => Promise<string | undefined>;
  },
): Promise<void> {
  const body = await readBody(request);
  const event = body === undefined ? undefined : verified({ request, body, webhook });
  // A real shop writes what it does and the webhook-id in one transaction: the same event may come again.
  const id = String(request.headers["webhook-id"]);
  const reason = event === undefined ? undefined : await onEvent(id, event);
  if (reason === undefined) response.writeHead(event === undefined ? 401 : 204).end();
  else response.writeHead(409, { "content-type": "application/json" }).end(JSON.stringify({ reason }));
}

/** The event, or undefined where the signature, or the time within five minutes, is not Dojang's. */
function verified(of: { request: IncomingMessage; body: string; webhook: Webhook }): ShopEvent | undefined {
  try {
    return of.webhook.verify(of.body, of.request.headers as Record<string, string>) as ShopEvent;
  } catch {
    // Never tell a stranger why.
    return undefined;
  }
}

/** The body as it came, which is what was signed; undefined where it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
