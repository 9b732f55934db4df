import { Pool } from "undici";
import type { Clock } from "../clock.ts";
import { AddressRefused, CONNECT_OPTIONS, guardedConnector, type LookupAll } from "./guarded-connector.ts";
import { signEvent } from "./sign-event.ts";

/** One address of the shop's, and the secrets that it knows Dojang by. */
export interface SignedTarget {
  readonly url: string;
  /** One or two. */
  readonly secrets: readonly Uint8Array[];
  /** Whether the target may be this machine or its network. */
  readonly allowsLocal: boolean;
  readonly clock: Clock;
  readonly lookup?: LookupAll;
}

/** Posts signed JSON to one address: kept connections, no redirects, and in live no address of this machine or its network. */
export function openSignedPool(target: SignedTarget, { connections }: { readonly connections: number }) {
  const { clock, secrets, allowsLocal, lookup } = target;
  const { origin, pathname, search } = new URL(target.url);
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    connect: allowsLocal ? CONNECT_OPTIONS : guardedConnector(lookup),
  });
  return {
    post({ id, body }: { readonly id: string; readonly body: string }, signal: AbortSignal) {
      const signature = signEvent({ id, body, sentAt: clock.now() }, secrets);
      const headers = { "content-type": "application/json", "user-agent": "dojang", ...signature };
      return pool.request({ method: "POST", path: pathname + search, headers, body, signal });
    },
    close: () => pool.destroy(),
  };
}

/** A fixed word for why nothing came back. */
export function sendingFault(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return "timeout";
  return error instanceof AddressRefused ? "address_not_public" : "connection_failed";
}
