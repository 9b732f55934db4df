import type { Resolution } from "../../domain/decision.ts";
import type { StoredDiscrepancy } from "../store.ts";
import type { Draft, SealContext } from "./seal-context.ts";

export interface DiscrepancyRow {
  readonly discrepancy_id: string;
  readonly merchant_uid: string;
  readonly cause: string;
  readonly imp_uid: string | null;
  readonly kind: StoredDiscrepancy["kind"];
  readonly opened_at: number;
  readonly resolved_at: number | null;
  readonly evidence_private: Buffer;
  readonly resolve_action: Resolution["action"] | null;
  readonly resolve_actor: string | null;
  readonly resolve_reason_private: Buffer | null;
}

export const DISCREPANCY_COLUMNS = `discrepancy_id, merchant_uid, cause, imp_uid, kind, opened_at, resolved_at, evidence_private,
  resolve_action, resolve_actor, resolve_reason_private`;

export function fromDiscrepancyRow(row: DiscrepancyRow, { sealer }: SealContext): StoredDiscrepancy {
  const discrepancy: Draft<StoredDiscrepancy> = {
    id: row.discrepancy_id,
    orderId: row.merchant_uid,
    kind: row.kind,
    cause: row.cause,
    evidence: JSON.parse(
      sealer.open(row.evidence_private, evidencePlace(row.discrepancy_id)).toString("utf8"),
    ),
    openedAt: row.opened_at,
  };
  if (row.imp_uid !== null) discrepancy.paymentId = row.imp_uid;
  if (row.resolved_at !== null) discrepancy.resolvedAt = row.resolved_at;
  if (row.resolve_action !== null && row.resolve_reason_private !== null) {
    const reason = sealer.open(row.resolve_reason_private, reasonPlace(row.discrepancy_id)).toString("utf8");
    discrepancy.resolution = { action: row.resolve_action, actor: row.resolve_actor ?? "", reason };
  }
  return discrepancy;
}

export function evidencePlace(id: string) {
  return { table: "discrepancies", column: "evidence_private", row: id };
}

export function reasonPlace(id: string) {
  return { table: "discrepancies", column: "resolve_reason_private", row: id };
}
