import { randomBytes } from "node:crypto";
import { type AuditRow, fromAuditRow } from "../rows/audit-row.ts";
import { DISCREPANCY_COLUMNS, type DiscrepancyRow, fromDiscrepancyRow } from "../rows/discrepancy-row.ts";
import { fromHintRow, type HintRow } from "../rows/hint-row.ts";
import { ORDER_COLUMNS, type OrderRow, readOrderRow } from "../rows/order-row.ts";
import { fromPaymentRow, PAYMENT_COLUMNS, type PaymentRow } from "../rows/payment-row.ts";
import { fromRefundRow, REFUND_COLUMNS, type RefundRow } from "../rows/refund-row.ts";
import type { SealContext } from "../rows/seal-context.ts";
import { createSealer } from "../seal.ts";
import { createBlindIndex } from "../seal-blind-index.ts";
import { deriveSealKeys } from "../seal-keys.ts";
import type { Moment } from "./with-moment.ts";

/** What is sealed in one table, and the reader that opens it. */
interface SealedTable {
  readonly select: string;
  readonly idOf: (row: never) => string;
  readonly open: (row: never, context: SealContext) => unknown;
}

function sealed<Row>(select: string, idOf: (row: Row) => string, open: SealedTable["open"]): SealedTable {
  return { select, idOf, open };
}

const TABLES: readonly SealedTable[] = [
  sealed<OrderRow>(
    `SELECT ${ORDER_COLUMNS} FROM orders
     WHERE coalesce(account_private, customer_private, metadata_private) IS NOT NULL`,
    (row) => `order ${row.merchant_uid}`,
    readOrderRow,
  ),
  sealed<PaymentRow>(
    `SELECT ${PAYMENT_COLUMNS.join(", ")} FROM payments`,
    (row) => `payment ${row.imp_uid}`,
    (row, { sealer }) => fromPaymentRow(row, sealer),
  ),
  sealed<RefundRow>(
    `SELECT ${REFUND_COLUMNS.join(", ")} FROM refunds`,
    (row) => `refund ${row.refund_id}`,
    fromRefundRow,
  ),
  sealed<DiscrepancyRow>(
    `SELECT ${DISCREPANCY_COLUMNS} FROM discrepancies`,
    (row) => `discrepancy ${row.discrepancy_id}`,
    fromDiscrepancyRow,
  ),
  sealed<HintRow>("SELECT * FROM hints", (row) => `webhook ${row.hint_id}`, fromHintRow),
  sealed<AuditRow>(
    `SELECT number, merchant_uid, position, at, actor, action, subject, data, reason_private, hash FROM audit
     WHERE reason_private IS NOT NULL`,
    (row) => `audit row ${row.number}`,
    fromAuditRow,
  ),
];

/** Rows between two shows of the progress. */
const STEP_ROWS = 1_000;

/** Opens everything that is sealed, with the readers that the server uses, and names each row that does not open. */
export async function checkSeals(
  moment: Moment,
  options: {
    readonly dataKey: Uint8Array;
    readonly onBroken: (id: string) => void;
    /** 0 to 1. */
    readonly onProgress: (share: number) => void;
  },
): Promise<void> {
  const keys = [deriveSealKeys(options.dataKey)] as const;
  const context: SealContext = {
    sealer: createSealer({ keys, randomBytes }),
    blindIndex: createBlindIndex(keys),
    random: randomBytes,
  };
  const tables = TABLES.map(({ select }) => `SELECT count(*) AS count FROM (${select}) AS sealed`);
  const counted = await moment.first<{ count: number }>(
    `SELECT CAST(sum(count) AS BIGINT) AS count FROM (${tables.join(" UNION ALL ")}) AS counted`,
  );
  const total = counted?.count ?? 0;
  let seen = 0;
  for (const { select, idOf, open } of TABLES) {
    for await (const row of moment.rows<never>(select)) {
      try {
        open(row, context);
      } catch {
        options.onBroken(idOf(row));
      }
      seen += 1;
      if (seen % STEP_ROWS === 0) options.onProgress(seen / total);
    }
  }
}
