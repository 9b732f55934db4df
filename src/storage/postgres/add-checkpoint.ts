import { type AuditHead, checkpointHash, NO_HASH } from "../audit-hash.ts";
import type { AuditCheckpoint } from "../store.ts";
import { LOCK_COUNTER } from "./audit-statements.ts";
import { inTransaction } from "./in-transaction.ts";
import { BEGIN, type Statement } from "./session.ts";
import type { RetryDeps } from "./with-retries.ts";

const LAST_CHECKPOINT: Statement = {
  name: "last_checkpoint",
  text: "SELECT number, through, hash FROM audit_checkpoints ORDER BY number DESC LIMIT 1",
  values: [],
};

/** Heads of the chains that grew in these rows, in the order of the checkpoint's hash. */
export const selectHeads = (after: number, through: number): Statement => ({
  name: "audit_heads",
  text: `SELECT DISTINCT ON (merchant_uid) merchant_uid AS "orderId", hash FROM audit
    WHERE number > $1 AND number <= $2 ORDER BY merchant_uid NULLS FIRST, position DESC`,
  values: [after, through],
});

/** Covers at most so many rows that no checkpoint covers yet. @returns undefined when there are none */
export function addCheckpoint(
  deps: RetryDeps,
  { at, rowsMax }: { readonly at: number; readonly rowsMax: number },
): Promise<AuditCheckpoint | undefined> {
  let made: { readonly number: number; readonly hash: Buffer } | undefined;
  return inTransaction<AuditCheckpoint | undefined>(deps, {
    async run(session) {
      const [, counter, checkpoint] = await session.run([BEGIN, LOCK_COUNTER, LAST_CHECKPOINT]);
      const last = (checkpoint?.rows[0] ?? { number: 0, through: 0, hash: Buffer.from(NO_HASH) }) as {
        number: number;
        through: number;
        hash: Buffer;
      };
      const through = Math.min(Number(counter?.rows[0]?.["number"]), last.through + rowsMax);
      if (through <= last.through) return { kind: "nothing", value: undefined };
      const [grown] = await session.run([selectHeads(last.through, through)]);
      const number = last.number + 1;
      const { hash, heads } = checkpointHash(
        { number, at, through, prevHash: last.hash },
        (grown?.rows ?? []) as unknown as readonly AuditHead[],
      );
      made = { number, hash };
      const insert = {
        name: "insert_checkpoint",
        text: `INSERT INTO audit_checkpoints (number, at, through, heads, prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6)`,
        values: [number, at, through, heads, last.hash, hash],
      };
      const written = { number, at, heads, hash: hash.toString("hex") };
      return { kind: "writes", statements: [insert], value: () => written };
    },
    async readEnd(session) {
      const text = "SELECT 1 FROM audit_checkpoints WHERE number = $1 AND hash = $2";
      const [, found] = await session.run([
        LOCK_COUNTER,
        { name: "has_checkpoint", text, values: [made?.number, made?.hash] },
      ]);
      return (found?.count ?? 0) > 0 ? "committed" : "nothing";
    },
  });
}
