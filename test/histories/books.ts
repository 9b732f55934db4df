import Database from "better-sqlite3";

export interface RefundRow {
  readonly refund_id: string;
  readonly merchant_uid: string;
  readonly imp_uid: string;
  readonly amount_minor: number;
  readonly state: "requested" | "unknown" | "succeeded" | "failed";
  readonly sends: number;
  readonly sent_at: number | null;
  readonly accepted_at: number | null;
  readonly failure_code: string | null;
}

export interface OrderRow {
  readonly merchant_uid: string;
  readonly status: string;
  readonly paid_by: string | null;
  readonly refunded_minor: number;
}

interface DiscrepancyRow {
  readonly discrepancy_id: string;
  readonly merchant_uid: string;
  readonly imp_uid: string | null;
  readonly cause: string;
  readonly kind: string;
  readonly opened_at: number;
  readonly resolved_at: number | null;
}

/** Reads what is committed in the database file, past the server: also while it is dead. */
export class Books {
  readonly #db: Database.Database;
  readonly #refund: Database.Statement<[string], RefundRow>;
  readonly #refunds: Database.Statement<[], RefundRow>;
  readonly #orders: Database.Statement<[], OrderRow>;
  readonly #discrepancies: Database.Statement<[], DiscrepancyRow>;
  readonly #tasks: Database.Statement<[], string>;

  constructor(path: string) {
    this.#db = new Database(path, { readonly: true });
    this.#refund = this.#db.prepare("SELECT * FROM refunds WHERE refund_id = ?");
    this.#refunds = this.#db.prepare("SELECT * FROM refunds ORDER BY requested_at, refund_id");
    this.#orders = this.#db.prepare("SELECT * FROM orders ORDER BY row_id");
    this.#discrepancies = this.#db.prepare("SELECT * FROM discrepancies ORDER BY opened_at, cause");
    const awake = "SELECT imp_uid FROM tasks WHERE kind = 'refund' AND state IN ('due', 'leased')";
    this.#tasks = this.#db.prepare<[], string>(awake).pluck();
  }

  refund(refundId: string): RefundRow | undefined {
    return this.#refund.get(refundId);
  }

  refunds(): readonly RefundRow[] {
    return this.#refunds.all();
  }

  orders(): readonly OrderRow[] {
    return this.#orders.all();
  }

  discrepancies(): readonly DiscrepancyRow[] {
    return this.#discrepancies.all();
  }

  /** Payments whose refunds have a task that will run. */
  paymentsWithTask(): ReadonlySet<string> {
    return new Set(this.#tasks.all());
  }

  close(): void {
    this.#db.close();
  }
}

export function isOpen({ state }: RefundRow): boolean {
  return state === "requested" || state === "unknown";
}
