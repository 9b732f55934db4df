import { type LookupAddress, type LookupOptions, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { isPublicAddress } from "./public-address.ts";

/** Finds the addresses of a name: the machine's when left out. */
export type LookupAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  found: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const CONNECT_MS = 5000;

/** A connection was not opened, because its address is not one of the open internet. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/**
 * Opens connections to the open internet only. What a name resolves to is checked when it is resolved for the connection itself, so
 * that it cannot point elsewhere a moment later.
 */
export function guardedConnector(lookup: LookupAll = systemLookup): buildConnector.connector {
  const guarded: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return callback(error ?? new Error("no address"), "", 0);
      if (!addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new AddressRefused("the name leads to an address that is not public"), "", 0);
      }
      if (options.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ ...CONNECT_OPTIONS, lookup: guarded } as buildConnector.BuildOptions);
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[|\]$/g, "");
    // An address needs no lookup, so nothing else would look at it.
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) {
      callback(new AddressRefused("the address is not public"), null);
      return;
    }
    connect(options, callback);
  };
}

/** Certificates are verified whatever the environment says. */
export const CONNECT_OPTIONS = {
  timeout: CONNECT_MS,
  rejectUnauthorized: true,
  minVersion: "TLSv1.2",
  allowH2: false,
} as const;
