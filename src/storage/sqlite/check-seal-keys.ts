import type Database from "better-sqlite3";
import { DojangError } from "../../errors.ts";
import type { Sealer } from "../seal.ts";
import type { SealKeys } from "../seal-keys.ts";
import { proveSealKey, type StoredProof } from "../seal-proof.ts";

/**
 * Refuses a database whose personal data the keys at hand cannot open. Notes a key that seals here for the first time.
 *
 * @throws {DojangError} `storage_unavailable`
 */
export function checkSealKeys(
  db: Database.Database,
  held: { readonly keys: readonly [SealKeys, ...SealKeys[]]; readonly sealer: Sealer; readonly now: number },
): void {
  const stored = db.prepare<[], StoredProof>("SELECT key_id AS id, proof FROM seal_keys").all();
  const proof = proveSealKey(stored, {
    ...held,
    refuse: (why) => new DojangError("storage_unavailable", `Cannot open the database ${db.name}: ${why}`),
  });
  if (proof === undefined) return;
  db.prepare("INSERT INTO seal_keys (key_id, proof, added_at) VALUES (?, ?, ?)").run(
    held.keys[0].keyId,
    proof,
    held.now,
  );
}
