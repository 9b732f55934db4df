import type Database from "better-sqlite3";
import { DojangError } from "../../errors.ts";
import type { Sealer } from "../seal.ts";
import type { SealKeys } from "../seal-keys.ts";

const PROOF = "dojang";

/**
 * Refuses a database whose personal data the keys at hand cannot open: better at the start than at the first read.
 * Notes a key that seals here for the first time.
 *
 * @throws {DojangError} `storage_unavailable`
 */
export function checkSealKeys(
  db: Database.Database,
  held: { readonly keys: readonly [SealKeys, ...SealKeys[]]; readonly sealer: Sealer; readonly now: number },
): void {
  const { keys, sealer } = held;
  const rows = db.prepare<[], { key_id: Buffer; proof: Buffer }>("SELECT key_id, proof FROM seal_keys").all();
  for (const row of rows) {
    const id = row.key_id.toString("hex");
    try {
      sealer.open(row.proof, { table: "seal_keys", column: "proof", row: id });
    } catch (cause) {
      throw new DojangError(
        "storage_unavailable",
        `Cannot open the database ${db.name}: it was sealed under another data key (id ${id})`,
        { cause },
      );
    }
  }
  const current = keys[0].keyId;
  if (rows.some((row) => row.key_id.equals(current))) return;
  const proof = sealer.seal(PROOF, { table: "seal_keys", column: "proof", row: current.toString("hex") });
  db.prepare("INSERT INTO seal_keys (key_id, proof, added_at) VALUES (?, ?, ?)").run(
    current,
    proof,
    held.now,
  );
}
