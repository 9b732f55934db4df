/** One table of the schema, as a copy reads it. */
export interface CopiedTable {
  readonly name: string;
  /** What the rows are read by, in the same order on both engines: unique, and with an index on both. */
  readonly key: readonly string[];
}

/** Every table but those of one engine alone (`migrations`, `audit_counter`, `copies`, `copied_tables`). Parents before children. */
export const COPIED_TABLES: readonly CopiedTable[] = [
  { name: "seal_keys", key: ["key_id"] },
  { name: "aggregates", key: ["merchant_uid"] },
  { name: "payments", key: ["merchant_uid", "imp_uid"] },
  { name: "orders", key: ["merchant_uid"] },
  { name: "events", key: ["merchant_uid", "sequence", "position"] },
  { name: "discrepancies", key: ["discrepancy_id"] },
  { name: "refunds", key: ["merchant_uid", "refund_id"] },
  { name: "cancellations", key: ["merchant_uid", "imp_uid", "position"] },
  { name: "tasks", key: ["key"] },
  { name: "hints", key: ["hint_id"] },
  { name: "cursors", key: ["name"] },
  { name: "audit", key: ["number"] },
  { name: "audit_acts_head", key: ["id"] },
  { name: "audit_checkpoints", key: ["number"] },
  { name: "operators", key: ["name"] },
  { name: "console_sessions", key: ["session_hash"] },
  { name: "sign_in_tries", key: ["subject"] },
  { name: "api_keys", key: ["key_id"] },
];

/** Columns that the target has no use for: PostgreSQL's orders have no number of their own. */
export const LEFT_OUT: Readonly<Record<string, readonly string[]>> = { orders: ["row_id"] };
