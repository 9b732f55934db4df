import { createCipheriv, createDecipheriv } from "node:crypto";
import type { SealKeys } from "./seal-keys.ts";

/** Where a sealed value lives. Bound into it: a value that is moved to another row or column does not open. */
export interface Place {
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

/** Keeps personal data at rest by AES-256-GCM. */
export interface Sealer {
  seal(plain: string | Uint8Array, place: Place): Buffer;
  /** @throws {Error} when the bytes were changed or moved, or when their key is not at hand */
  open(sealed: Uint8Array, place: Place): Buffer;
}

/** Byte 0 of every sealed value. Then: key id (4), nonce (12), ciphertext, tag (16). */
const FORMAT = 1;
const KEY_ID_END = 1 + 4;
const NONCE_BYTES = 12;
const NONCE_END = KEY_ID_END + NONCE_BYTES;
const TAG_BYTES = 16;

/**
 * The first key seals, every key opens: that is how a key is rotated.
 *
 * Nonces are random, so one data key is good for 2^32 sealed values (NIST SP 800-38D, 8.3).
 */
export function createSealer(options: {
  readonly keys: readonly [SealKeys, ...SealKeys[]];
  readonly randomBytes: (size: number) => Uint8Array;
}): Sealer {
  const { keys, randomBytes } = options;
  const current = keys[0];
  const head = Buffer.concat([Buffer.of(FORMAT), current.keyId]);

  return {
    seal(plain, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", current.sealKey, nonce);
      cipher.setAAD(boundTo(place));
      const body = typeof plain === "string" ? cipher.update(plain, "utf8") : cipher.update(plain);
      return Buffer.concat([head, nonce, body, cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < NONCE_END + TAG_BYTES || bytes[0] !== FORMAT)
        throw cannotOpen(place, "unknown format");
      const keyId = bytes.subarray(1, KEY_ID_END);
      const key = keys.find((candidate) => candidate.keyId.equals(keyId));
      if (key === undefined) throw cannotOpen(place, `no data key with id ${keyId.toString("hex")}`);
      const tagStart = bytes.length - TAG_BYTES;
      const decipher = createDecipheriv("aes-256-gcm", key.sealKey, bytes.subarray(KEY_ID_END, NONCE_END), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(boundTo(place));
      decipher.setAuthTag(bytes.subarray(tagStart));
      const body = decipher.update(bytes.subarray(NONCE_END, tagStart));
      try {
        decipher.final();
      } catch (cause) {
        throw cannotOpen(place, "it was changed or moved", cause);
      }
      return body;
    },
  };
}

/** Table and column are constants without a colon, so no two places make the same bytes. */
function boundTo(place: Place): Buffer {
  return Buffer.from(`${place.table}.${place.column}:${place.row}`, "utf8");
}

function cannotOpen(place: Place, why: string, cause?: unknown): Error {
  return new Error(`Cannot open ${place.table}.${place.column}: ${why}`, { cause });
}
