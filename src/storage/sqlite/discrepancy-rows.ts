import type { NewDiscrepancy, Resolution } from "../../domain/decision.ts";
import {
  DISCREPANCY_COLUMNS,
  type DiscrepancyRow,
  evidencePlace,
  fromDiscrepancyRow,
  reasonPlace,
} from "../rows/discrepancy-row.ts";
import { mintId } from "../rows/mint-id.ts";
import type { DiscrepancyQuery, StoredDiscrepancy } from "../store.ts";
import type { RowContext } from "./row-context.ts";

export interface DiscrepancyRows {
  /** @returns false, and writes nothing, when the cause is known */
  open(discrepancy: NewDiscrepancy, at: { readonly orderId: string; readonly now: number }): boolean;
  /** Causes that concern the payment, or no payment at all. */
  readCauses(orderId: string, paymentId: string | undefined): string[];
  /** @returns false, and writes nothing, when it is resolved already or not this order's */
  resolve(resolution: Resolution, at: { readonly orderId: string; readonly now: number }): boolean;
  /** The id of the discrepancy of this cause, unless it is resolved. */
  findOpen(orderId: string, cause: string): string | undefined;
  read(id: string): StoredDiscrepancy | undefined;
  /** Newest first, one more than the limit where there are more. */
  list(query: Omit<DiscrepancyQuery, "cursor"> & { readonly before: string }): StoredDiscrepancy[];
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
  const selectOpen = db
    .prepare<[string, string], string>(
      "SELECT discrepancy_id FROM discrepancies WHERE merchant_uid = ? AND cause = ? AND resolved_at IS NULL",
    )
    .pluck();
  const selectAll = db.prepare<[string], DiscrepancyRow>(
    `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies WHERE merchant_uid = ?`,
  );
  const select = db.prepare<[string], DiscrepancyRow>(
    `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies WHERE discrepancy_id = ?`,
  );
  const selectPage = (where: string) =>
    db.prepare<[object], DiscrepancyRow>(
      `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies
       WHERE discrepancy_id < @before AND ${where} AND (@kind IS NULL OR kind = @kind)
       ORDER BY discrepancy_id DESC LIMIT @limit`,
    );
  const pages = {
    all: selectPage("TRUE"),
    open: selectPage("resolved_at IS NULL"),
    resolved: selectPage("resolved_at IS NOT NULL"),
  };
  const end = db.prepare(
    `UPDATE discrepancies SET resolved_at = ?, resolve_action = ?, resolve_actor = ?, resolve_reason_private = ?
     WHERE discrepancy_id = ? AND merchant_uid = ? AND resolved_at IS NULL`,
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
    resolve({ discrepancyId, action, actor, reason }, { orderId, now }) {
      const sealed = sealer.seal(reason, reasonPlace(discrepancyId));
      return end.run(now, action, actor, sealed, discrepancyId, orderId).changes > 0;
    },
    read(id) {
      const row = select.get(id);
      return row === undefined ? undefined : fromDiscrepancyRow(row, context);
    },
    findOpen: (orderId, cause) => selectOpen.get(orderId, cause),
    list({ isOpen, kind, limit, before }) {
      const page = isOpen === undefined ? pages.all : isOpen ? pages.open : pages.resolved;
      return page
        .all({ before, kind: kind ?? null, limit: limit + 1 })
        .map((row) => fromDiscrepancyRow(row, context));
    },
    readCauses: (orderId, paymentId) => selectCauses.all(orderId, paymentId ?? null),
    readAll(orderId) {
      // An id begins with the time of its opening. Sorted here: the database would copy the evidence to sort it.
      const rows = selectAll
        .all(orderId)
        .sort((one, other) => (one.discrepancy_id < other.discrepancy_id ? -1 : 1));
      return rows.map((row) => fromDiscrepancyRow(row, context));
    },
  };
}
