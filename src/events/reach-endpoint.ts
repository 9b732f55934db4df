import { buildConnector } from "undici";
import { AddressRefused, CONNECT_OPTIONS, guardedConnector, type LookupAll } from "./guarded-connector.ts";

export type ReachResult =
  | { readonly kind: "reached" }
  /** `reason` is a fixed word, or the system's name of the fault. */
  | { readonly kind: "not_reached"; readonly reason: string };

/** Opens a connection to the shop's endpoint as a delivery would, TLS included, and closes it. Nothing is sent. */
export function reachEndpoint({
  url,
  allowsLocal,
  lookup,
}: {
  readonly url: string;
  readonly allowsLocal: boolean;
  readonly lookup?: LookupAll;
}): Promise<ReachResult> {
  const { hostname, host, protocol, port } = new URL(url);
  const connect = allowsLocal ? buildConnector(CONNECT_OPTIONS) : guardedConnector(lookup);
  return new Promise((resolve) => {
    connect({ hostname, host, protocol, port }, (error, socket) => {
      if (error !== null) return resolve({ kind: "not_reached", reason: reasonOf(error) });
      socket.destroy();
      resolve({ kind: "reached" });
    });
  });
}

function reasonOf(error: Error): string {
  if (error instanceof AddressRefused) return "address_not_public";
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? code : "connection_failed";
}
