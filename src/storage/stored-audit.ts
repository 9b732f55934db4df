import type { AuditAction, NewAudit } from "../domain/decision.ts";

/** What an operator may do that concerns no order of its own. */
export type ActAction =
  | "delivery.retried"
  | "task.retried"
  | "reconcile.started"
  | "events.enabled"
  | "event.tested"
  | "operator.added"
  | "operator.changed"
  | "operator.password_changed"
  | "operator.signed_in"
  | "operator.signed_out_everywhere"
  | "api_key.added"
  | "api_key.revoked"
  | "personal_data.shown"
  | "orders.exported"
  | "notice.resent";

export interface OperatorAct extends Omit<NewAudit, "action" | "reason"> {
  readonly action: ActAction;
  /** Encrypted at rest. */
  readonly reason?: string;
}

/** Who did what, and why: one row of a chain. */
export interface StoredAudit extends Omit<OperatorAct, "action"> {
  readonly action: AuditAction | ActAction;
  /** Absent for an operator's act. */
  readonly orderId?: string;
  /** In its chain, from 1 on. */
  readonly position: number;
  readonly at: number;
  /** SHA-256 over the row and the hash of the one before, in hex. */
  readonly hash: string;
}

export interface ActPage {
  /** Newest first. */
  readonly acts: readonly StoredAudit[];
  readonly nextCursor?: string;
}

/** What the heads of all chains were at a time, by one hash. */
export interface AuditCheckpoint {
  readonly number: number;
  readonly at: number;
  /** How many chains grew since the checkpoint before. */
  readonly heads: number;
  /** In hex. It covers the checkpoint before. */
  readonly hash: string;
}
