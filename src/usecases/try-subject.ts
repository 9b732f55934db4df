import { createHash } from "node:crypto";

export const TRIES_WINDOW_MS = 15 * 60_000;

/** What tries are counted by: a digest, so that no name and no address stands where they are counted. */
export function trySubject(...parts: readonly string[]): Uint8Array {
  return createHash("sha256").update(JSON.stringify(parts)).digest();
}
