import { DojangError } from "../../errors.ts";
import type { Pool } from "./open-pool.ts";

/** Refuses a database that a copy is still filling: whatever is not there yet would be decided anew. @throws {DojangError} `storage_unavailable` */
export async function refuseHalfCopy(pool: Pool): Promise<void> {
  const text = "SELECT 1 FROM copies WHERE completed_at IS NULL";
  const [found] = await pool.use((session) => session.run([{ name: "half_copy", text, values: [] }]));
  if (found?.count === 0) return;
  throw new DojangError(
    "storage_unavailable",
    `Cannot open the database ${pool.address.shown}: the copy into it is not complete; run dojang db copy again`,
  );
}
