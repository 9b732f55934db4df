import type { NewDiscrepancy, Resolution } from "../../domain/decision.ts";
import type { DiscrepancyQuery, StoredDiscrepancy } from "../store.ts";
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
  readonly resolve_action: Resolution["action"] | null;
  readonly resolve_actor: string | null;
  readonly resolve_reason_private: Buffer | null;
}

const COLUMNS = `discrepancy_id, merchant_uid, cause, imp_uid, kind, opened_at, resolved_at, evidence_private,
  resolve_action, resolve_actor, resolve_reason_private`;

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
    `SELECT ${COLUMNS} FROM discrepancies WHERE merchant_uid = ?`,
  );
  const select = db.prepare<[string], DiscrepancyRow>(
    `SELECT ${COLUMNS} FROM discrepancies WHERE discrepancy_id = ?`,
  );
  const selectPage = (where: string) =>
    db.prepare<[object], DiscrepancyRow>(
      `SELECT ${COLUMNS} FROM discrepancies
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
      return row === undefined ? undefined : fromRow(row, context);
    },
    findOpen: (orderId, cause) => selectOpen.get(orderId, cause),
    list({ isOpen, kind, limit, before }) {
      const page = isOpen === undefined ? pages.all : isOpen ? pages.open : pages.resolved;
      return page.all({ before, kind: kind ?? null, limit: limit + 1 }).map((row) => fromRow(row, context));
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
  if (row.resolve_action !== null && row.resolve_reason_private !== null) {
    const reason = sealer.open(row.resolve_reason_private, reasonPlace(row.discrepancy_id)).toString("utf8");
    discrepancy.resolution = { action: row.resolve_action, actor: row.resolve_actor ?? "", reason };
  }
  return discrepancy;
}

function evidencePlace(id: string) {
  return { table: "discrepancies", column: "evidence_private", row: id };
}

function reasonPlace(id: string) {
  return { table: "discrepancies", column: "resolve_reason_private", row: id };
}
