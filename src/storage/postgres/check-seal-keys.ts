import { DojangError } from "../../errors.ts";
import type { Sealer } from "../seal.ts";
import type { SealKeys } from "../seal-keys.ts";
import { proveSealKey } from "../seal-proof.ts";
import type { Pool } from "./open-pool.ts";

/**
 * Refuses a database whose personal data the keys at hand cannot open. Notes a key that seals here for the first time.
 *
 * @throws {DojangError} `storage_unavailable`
 */
export async function checkSealKeys(
  pool: Pool,
  held: { readonly keys: readonly [SealKeys, ...SealKeys[]]; readonly sealer: Sealer; readonly now: number },
): Promise<void> {
  const select = { name: "seal_keys", text: "SELECT key_id AS id, proof FROM seal_keys", values: [] };
  await pool.use(async (session) => {
    const [found] = await session.run([select]);
    const proof = proveSealKey(found?.rows as unknown as { id: Buffer; proof: Buffer }[], {
      ...held,
      refuse: (why) =>
        new DojangError("storage_unavailable", `Cannot open the database ${pool.address.shown}: ${why}`),
    });
    if (proof === undefined) return;
    await session.run([
      {
        name: "insert_seal_key",
        // Not where a copy has begun since: it brings its keys.
        text: `INSERT INTO seal_keys (key_id, proof, added_at) SELECT $1::bytea, $2::bytea, $3::bigint
          WHERE NOT EXISTS (SELECT 1 FROM copies WHERE completed_at IS NULL) ON CONFLICT (key_id) DO NOTHING`,
        values: [held.keys[0].keyId, proof, held.now],
      },
    ]);
  });
}
