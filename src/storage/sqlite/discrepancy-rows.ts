import type { NewDiscrepancy } from "../../domain/decision.ts";
import type { StoredDiscrepancy } from "../store.ts";
import { mintId } from "./mint-id.ts";
import type { Draft, RowContext } from "./row-context.ts";

interface DiscrepancyRow {
  readonly discrepancy_id: string;
  readonly merchant_uid: string;
  readonly cause: string;
  readonly imp_uid: string | null;
  readonly kind: StoredDiscrepancy["kind"];
  readonly opened_at: number;
  readonly resolved_at: number | null;
  readonly evidence_private: Buffer;
}

export interface DiscrepancyRows {
  /** @returns false, and writes nothing, when the cause is known */
  open(discrepancy: NewDiscrepancy, at: { readonly orderId: string; readonly now: number }): boolean;
  /** Causes that concern the payment, or no payment at all. */
  readCauses(orderId: string, paymentId: string | undefined): string[];
  /** Oldest first. */
  readAll(orderId: string): StoredDiscrepancy[];
}

export function createDiscrepancyRows(context: RowContext): DiscrepancyRows {
  const { db, sealer, random } = context;
  const insert = db.prepare(
    `INSERT INTO discrepancies (discrepancy_id, merchant_uid, cause, imp_uid, kind, opened_at, evidence_private)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (merchant_uid, cause) DO NOTHING`,
  );
  const selectCauses = db
    .prepare<[string, string | null], string>(
      "SELECT cause FROM discrepancies WHERE merchant_uid = ? AND (imp_uid IS NULL OR imp_uid = ?)",
    )
    .pluck();
  const selectAll = db.prepare<[string], DiscrepancyRow>(
    `SELECT discrepancy_id, merchant_uid, cause, imp_uid, kind, opened_at, resolved_at, evidence_private
     FROM discrepancies WHERE merchant_uid = ?`,
  );
  return {
    open(discrepancy, { orderId, now }) {
      const id = mintId("dsc_", { at: now, random });
      const evidence = sealer.seal(JSON.stringify(discrepancy.evidence), evidencePlace(id));
      const paymentId = discrepancy.paymentId ?? null;
      return (
        insert.run(id, orderId, discrepancy.cause, paymentId, discrepancy.kind, now, evidence).changes > 0
      );
    },
    readCauses: (orderId, paymentId) => selectCauses.all(orderId, paymentId ?? null),
    readAll(orderId) {
      // An id begins with the time of its opening. Sorted here: the database would copy the evidence to sort it.
      const rows = selectAll
        .all(orderId)
        .sort((one, other) => (one.discrepancy_id < other.discrepancy_id ? -1 : 1));
      return rows.map((row) => fromRow(row, context));
    },
  };
}

function fromRow(row: DiscrepancyRow, { sealer }: RowContext): StoredDiscrepancy {
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
  return discrepancy;
}

function evidencePlace(id: string) {
  return { table: "discrepancies", column: "evidence_private", row: id };
}
