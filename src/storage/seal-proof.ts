import type { DojangError } from "../errors.ts";
import type { Sealer } from "./seal.ts";
import type { SealKeys } from "./seal-keys.ts";

const PROOF = "dojang";

export interface StoredProof {
  readonly id: Buffer;
  readonly proof: Buffer;
}

/**
 * Whether the keys at hand open what is stored: better known at the start than at the first read.
 *
 * @returns the proof to store for a key that seals here for the first time
 * @throws what `refuse` makes, in one line, of a key that is not there
 */
export function proveSealKey(
  stored: readonly StoredProof[],
  held: {
    readonly keys: readonly [SealKeys, ...SealKeys[]];
    readonly sealer: Sealer;
    readonly refuse: (why: string) => DojangError;
  },
): Buffer | undefined {
  const { keys, sealer, refuse } = held;
  const placeOf = (id: Buffer) => ({ table: "seal_keys", column: "proof", row: id.toString("hex") });
  for (const { id, proof } of stored) {
    try {
      sealer.open(proof, placeOf(id));
    } catch {
      throw refuse(`it was sealed under another data key (id ${id.toString("hex")})`);
    }
  }
  const current = keys[0].keyId;
  if (stored.some(({ id }) => id.equals(current))) return undefined;
  return sealer.seal(PROOF, placeOf(current));
}
