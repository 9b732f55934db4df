import { Pool } from "undici";
import type { Clock } from "../clock.ts";
import type { EventEndpoint, OutgoingEvent, SendEventResult } from "./event-endpoint.ts";
import { AddressRefused, CONNECT_OPTIONS, guardedConnector, type LookupAll } from "./guarded-connector.ts";
import { signEvent } from "./sign-event.ts";

export interface EventEndpointOptions {
  readonly url: string;
  /** One or two. */
  readonly secrets: readonly Uint8Array[];
  /** Whether the target may be this machine or its network. */
  readonly allowsLocal: boolean;
  readonly clock: Clock;
  readonly lookup?: LookupAll;
}

const DEADLINE_MS = 15_000;
/** A shop that hangs must not take every worker of the task runner. */
const SENDS_MAX = 16;
/** The status is all that counts; a short answer is read so that the connection can be kept. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** Sends signed events to the shop: one POST per attempt, no redirects, a deadline for the whole exchange. */
export function openEventEndpoint(options: EventEndpointOptions): EventEndpoint {
  const { clock, secrets, allowsLocal, lookup } = options;
  const { origin, pathname, search } = new URL(options.url);
  const pool = new Pool(origin, {
    connections: SENDS_MAX,
    pipelining: 1,
    connect: allowsLocal ? CONNECT_OPTIONS : guardedConnector(lookup),
  });
  let underWay = 0;
  const post = async ({ id, body }: OutgoingEvent, signal: AbortSignal): Promise<SendEventResult> => {
    const signature = signEvent({ id, body, sentAt: clock.now() }, secrets);
    const headers = { "content-type": "application/json", "user-agent": "dojang", ...signature };
    const path = pathname + search;
    const answer = await pool.request({ method: "POST", path, headers, body, signal });
    await answer.body.dump({ limit: ANSWER_BYTES_MAX, signal }).catch(() => {});
    const { statusCode } = answer;
    return statusCode >= 200 && statusCode < 300
      ? { kind: "taken", status: statusCode }
      : { kind: "not_taken", reason: `http_${statusCode}`, status: statusCode };
  };
  const close = () => pool.destroy();
  return {
    async send(event) {
      if (underWay >= SENDS_MAX) return { kind: "busy" };
      underWay += 1;
      const deadline = new AbortController();
      const cancel = clock.after(DEADLINE_MS, () => deadline.abort());
      try {
        return await post(event, deadline.signal);
      } catch (error) {
        return { kind: "not_taken", reason: deadline.signal.aborted ? "timeout" : reasonOf(error) };
      } finally {
        cancel();
        underWay -= 1;
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function reasonOf(error: unknown): string {
  return error instanceof AddressRefused ? "address_not_public" : "connection_failed";
}
