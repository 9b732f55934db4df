import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { DojangError } from "../errors.ts";

/** The keys that one data key stands for, each for one use. */
export interface SealKeys {
  /** Four bytes that name the data key without giving it away. */
  readonly keyId: Buffer;
  readonly sealKey: KeyObject;
  readonly indexKey: KeyObject;
}

const DATA_KEY_BYTES = 32;
const KEY_ID_BYTES = 4;

/** Derives the sub-keys by HKDF-SHA256. The `info` texts are part of the format at rest: never change one. */
export function deriveSealKeys(dataKey: Uint8Array): SealKeys {
  if (dataKey.length !== DATA_KEY_BYTES) {
    throw new DojangError(
      "internal_error",
      `Cannot use the data key: expected 32 bytes, got ${dataKey.length}`,
    );
  }
  const derive = (info: string, length: number) =>
    Buffer.from(hkdfSync("sha256", dataKey, new Uint8Array(0), info, length));
  return {
    keyId: derive("dojang key id v1", KEY_ID_BYTES),
    sealKey: createSecretKey(derive("dojang seal v1", 32)),
    indexKey: createSecretKey(derive("dojang blind index v1", 32)),
  };
}
