import type { Row, Statement } from "./session.ts";

export interface Root {
  readonly version: number;
  readonly attemptCount: number;
  readonly auditHead: Buffer | null;
}

/** Waits until no other transaction holds the order. Whatever is read by later statements is what they left. */
export const lockRoot = (orderId: string): Statement => ({
  name: "lock_root",
  text: `SELECT version, attempt_count AS "attemptCount", audit_head AS "auditHead" FROM aggregates
    WHERE merchant_uid = $1 FOR UPDATE`,
  values: [orderId],
});

export const makeRoot = (orderId: string): Statement => ({
  name: "make_root",
  text: "INSERT INTO aggregates (merchant_uid, version, attempt_count) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING",
  values: [orderId],
});

export const rootOf = (row: Row | undefined) => row as Root | undefined;

/** How many of the last writes are known by their ids. */
const WRITE_IDS_MAX = 8;
const WRITE_IDS = `(write_ids || $4::text)[greatest(1, cardinality(write_ids) - ${WRITE_IDS_MAX - 2}):]`;

export function raiseRoot(
  orderId: string,
  to: {
    readonly version: number;
    readonly attemptCount: number;
    readonly writeId: string;
    readonly auditHead?: Buffer | undefined;
  },
): Statement {
  const values = [orderId, to.version, to.attemptCount, to.writeId];
  if (to.auditHead === undefined) {
    return {
      name: "raise_root",
      text: `UPDATE aggregates SET version = $2, attempt_count = $3, write_ids = ${WRITE_IDS}
        WHERE merchant_uid = $1 AND version = $2 - 1`,
      values,
    };
  }
  return {
    name: "raise_root_audited",
    text: `UPDATE aggregates SET version = $2, attempt_count = $3, write_ids = ${WRITE_IDS}, audit_head = $5
      WHERE merchant_uid = $1 AND version = $2 - 1`,
    values: [...values, to.auditHead],
  };
}

/** Waits for the end of whoever holds the root, so a write of ours that is still under way is seen as what it became. */
export const hasWritten = (orderId: string, writeId: string): Statement => ({
  name: "has_written",
  text: `SELECT $2::text = ANY (write_ids) AS "isWritten", version FROM aggregates WHERE merchant_uid = $1 FOR UPDATE`,
  values: [orderId, writeId],
});

/** What `hasWritten` found of a write that raised the root from `version`. `unknown`: too many others have written since. */
export function whatBecame(row: Row | undefined, version: number): "committed" | "nothing" | "unknown" {
  if (row?.["isWritten"] === true) return "committed";
  return Number(row?.["version"] ?? 0) > version + WRITE_IDS_MAX ? "unknown" : "nothing";
}
